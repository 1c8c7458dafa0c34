package script

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

func TestBuiltinsAnswerAsV8Does(t *testing.T) {
	type expression struct {
		E string  `json:"e"`
		V *string `json:"v"`
		T string  `json:"t"`
	}
	show, err := os.ReadFile("testdata/gen/show.js")
	if err != nil {
		t.Fatal(err)
	}
	reqs, _ := requests(t)
	refused := 0
	for _, x := range lines[expression](t, "testdata/builtins.jsonl") {
		code := "req => {" + string(show) + " return show(" + x.E + ") "
		if x.V != nil {
			want, err := json.Marshal(*x.V)
			if err != nil {
				t.Fatal(err)
			}
			code += "=== " + string(want) + " || show(" + x.E + ")"
		}
		p, err := compileText(code+"}", corpusTimeout)
		var e *source.Error
		if errors.As(err, &e) {
			if e.Kind == source.Refused && answered.MatchString(x.E) && !strings.Contains(x.E, "n)") {
				t.Errorf("%s: %v", x.E, err)
			}
			if e.Kind == source.Refused || e.Kind == source.Syntax && x.T == "SyntaxError" {
				refused++
				continue
			}
			t.Errorf("%s: %v", x.E, err)
			continue
		}
		got, err := value(p, reqs[0])
		want := x.T
		if x.V != nil {
			want = "true"
		}
		var f *EvalError
		if errors.As(err, &f) {
			got = f.Name
			if f.Kind == Unavailable && answered.MatchString(x.E) {
				t.Errorf("%s: %v", x.E, err)
			}
			if f.Kind == Unavailable || f.Kind == Memory || f.Kind == Depth {
				refused++
				continue
			}
		}
		if got != want {
			t.Errorf("%s: got %s (%v), V8 says %s %s", x.E, got, err, deref(x.V), x.T)
		}
	}
	t.Log("refused:", refused)
}

// answered are the expressions that are never refused.
var answered = regexp.MustCompile(`^\([^)]*\)\.toString\(|RegExp(?:\.(?:\$|last|left|right|input)|\[)|\*\*|Math\.pow|a\.a = a|a\.push\(\[a\]\)`)

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// value evaluates a rule and returns the text of what it returned.
func value(p *Program, req *message.Request) (string, error) {
	r := newRealm(p, nil)
	v, err := r.run(func() goja.Value { return r.call(r.function(), goja.Undefined(), r.request(req)) })
	if err != nil {
		return "", err
	}
	return v.String(), nil
}
