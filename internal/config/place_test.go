package config

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each character of the source must be found where it is written: the character there is the same, or a
// backslash that stands for it.
func TestMatchFuncProblemsPointAtTheVeryCharacter(t *testing.T) {
	source := "req => {\n  const é = \"😀\\t'\";\n\n  return req.method === 'A' && `x` }"
	oneLine := strings.ReplaceAll(source, "\n", " ")
	indented := "\n        " + strings.ReplaceAll(source, "\n", "\n        ")
	for name, text := range map[string]string{
		"plain":             withMatchFunc(strings.ReplaceAll(oneLine, `"`, "")),
		"single quoted":     withMatchFunc("'" + strings.ReplaceAll(oneLine, "'", "''") + "'"),
		"double quoted":     withMatchFunc(strconv.Quote(source)),
		"escaped":           withMatchFunc(strconv.QuoteToASCII(source)),
		"literal":           withMatchFunc("|" + indented),
		"literal, stripped": withMatchFunc("|-" + indented + "\n\n"),
		"literal, tagged":   withMatchFunc("!!str | # why" + indented),
		"aliased":           strings.Replace(withMatchFunc("|"+indented), "message-dispatcher", "&x y", 1),
		"JSON":              strings.Replace(jsonText(""), `"req => true"`, jsonQuote(source), 1),
		"CRLF":              strings.ReplaceAll(withMatchFunc("|"+indented), "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := mustParse(t, "f.yaml", text)
			lines := strings.Split(text, "\n")
			for i, line := range strings.Split(c.Spec.Processors[0].MatchFunc, "\n") {
				for j, want := range []rune(line) {
					p := c.MatchFuncProblem(0, i+1, j+1, "here")
					if got := []rune(lines[p.Line-1])[p.Column-1]; got != want && got != '\\' {
						t.Fatalf("%d:%d is %q, not %q\n%s", i+1, j+1, got, want, p)
					}
				}
			}
		})
	}
}

func jsonQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "😀", `\ud83d\ude00`).Replace(s) + `"`
}

func TestMatchFuncProblemsFallBackToTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		written           string
		line, column      int
		wantLine, wantCol int
	}{
		"folded":                 {">\n        req =>\n        true", 1, 5, 8, 18},
		"tagged":                 {"!!str req", 1, 2, 8, 18},
		"over lines":             {"\"req =>\n        true\"", 1, 10, 8, 18},
		"line past the source":   {"req", 7, 1, 8, 18},
		"line before the source": {"req", 0, 1, 8, 18},
		"column past the line":   {"req", 1, 99, 8, 21},
		"end of a literal":       {"|\n        req\n", 2, 1, 10, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustParse(t, "f.yaml", withMatchFunc(c.written)).MatchFuncProblem(0, c.line, c.column, "here")
			if p.Line != c.wantLine || p.Column != c.wantCol {
				t.Errorf("got %d:%d, want %d:%d\n%s", p.Line, p.Column, c.wantLine, c.wantCol, p)
			}
		})
	}
}

func TestMatchFuncProblemsAreWhole(t *testing.T) {
	c := mustParse(t, "f.yaml", withMatchFunc("|\n        req =>\n          tru e"))
	want := Problem{
		File: "f.yaml", Path: "spec.processors[0].matchFunc", Line: 10, Column: 15, Message: "unexpected identifier",
		Snippet:  "   10 |           tru e\n      |               ^",
		Severity: SeverityError,
	}
	if diff := cmp.Diff(want, c.MatchFuncProblem(0, 2, 7, "unexpected identifier")); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsOfLaterStagesHaveTheirPlace(t *testing.T) {
	c := mustParse(t, "f.yaml", smallest)
	for path, want := range map[string]position{
		"":                              {1, 1},
		"ref":                           {3, 6},
		"spec.processors[0].addr":       {7, 13},
		"spec.processors[0].methods[1]": {9, 25},
		"spec.processors[0].timeout":    {6, 7}, // not in the file: the mapping around it
		"spec.processors[5].addr":       {6, 5}, // no such item: the list
		"spec.middlewares[0].addr":      {5, 3},
	} {
		if p := c.Problem(path, "m"); p.Line != want.line || p.Column != want.column || p.Path != path {
			t.Errorf("%q: got %d:%d, want %v", path, p.Line, p.Column, want)
		}
	}
}

func TestProblemsOfAConfigMadeByHandHaveNoPlace(t *testing.T) {
	var c Config
	for _, p := range []Problem{c.Problem("spec.bindAddr", "m"), c.MatchFuncProblem(0, 1, 1, "m")} {
		if p.Line != 0 || p.Column != 0 || p.Snippet != "" || p.Message != "m" {
			t.Errorf("got %+v", p)
		}
	}
}

// A generated file may be one line of megabytes; each problem must not cost a walk along it.
func TestProblemsOnOneLongLineAreFound(t *testing.T) {
	entry := `{"ref":"p%","addr":"h:1","matchFunc":"req => \"x\"","methods":["INVITE"]}`
	var list []string
	for i := range 10_000 {
		list = append(list, strings.Replace(entry, "%", strconv.Itoa(i), 1))
	}
	text := `{"kind":"MessageDispatcher","apiVersion":"v2beta1","ref":"r","spec":{"processors":[` +
		strings.Join(list, ",") + "]}}"
	c := mustParse(t, "f.json", text)
	for i := range list {
		p := c.MatchFuncProblem(i, 1, 8, "m")
		if got := text[p.Column-1 : p.Column+2]; p.Line != 1 || got != `\"x` {
			t.Fatalf("processor %d: %d:%d is %q", i, p.Line, p.Column, got)
		}
	}
}
