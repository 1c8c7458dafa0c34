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
		_, err = p.Eval(reqs[0], nil)
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

// TestNoRuleReadsTheTextOfADate asks for it without naming toString. V8 names the time zone in words there, goja
// doesn't.
func TestNoRuleReadsTheTextOfADate(t *testing.T) {
	reqs, _ := requests(t)
	for _, code := range []string{
		"[d].join()", "'x'.concat(d)", "`${{ d }.d}`", "'' + [d][0]", "encodeURIComponent(d)", "/GMT/.test(d)",
		"new RegExp(d).source",
		"'x'.replace('x', () => d)", "'x'.includes(d)", "parseInt(d)", "new Error(d).message",
		"Object.keys({ [d]: 1 })", "({})[d]", "[d] + ''",
		"d.constructor.prototype + ''", "[2, d].sort()", "d == 'x'", "d in {}", "Symbol(d)", "BigInt(d + '')",
		"d['toStr' + 'ing']()",
	} {
		p, err := compileText("req => { const d = [new Date(0)].find(() => true); return "+code+" }", DefaultTimeout)
		if err != nil {
			continue // so it is known at load
		}
		var got *EvalError
		if _, err := p.Eval(reqs[0], nil); !errors.As(err, &got) || got.Kind != Unavailable {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{
		"d.toISOString() === '1970-01-01T00:00:00.000Z'", "d.toUTCString().endsWith('GMT')", "+d === 0", "d - 0 === 0",
		"d < new Date(1)",
		"isFinite(d)", "JSON.stringify({ d }) === '{\"d\":\"1970-01-01T00:00:00.000Z\"}'", "d",
	} {
		p, err := compileText("req => { const d = [new Date(0)].find(() => true); return "+code+" }", DefaultTimeout)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := p.Eval(reqs[0], nil); err != nil || !res.Truthy {
			t.Errorf("%s: %v, %v", code, res.Truthy, err)
		}
	}
}

func TestNothingOutlivesAnEvaluation(t *testing.T) {
	reqs, _ := requests(t)
	p, err := compileText(
		`(() => { let n = 0; return req => { Object.prototype.x = 1; req.ref = "y"; `+
			`return n++ || [].y || (Array.prototype.y = 1) && n > 1 } })()`,
		corpusTimeout,
	)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		own := *reqs[0]
		wg.Go(func() {
			if res, err := p.Eval(&own, nil); err != nil || res.Truthy {
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
		res, err := p.Eval(reqs[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.JSON(); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
}
