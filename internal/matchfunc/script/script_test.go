package script

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFailuresSayWhatAndWhere(t *testing.T) {
	reqs, _ := requests(t)
	for code, want := range map[string]EvalError{
		"req =>\n  null.x":                              {Kind: Thrown, Name: "TypeError", Line: 2, Column: 8},
		"req => { throw 42 }":                           {Kind: Thrown, Line: 1, Column: 10},
		"req => { throw { toString() { for (;;); } } }": {Kind: Thrown, Line: 1, Column: 10},
		"req => { for (;;); }":                          {Kind: Timeout},
		"req => { try { for (;;); } catch { return 1 } finally { return 2 } }": {Kind: Timeout},
		"req => /^(a+)+$/.test('a'.repeat(50) + 'b')":                          {Kind: Timeout},
		"req => { const f = () => f() + 1; return f() }":                       {Kind: Depth, Name: "RangeError"},
		"req => 'x'.repeat(1e8)":                                               {Kind: Memory},
		"req => 'é'.localeCompare(req.ref)":                                    {Kind: Unavailable},
		"req => req.constructor.constructor('return 1')()":                     {Kind: Unavailable},
		"req => (function* () {}).constructor('yield 1')()":                    {Kind: Unavailable},
		"req => 'x'['toLocale' + 'UpperCase']()":                               {Kind: Unavailable},
		"req => '\u019b'.toUpperCase()":                                        {Kind: Unavailable},
	} {
		p, err := compileText(code, DefaultTimeout)
		if err != nil {
			if want.Kind == Unavailable {
				continue
			}
			t.Fatal(code, err)
		}
		_, err = p.Eval(reqs[0])
		var got *EvalError
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v", code, err)
			continue
		}
		want.Message = got.Message
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s: %s", code, diff)
		}
	}
}

func TestNothingOutlivesAnEvaluation(t *testing.T) {
	reqs, _ := requests(t)
	p, err := compileText(`(() => { let n = 0; return req => { Object.prototype.x = 1; req.ref = "y"; return n++ || [].y || (Array.prototype.y = 1) && n > 1 } })()`, corpusTimeout)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		own := *reqs[0]
		wg.Go(func() {
			if res, err := p.Eval(&own); err != nil || res.Truthy {
				t.Errorf("got %v, %v", res.Truthy, err)
			}
		})
	}
	wg.Wait()
}

func TestResultsShowAsJSON(t *testing.T) {
	reqs, _ := requests(t)
	for code, want := range map[string]string{
		"req => ({ a: [1, 'x'] })":            `{"a":[1,"x"]}`,
		"req => undefined":                    "undefined",
		"req => 'x'.repeat(5000)":             `"` + strings.Repeat("x", 1023) + "…",
		"req => ({ toJSON() { for (;;); } })": "a value that has no JSON",
		"req => 1n":                           "a value that has no JSON",
	} {
		p, err := compileText(code, DefaultTimeout)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Eval(reqs[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := res.JSON(); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
}
