package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain is a bare relay where that is what it was started as.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-as" {
		main()
	}
	os.Exit(m.Run())
}

// TestEverySubjectIsMeasured lets each carry a few messages, whose answers are compared, and looks for every figure.
func TestEverySubjectIsMeasured(t *testing.T) {
	t.Chdir("../..")
	o := options{
		subjects: "*", callers: []int{1, 2}, connections: 2, time: 20 * time.Millisecond, rounds: 1,
		paced: "direct,rules-1", json: filepath.Join(t.TempDir(), "all.json"),
	}
	if err := show(o); err != nil {
		t.Fatal(err)
	}
	got, err := readReport(o.json)
	if err != nil {
		t.Fatal(err)
	}
	isPutIntoThePage(t, o.json, got)
	if got.Conditions["message"] != "an INVITE of 1530 bytes, answered with 1377" {
		t.Errorf("the message is %q", got.Conditions["message"])
	}
	seen := map[string]bool{}
	for _, f := range got.Subjects {
		seen[f.Name] = true
		if len(f.Callers) != len(o.callers) {
			t.Fatalf("%s was measured at %d numbers of callers, want %d", f.Name, len(f.Callers), len(o.callers))
		}
		for _, s := range f.Callers {
			if len(s.Rounds) != o.rounds {
				t.Errorf("%s was measured %d times at %d callers, want %d", f.Name, len(s.Rounds), s.Callers, o.rounds)
			}
			for _, one := range s.Rounds {
				process := one.CPU > 0 && one.RSS > 1
				if process == (f.Name == "direct") || one.Rate <= 0 || one.P50 <= 0 || one.P99 < one.P50 {
					t.Errorf("%s at %d callers: %+v", f.Name, s.Callers, one)
				}
			}
		}
	}
	for _, name := range []string{"direct", "bare-grpc", "bare-connect"} {
		if !seen[name] {
			t.Errorf("%s isn't measured", name)
		}
	}
}

// isPutIntoThePage puts figures of a file into a copy of docs/performance.md: the tables become theirs, nothing else is
// touched, and what was there had the same form.
func isPutIntoThePage(t *testing.T, file string, figures report) {
	t.Helper()
	old, err := os.ReadFile("docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(page, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := show(options{from: file, page: page}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	figures.print(&printed)
	split := func(text []byte) (before, tables, after string) {
		before, rest, _ := strings.Cut(string(text), tablesBegin)
		tables, after, _ = strings.Cut(rest, tablesEnd)
		return before, tables, after
	}
	before, tables, after := split(got)
	oldBefore, oldTables, oldAfter := split(old)
	if tables != "\n"+printed.String()+"\n" || before != oldBefore || after != oldAfter {
		t.Errorf("the page becomes\n%s\nwith the figures\n%s", got, &printed)
	}
	form := regexp.MustCompile(`(?m)^(?:- [^:]+:|\|  \|.*|\| ---.*)`)
	known := form.FindAllString(tables, -1)
	for _, line := range form.FindAllString(oldTables, -1) {
		installed := line == "- haproxy:" || line == "- nginx:" // where the page's figures were measured
		if !installed && !slices.Contains(known, line) {
			t.Errorf("docs/performance.md has a line %q, which make bench doesn't print", line)
		}
	}
}

// TestRoundsTakeTurns wants every other round to go backwards, and the report's order left as it is.
func TestRoundsTakeTurns(t *testing.T) {
	all := []*figures{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	for round, want := range []string{"abc", "cba", "abc"} {
		got := ""
		for _, f := range inTurn(all, round) {
			got += f.Name
		}
		if got != want {
			t.Errorf("round %d goes %s, want %s", round, got, want)
		}
	}
}

// TestPatternsNameSubjects holds a star against the slash of a way.
func TestPatternsNameSubjects(t *testing.T) {
	for _, c := range []struct {
		patterns, name string
		want           bool
	}{
		{"*", "rules-1/auto", true},
		{"rules-1", "rules-1/auto", false},
		{"rules-1*", "rules-10000/off", true},
		{"haproxy,rules-1/*", "rules-1/off", true},
		{"haproxy,rules-1/*", "rules-10/off", false},
		{"rules-1", "before:rules-1", false},
	} {
		if got := matches(c.patterns, c.name); got != c.want {
			t.Errorf("matches(%q, %q) = %v, want %v", c.patterns, c.name, got, c.want)
		}
	}
}
