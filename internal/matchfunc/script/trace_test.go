package script

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

// sameTraced compares a rule's answers with and without notes, and returns whether it loads.
func sameTraced(t *testing.T, rule string, reqs []*message.Request) bool {
	t.Helper()
	p, err := compileText(rule, corpusTimeout)
	if err != nil {
		return false
	}
	src, err := source.Parse(rule)
	if err != nil {
		t.Fatal(err)
	}
	traced, err := Trace(src, Options{Timeout: corpusTimeout})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	for _, req := range reqs {
		want, wantErr := p.Eval(req, nil)
		got, notes, err := traced.Eval(req, nil)
		if diff := cmp.Diff(failure(wantErr), failure(err)); diff != "" || got.Truthy != want.Truthy {
			t.Errorf("%s\nuntraced %t, traced %t %s", rule, want.Truthy, got.Truthy, diff)
			break
		}
		for i, n := range notes {
			if n.Times == 0 && n.Value != "" || len(n.Value) > maxShown+3 {
				t.Errorf("%s\noperand %d: %+v", rule, i, n)
			}
		}
	}
	return true
}

// failure is an error without its place: see Traced.
func failure(err error) *EvalError {
	var e *EvalError
	if !errors.As(err, &e) {
		return nil
	}
	out := *e
	out.Line, out.Column = 0, 0
	return &out
}

func TestTracedRulesAnswerAsTheUntraced(t *testing.T) {
	all, _ := requests(t)
	few := func() (some []*message.Request) {
		for range 4 {
			some = append(some, all[rand.IntN(len(all))])
		}
		return some
	}
	loaded := 0
	for _, r := range lines[rule](t, "testdata/rules.jsonl") {
		if sameTraced(t, r.Source, few()) {
			loaded++
		}
	}
	for g, n := rulegen.New(11), 0; n < 150; n++ {
		if sameTraced(t, g.Rule(), few()) {
			loaded++
		}
	}
	if loaded < 450 {
		t.Errorf("only %d rules load", loaded)
	}
}

// TestNotesCantBeSeen gives rules for which it matters how an expression is written, each true.
func TestNotesCantBeSeen(t *testing.T) {
	all, _ := requests(t)
	for _, rule := range []string{
		`req => { const o = { f() { return this === o } }; return (0, o.f)() === false && o.f() && o?.f() && (o.f)() }`,
		`req => { const f = () => 1; const g = f || 1; return f.name === "f" && g.name === "f" }`,
		`req => { const f = true && (() => 1); return f.name === "" }`,
		`req => { const o = { a: { b: 1 } }; return delete o.a.b && o.a.b === undefined && o.x?.y.z.w === undefined }`,
		`req => typeof nothing === "undefined" && typeof (nothing2) === "undefined"`,
		`req => { try { nothing && 1 } catch { return true } return false }`,
		`function (req) { return this === undefined && arguments.length === 1 && !arguments[1] }`,
		`req => (f => f.toString() === "f => f.toString() && 1 || 2" || f.toString().includes("&&"))(f => f.toString() && 1 || 2)`,
		`req => { let n = 0; const a = [1, 2, 3].filter(x => x > 1 && ++n); return n === 2 && a.length === 2 }`,
		`req => { function* g() { const x = (yield 1) || 2; return x === 2 && (yield x) } const i = g(); return i.next().value === 1 && i.next().value === 2 }`,
		`req => ({ get a() { return this.b === 1 && 2 }, b: 1 }).a === 2`,
		`req => Object.keys(globalThis ?? {}).length === 0`,
		`req => { class A { m() { return this.x === 1 || super.toString === undefined } } const a = new A(); a.x = 1; return a.m() }`,
		"req => [`${1 === 1}`, ...[2 > 1]].join() === \"true,true\"",
		`req => new Map([[1 && "a", !0]]).get("a") === (-0 === 0)`,
	} {
		src, err := source.Parse(rule)
		if err != nil {
			t.Logf("refused: %s: %v", rule, err)
			continue
		}
		if !sameTraced(t, rule, all[:1]) {
			continue // refused
		}
		traced, err := Trace(src, Options{Timeout: corpusTimeout})
		if err != nil {
			t.Fatal(err)
		}
		if res, _, err := traced.Eval(all[0], nil); err != nil || !res.Truthy {
			t.Errorf("%s: %t, %v", rule, res.Truthy, err)
		}
	}
}
