package routing

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// TestBehindAreThoseThatWouldMatch holds it against asking every rule.
func TestBehindAreThoseThatWouldMatch(t *testing.T) {
	known := map[string]*matchfunc.Func{}
	rapid.Check(t, func(rt *rapid.T) {
		var rules []Rule
		for i := range rapid.IntRange(1, 20).Draw(rt, "rules") {
			source := "req => " + condition().Draw(rt, "source")
			methods := methodsGen().Draw(rt, "methods")
			rules = append(rules, Rule{Ref: fmt.Sprint(i), Methods: methods, Func: compile(t, known, source)})
		}
		table := New(rules, Options{})
		req := request(t, messageGen().Draw(rt, "message"))
		rule := rapid.IntRange(-1, len(rules)-1).Draw(rt, "rule")
		var want []int
		for i := rule + 1; i < len(rules); i++ {
			matched, err := rules[i].Func.Match(req)
			if table.Accepts(i, req.Method()) && err == nil && matched {
				want = append(want, i)
			}
		}
		if got := table.Behind(t.Context(), req, rule); !slices.Equal(got, want) {
			rt.Errorf("behind %d: %v, want %v", rule, got, want)
		}
	})
}

func TestARuleSaysWhatItIsFoundBy(t *testing.T) {
	const invite = message.Method(2)
	table := New([]Rule{
		rule(t, "a", `req => req.message.requestUri.host === "a"`, invite),
		rule(t, "b", `req => req.message.requestUri.host === "b" && req.metadata.x`, invite),
		rule(t, "c", `req => true`, invite),
	}, Options{})
	for i, want := range []string{"message.requestUri.host", "message.requestUri.host", ""} {
		if got := table.IndexedBy(i); got != want {
			t.Errorf("rule %d is indexed by %q, want %q", i, got, want)
		}
	}
}
