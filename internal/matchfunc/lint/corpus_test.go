package lint

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

var update = flag.Bool("update", false, "rewrite testdata/corpus.txt from what Check says")

// TestWarningsOfTheCorpus holds what is said of rules that people write and of hard ones: most get no warning.
func TestWarningsOfTheCorpus(t *testing.T) {
	file, err := os.Open("../script/testdata/rules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got strings.Builder
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var rule struct{ ID, Source string }
		if err := json.Unmarshal(lines.Bytes(), &rule); err != nil {
			t.Fatal(err)
		}
		src, err := source.Parse(rule.Source)
		if err != nil {
			continue // refused at load
		}
		if warnings := Check(src); len(warnings) > 0 {
			fmt.Fprintf(&got, "%s %s\n", rule.ID, strings.ReplaceAll(rule.Source, "\n", "\n     "))
			for _, w := range warnings {
				fmt.Fprintf(&got, "     %d:%d %s\n", w.Line, w.Column, w.Message)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/corpus.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("warnings (-want +got); run with -update where that is meant:\n%s", diff)
	}
}
