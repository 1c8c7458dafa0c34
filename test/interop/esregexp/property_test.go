//go:build interop

package esregexp_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

// expressions lists \p{...} for every set in the package's tables, by its last name.
func expressions(t *testing.T) []string {
	t.Helper()
	tables, err := os.ReadFile("../../../internal/matchfunc/esregexp/unicode.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(tables)) {
		head, _, _ := strings.Cut(line, ":")
		names := strings.Fields(head)
		if names[0] == "#" {
			continue
		}
		prefix := map[string]string{"gc": "", "bin": "", "sc": "Script=", "scx": "scx="}[names[0]]
		out = append(out, `\p{`+prefix+names[len(names)-1]+"}")
	}
	return out
}

func TestEveryPropertyHoldsTheSameCharactersAsInV8(t *testing.T) {
	list := expressions(t)
	cmd := exec.Command("node", "testdata/properties.js")
	cmd.Stdin, cmd.Stderr = strings.NewReader(strings.Join(list, "\n")+"\n"), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(want) != len(list) || len(list) < 300 {
		t.Fatalf("%d answers for %d properties", len(want), len(list))
	}
	every := esregexp.UTF16(everyCodePoint())
	for i, expr := range list {
		if got := runs(t, expr, every); got != want[i] {
			t.Errorf("%s: runs and sum are %s, in V8 %s", expr, got, want[i])
		}
	}
}

func everyCodePoint() []uint16 {
	var units []uint16
	for c := rune(0); c <= 0x10FFFF; c++ {
		if c <= 0xFFFF {
			units = append(units, uint16(c))
		} else {
			units = utf16.AppendRune(units, c)
		}
	}
	return units
}

// runs counts the runs of expr in subject as properties.js does.
func runs(t *testing.T, expr string, subject esregexp.Subject) string {
	t.Helper()
	re, err := esregexp.CompileString(expr+"+", "gu")
	if err != nil {
		t.Fatal(err)
	}
	matches, _, err := re.All(subject, 0, &esregexp.Budget{Steps: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, m := range matches {
		sum += m[0] + 2*m[1]
	}
	return fmt.Sprint(len(matches), sum)
}
