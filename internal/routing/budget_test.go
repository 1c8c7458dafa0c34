package routing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// forEver is a limit that no test gets to.
const forEver = time.Hour

// costly are rules that no index narrows and that take milliseconds each on a large message, natively and in the
// engine.
func costly(t testing.TB, n int) []Rule {
	t.Helper()
	known := map[string]*matchfunc.Func{}
	var rules []Rule
	for i := range n {
		source := `req => /^(?:a|b)*x/.test(req.message.body)`
		if i%10 == 9 {
			source = `req => { let n = 0; for (let i = 0; i < 1000; i++) n += req.message.body.charCodeAt(i) === 120; return n > 1e9 }`
		}
		rules = append(rules, Rule{Ref: fmt.Sprint("p", i), Methods: []message.Method{2},
			Func: compile(t, known, source)})
	}
	return rules
}

func large(t testing.TB) *message.Request {
	t.Helper()
	return request(t, &routrpb.MessageRequest{Method: 2,
		Message: &routrpb.SIPMessage{Body: strings.Repeat("ab", 40_000)}})
}

// tried counts the rules that a table tries before it gives up.
func tried(ctx context.Context, table *Table, req *message.Request) (n int, err error) {
	trace := &Trace{}
	_, err = table.Match(ctx, req, trace)
	return trace.Count, err
}

// TestAllRulesShareOneBudget sends a large message through 500 rules, each of which stays within its own limits.
func TestAllRulesShareOneBudget(t *testing.T) {
	rules := costly(t, 500)
	for _, skip := range []bool{false, true} {
		n, err := tried(t.Context(), New(rules, Options{SkipFailedRules: skip}), large(t))
		var failed *RuleError
		var exceeded *matchfunc.EvalError
		if !errors.As(err, &failed) || !errors.As(err, &exceeded) || exceeded.Name != "LimitExceeded" {
			t.Fatalf("skip %t: after %d rules: %v", skip, n, err)
		}
		if !strings.Contains(err.Error(), "together") {
			t.Errorf("skip %t: a rule exceeded its own limit: %v", skip, err)
		}
		if n < 5 || n > 100 {
			t.Errorf("skip %t: %d of 500 rules were tried: %v", skip, n, err)
		}
	}
	// A small message is within it, and the rules that the table holds don't cost anything by being many.
	small := request(t, &routrpb.MessageRequest{Method: 2, Message: &routrpb.SIPMessage{Body: "ab"}})
	if n, err := tried(t.Context(), New(rules[:9], Options{}), small); !errors.Is(err, ErrNoMatch) || n != 9 {
		t.Errorf("%d rules tried, %v", n, err)
	}
}

// TestACallerThatLeftEndsTheRules asks before each rule, and within those that take long.
func TestACallerThatLeftEndsTheRules(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	if n, err := tried(gone, New(costly(t, 500), Options{}), large(t)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d rules tried, %v", n, err)
	}
	// While a rule runs, and would go on for long.
	for name, source := range map[string]string{
		"native":       `req => /(a|a.|.)*x/.test(req.message.body)`,
		"native loops": `req => req.message.body.split("").some((a, i) => req.message.body.slice(i).includes("zz" + a))`,
		"engine":       `req => { for (;;); return 1 }`,
		"a builtin":    `req => { const a = "ab".repeat(30); return new RegExp("(a|b|ab)*c").test(a) }`,
	} {
		known := map[string]*matchfunc.Func{}
		fn, err := matchfunc.Compile(source, matchfunc.Options{Timeout: forEver})
		if err != nil {
			t.Fatal(err)
		}
		known[source] = fn
		var rules []Rule
		for range 50 {
			rules = append(rules, Rule{Ref: "p", Methods: []message.Method{2}, Func: fn})
		}
		ctx, leave := context.WithCancel(t.Context())
		stop := time.AfterFunc(5*time.Millisecond, leave)
		n, err := tried(ctx, New(rules, Options{Timeout: forEver, SkipFailedRules: true}), large(t))
		if n == len(rules) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %d rules tried, %v", name, n, err)
		}
		stop.Stop()
		leave()
	}
}

// TestAMomentIsEnoughOrSaysNothing asks with little patience first: what comes of it at once is what comes of it in the
// end, and a rule that needs longer is neither failed nor passed over.
func TestAMomentIsEnoughOrSaysNothing(t *testing.T) {
	known := map[string]*matchfunc.Func{}
	rule := func(source string) Rule {
		return Rule{Ref: source, Methods: []message.Method{2}, Func: compile(t, known, source)}
	}
	small := request(t, &routrpb.MessageRequest{Method: 2, Message: &routrpb.SIPMessage{Body: "ab"}})
	slow, all := rule(`req => /^(?:a|b)*$/.test(req.message.body)`), rule(`req => true`)
	throws := rule(`req => req.message.nothing.there`)
	for _, f := range []struct {
		name  string
		rules []Rule
		req   *message.Request
		later bool
	}{
		{"a match", []Rule{slow, all}, small, false},
		{"none", []Rule{rule(`req => false`)}, small, false},
		{"a failure", []Rule{throws, all}, small, false},
		{"a match that takes long", []Rule{slow, all}, large(t), true},
		{"rules that take long together", append(costly(t, 9), all), large(t), true},
		{"many rules", slices.Repeat([]Rule{rule(`req => req.message.body.startsWith("x")`)}, 5000), small, true},
	} {
		for _, skip := range []bool{false, true} {
			table := New(f.rules, Options{SkipFailedRules: skip})
			var soon, whole Trace
			got, err := table.MatchSoon(t.Context(), f.req, &soon)
			want, wantErr := table.Match(t.Context(), f.req, &whole)
			if f.later {
				if !errors.Is(err, ErrLater) {
					t.Errorf("%s, skip %t: %d, %v at once; in the end %d, %v", f.name, skip, got, err, want, wantErr)
				}
				continue
			}
			if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) || soon.Count != whole.Count ||
				soon.Failed != whole.Failed {
				t.Errorf("%s, skip %t: %d, %v at once; in the end %d, %v", f.name, skip, got, err, want, wantErr)
			}
		}
	}
}
