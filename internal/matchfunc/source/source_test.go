package source

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorsPointAtThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		want Error
	}{
		"syntax": {"req =>\n  req.method ==== \"X\"", Error{
			Kind: Syntax, Line: 2, Column: 17, Message: "unexpected token =",
			Snippet: "  req.method ==== \"X\"\n                ^",
		}},
		"columns are characters": {"req => \"ünï\" ==== 1", Error{
			Kind: Syntax, Line: 1, Column: 17, Message: "unexpected token =",
			Snippet: "req => \"ünï\" ==== 1\n                ^",
		}},
		"refused": {"req => console", Error{Kind: Refused, Category: "global", Line: 1, Column: 8,
			Message: "console: this is not available in rules", Snippet: "req => console\n       ^"}},
		"behind characters that nobody sees": {"req => 'a\b\x7f\u202e' + console", Error{
			Kind: Refused, Category: "global", Line: 1, Column: 17,
			Message: "console: this is not available in rules",
			Snippet: "req => 'a\u2408\u2421\ufffd' + console\n                ^",
		}},
		"a line break in a pattern": {"req => /a\nb/.test(req.ref)", Error{
			Kind: Syntax, Line: 1, Column: 8, Snippet: "req => /a\n       ^",
			Message: `this regular expression is never closed on its line; in YAML's double quotes and in JSON ` +
				`\n and \r are line breaks: write \\n there`,
		}},
		"empty": {" ", Error{
			Kind: Syntax, Line: 1, Column: 1, Message: "the source is empty: a rule is a function, such as req => true",
			Snippet: " \n^",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.code)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, *e); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNestingIsBounded(t *testing.T) {
	const n = MaxSize - 100
	for name, code := range map[string]string{
		"parentheses":    "req => " + strings.Repeat("(", n/2) + "1" + strings.Repeat(")", n/2),
		"open":           strings.Repeat("[", n),
		"templates":      strings.Repeat("`${", n/3),
		"arrows":         strings.Repeat("a=>", n/3) + "1",
		"not":            "req => " + strings.Repeat("!", n) + "1",
		"conditions":     "req => " + strings.Repeat("a?b:", n/4) + "1",
		"assignments":    "req => " + strings.Repeat("a=", n/2) + "1",
		"sums":           "req => " + strings.Repeat("a+", n/2) + "1",
		"parameter list": strings.Repeat("(a=", 60) + "1" + strings.Repeat(")=>1", 60),
	} {
		t.Run(name, func(t *testing.T) {
			var e *Error
			if _, err := Parse(code); !errors.As(err, &e) {
				t.Errorf("want an error, got %v", err)
			}
		})
	}
	if _, err := Parse("req => " + strings.Repeat("!", 10000) + "1"); err != nil {
		t.Error(err)
	}
}

func TestRefusedSourcesSayWhy(t *testing.T) {
	for code, category := range map[string]string{
		"req => new Promise(() => {})":        "global",
		"req => eval('1')":                    "global",
		"req => this.x":                       "this",
		"async req => 1":                      "async",
		"req => 2 ** 0.5":                     "math",
		"req => Math.sin(1)":                  "math",
		"req => 2n * 3n":                      "bigint",
		"req => 'a'.localeCompare('b', 'de')": "locale",
		"req => 'é'.localeCompare('b')":       "locale",
		"req => { try { isNaN() } catch (e) { return e.message } }":         "caught error",
		"req => { try { isNaN() } catch (e) { return '' + e } }":            "caught error",
		"req => { try { isNaN() } catch ({ message }) { return message } }": "caught error",
		"req => { const f = () => f(); try { f() } catch { return 1 } }":    "recursion",
		"req => new Date('Mar 5, 2024')":                                    "date",
		"req => RegExp.leftContext + RegExp['$&']":                          "",
		"req => { RegExp.$1 = 1 }":                                          "global",
		"req => RegExp.escape('x')":                                         "global",
		"req => 2 ** (32 - req.x) + Math.pow(2, req.x)":                     "",
		"req => 10 ** req.x":                                                "math",
		"req => Math.pow(2, 0.5)":                                           "math",
		"req => new Date(0).toString()":                                     "date",
		"req => { const d = new Date(); return `${d}` }":                    "date",
		"req => String(new Date())":                                         "date",
		"req => new Date() + ''":                                            "date",
		"req => req.x.toTimeString()":                                       "property",
		"req => { const d = new Date(); return d.getHours().toString() }":   "",
		"req => process.env.DOMAIN":                                         "free name",
		"req => require('fs')":                                              "free name",
		"req => Buffer.from('x')":                                           "free name",
		"req => { x = 1 }":                                                  "free name",
		"req => { { const process = 1 } return nosuch }":                    "free name",
		"req => ((a) => a)(1) + a":                                          "free name",
		"req => typeof process === 'object' && process.env":                 "",
		"({a, b: {c = 1}, ...d}) => { for (const [e] of d) { try { var f = e } catch (g) { h(g.name) } } function " +
			"h(i) { return arguments[i] } class J { k = J } return a + c + f + h + J }": "",
		"req => { l: for (const m in req) { continue l } return {n: 1, o() {}}.n }": "",
		"(function p(...q) { return p(q) })":                                        "",
		"req => req.stack":                                                          "property",
		"req => { req.x |= 1 }":                                                     "number",
		"req => 0x20000000000001":                                                   "",
		"req => { try { isNaN() } catch (e) { return e.name } }":                    "",
		"req => { try { isNaN() } catch (e) { return e instanceof TypeError } }":    "",
		"req => [typeof globalThis, typeof process, req.caller, req.link].at":       "",
	} {
		_, err := Parse(code)
		var e *Error
		if got := ""; errors.As(err, &e) {
			got = e.Category
			if got != category || e.Kind != Refused {
				t.Errorf("%s: %v", code, err)
			}
		} else if got != category {
			t.Errorf("%s: got no error, want %q", code, category)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, code := range []string{
		"req => true", "(a, {b: [c]}) => `x${a}` < b < c", "req => /[/]/.test(req.ref) ? 1 : a?.b ?? c",
		"class { #a; m() { super.m } }",
	} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		s, err := Parse(code)
		var e *Error
		switch {
		case err == nil && s.Expr == nil:
			t.Error("neither a source nor an error")
		case err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Column < 1):
			t.Errorf("an error without a place: %v", err)
		}
	})
}

func TestAllThatIsRefusedIsTold(t *testing.T) {
	_, err := Parse(`req => process.env.A === "1" || require("x") || console.log(console)`)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	var columns []int
	for _, one := range append([]*Error{e}, e.Further...) {
		columns = append(columns, one.Column)
	}
	if want := []int{8, 33, 49, 61}; !slices.Equal(columns, want) {
		t.Errorf("refused at the columns %v, want %v", columns, want)
	}
	if _, err = Parse("req => " + strings.Repeat("console || ", 100) + "1"); !errors.As(err, &e) ||
		1+len(e.Further) != maxRefused {
		t.Errorf("%d further ones", len(e.Further))
	}
}
