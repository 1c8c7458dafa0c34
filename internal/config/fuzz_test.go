package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse holds Parse to its promises for any bytes: it ends, it doesn't panic, and every place it claims is
// inside the text, with a snippet that a terminal can show.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, strings.HasSuffix(archive.Files[0].Name, ".json"))
	}
	f.Add([]byte(smallest), false)
	f.Add([]byte(withMatchFunc("|\n        req =>\n          true")), false)
	f.Add([]byte(jsonText("")), true)
	f.Fuzz(func(t *testing.T, text []byte, json bool) {
		name := "f.yaml"
		if json {
			name = "f.json"
		}
		c, err := Parse(name, text)
		var report *Error
		if errors.As(err, &report) {
			for _, p := range report.Problems {
				checkPlace(t, text, p)
			}
		}
		if c == nil {
			return
		}
		for i := range c.Spec.Processors {
			for line := range 4 {
				checkPlace(t, text, c.MatchFuncProblem(i, line, 3*line, "m"))
			}
		}
		checkPlace(t, text, c.Problem("spec.processors[0].methods[1]", "m"))
	})
}

func checkPlace(t *testing.T, text []byte, p Problem) {
	t.Helper()
	if p.Line == 0 && p.Column == 0 {
		return
	}
	normal := strings.TrimPrefix(string(text), "\ufeff")
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(normal), "\n")
	if p.Line < 1 || p.Line > len(lines) {
		t.Fatalf("line %d of %d", p.Line, len(lines))
	}
	if most := utf8.RuneCountInString(lines[p.Line-1]) + 1; p.Column < 1 || p.Column > most {
		t.Fatalf("%d:%d, but the line has %d places", p.Line, p.Column, most)
	}
	if strings.Count(p.Snippet, "\n") != 1 || !strings.HasSuffix(p.Snippet, "^") {
		t.Fatalf("snippet %q", p.Snippet)
	}
}
