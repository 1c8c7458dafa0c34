package native

import (
	"flag"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

var generated = flag.Int("rules", 200, "how many generated rules to compare on")

// interpreted is the outcome that the JavaScript engine has for a rule, in the corpus's letters; ! where it says that
// it can't answer as V8 would.
func interpreted(t testing.TB, p *script.Program, r *message.Request) byte {
	t.Helper()
	got, err := p.Eval(r, nil)
	if err == nil {
		return "FT"[b2i(got.Truthy)]
	}
	if letter := map[string]byte{"TypeError": 't', "RangeError": 'r',
		"ReferenceError": 'e'}[err.(*script.EvalError).Name]; letter != 0 {
		return letter
	}
	if err.(*script.EvalError).Kind == script.Unavailable {
		return '!'
	}
	return '?'
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareEngines compares both engines on a rule and reports whether it is native.
func compareEngines(t testing.TB, rule string, requests []*message.Request) bool {
	t.Helper()
	src, err := source.Parse(rule)
	if err != nil {
		return false
	}
	p, outside := Compile(src)
	if outside != nil {
		return false
	}
	in, err := script.Compile(src, script.Options{Timeout: time.Minute})
	if err != nil {
		t.Fatalf("%s\nis native, but the JavaScript engine refuses it: %v", rule, err)
	}
	for _, r := range requests {
		matched, err := p.Match(r, nil)
		if got, want := outcome(matched, err), interpreted(t, in, r); got != want && want != '!' {
			t.Errorf("%s\non %s\nnative: %c (%v), interpreted: %c", rule, r.AppendJSON(nil), got, err, want)
		}
	}
	return true
}

func TestBothEnginesAgreeOnGeneratedRules(t *testing.T) {
	var requests []*message.Request
	for i, m := range samples(t) {
		if i%6 == 0 {
			requests = append(requests, parse(t, m.wire))
		}
	}
	native := 0
	for g, n := rulegen.New(42), 0; n < *generated; n++ {
		native += b2i(compareEngines(t, g.Rule(), requests))
		compareEngines(t, g.Arrays(), requests)
	}
	t.Logf("%d of %d generated rules are native", native, *generated)
	if native < *generated/3 {
		t.Errorf("only %d of %d generated rules are native", native, *generated)
	}
}

// FuzzEnginesAgree makes rules of seeds, and compares the engines on a message that is any bytes that parse.
func FuzzEnginesAgree(f *testing.F) {
	for i, m := range samples(f) {
		f.Add(uint64(i), m.wire) // small
	}
	f.Fuzz(func(t *testing.T, seed uint64, wire []byte) {
		r, err := message.Parse(wire)
		if err != nil {
			return
		}
		compareEngines(t, rulegen.New(seed).Rule(), []*message.Request{r})
	})
}
