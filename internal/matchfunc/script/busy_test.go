package script

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"
)

// healthy takes a few milliseconds and makes next to nothing.
const healthy = `req => { let n = 0; for (let i = 0; i < 20000; i++) n = (n + i * 7) % 1013; return n >= 0 && [1, 2, 3].map(x => x + n).length === 3 }`

// busy makes the process busy until it is called: it computes on more goroutines than there are processors, and
// allocates far more than a rule may.
func busy(t *testing.T) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for n := uint64(1); ; n = n*6364136223846793005 + 1 {
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	all.Go(func() {
		var held [8][]byte
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
			held[i%len(held)] = make([]byte, 48<<20)
			for at := 0; at < len(held[i%len(held)]); at += 4096 {
				held[i%len(held)][at] = 1
			}
		}
	})
	return func() { close(done); all.Wait() }
}

// TestWhatOthersDoFailsNoRule evaluates while the process is busy with other things: what decides is the rule's own
// work.
func TestWhatOthersDoFailsNoRule(t *testing.T) {
	reqs, _ := requests(t)
	p, err := compileText(healthy, DefaultTimeout*slowdown)
	if err != nil {
		t.Fatal(err)
	}
	defer busy(t)()
	for i := range 30 {
		if res, err := p.Eval(reqs[0], nil); err != nil || !res.Truthy {
			t.Fatalf("evaluation %d: %v, %v", i, res.Truthy, err)
		}
	}
}

// TestASecondLookStopsWhatTheFirstSuspected gives rules that take memory in every way to the second look alone, where
// what they make themselves decides.
func TestASecondLookStopsWhatTheFirstSuspected(t *testing.T) {
	reqs, _ := requests(t)
	for _, text := range []string{
		`req => { let s = "0123456789abcdef"; while (true) s += s }`,
		`req => { let s = "0123456789abcdef"; for (;;) s = s + s }`,
		"req => { let s = '0123456789abcdef'; for (;;) s = `${s}${s}` }",
		`req => { const all = []; for (;;) all.push("x".repeat(100000)) }`,
		`req => { let a = [1, 2, 3, 4]; for (;;) a = [...a, ...a] }`,
		`req => { let a = [1, 2, 3, 4]; for (;;) a = a.concat(a) }`,
		`req => { const all = []; for (;;) all.push(new Array(60000).fill(0)) }`,
		`req => { const all = []; for (;;) all.push({a: 1, b: [2]}) }`,
		`req => { let s = "ab"; for (;;) s = s?.padEnd(100000)?.slice(0, 50000).concat(s) }`,
	} {
		p, err := compileText(text, 20*corpusTimeout) // memory is to end it, however slow the machine is
		if err != nil {
			t.Fatal(text, err)
		}
		r := newRealm(p.withAccounts(), nil)
		r.limits.accounts = true
		_, err = r.eval(reqs[0])
		var e *EvalError
		if !errors.As(err, &e) || e.Kind != Memory {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAccountsChangeNoAnswer runs the corpus as the second look does.
func TestAccountsChangeNoAnswer(t *testing.T) {
	reqs, ids := requests(t)
	for n, x := range lines[rule](t, "testdata/rules.jsonl") {
		p, err := compileText(x.Source, corpusTimeout)
		if err != nil {
			continue
		}
		again := p.withAccounts()
		if again == p {
			t.Errorf("%s can't keep accounts: %s", x.ID, x.Source)
			continue
		}
		for i := n % 12; i < len(reqs); i += 12 {
			req, r := reqs[i], newRealm(again, nil)
			r.limits.accounts = true
			if got, want := letter(r.eval(req)), letter(p.Eval(req, nil)); got != want {
				t.Errorf("%s %s: %s with accounts, %s without\n%s", x.ID, ids[i], got, want, x.Source)
			}
		}
	}
}
