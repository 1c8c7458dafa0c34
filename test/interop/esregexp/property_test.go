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

// expressions lists \p{...} for every name in the package's tables.
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
		for _, n := range names[1:] {
			out = append(out, `\p{`+prefix+n+"}")
		}
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
	if len(want) != len(list) || len(list) < 400 {
		t.Fatalf("%d answers for %d properties", len(want), len(list))
	}
	for i, expr := range list {
		if got := countMatches(t, expr); got != want[i] {
			t.Errorf("%s: count and sum are %s, in V8 %s", expr, got, want[i])
		}
	}
}

func countMatches(t *testing.T, expr string) string {
	t.Helper()
	re, err := esregexp.CompileString("^"+expr+"$", "u")
	if err != nil {
		t.Fatal(err)
	}
	budget := &esregexp.Budget{Steps: 1 << 60}
	count, sum := 0, 0
	var units []uint16
	for c := rune(0); c <= 0x10FFFF; c++ {
		if units = append(units[:0], uint16(c)); c > 0xFFFF {
			units = utf16.AppendRune(units[:0], c)
		}
		ok, err := re.Match(esregexp.UTF16(units), 0, nil, budget)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			count, sum = count+1, sum+int(c)
		}
	}
	return fmt.Sprint(count, sum)
}
