package routing

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

func TestExplainSaysWhatEachRuleSaid(t *testing.T) {
	rules := []Rule{
		rule(t, "other method", "req => true", 3),
		rule(t, "left out by the index", `req => req.ref === "x"`, 2),
		rule(t, "fails", "req => req.message.contact.expires > 0", 2),
		rule(t, "takes it", "req => req.method", 2),
		rule(t, "too late", "req => true", 2),
	}
	req := request(t, &routrpb.MessageRequest{Ref: "y", Method: 2, Message: &routrpb.SIPMessage{}})
	for _, c := range []struct {
		skip     bool
		rules    []Rule
		selected int
		want     []string
	}{
		{true, rules, 3, []string{"not-tried  0 false", "no-match false 2 false", "error  2 true",
			`match "INVITE" 1 false`, "not-tried  0 false"}},
		{false, rules, -1, []string{"not-tried  0 false", "no-match false 2 false", "error  2 true",
			"not-tried  0 false", "not-tried  0 false"}},
		{false, rules[:2], -1, []string{"not-tried  0 false", "no-match false 2 false"}},
	} {
		table := New(c.rules, Options{SkipFailedRules: c.skip})
		x := table.Look(t.Context(), req, View{})
		var got []string
		for i, r := range x.Rules {
			got = append(got, fmt.Sprintf("%s %s %d %t", r.Outcome, r.Value, len(r.Operands), r.Error != nil))
			if r.Ref != c.rules[i].Ref || r.MethodAccepted != (i > 0) {
				t.Errorf("rule %d: %+v", i, r)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || x.Selected != c.selected {
			t.Errorf("selected %d, want %d\n%s", x.Selected, c.selected, diff)
		}
		if _, err := table.Match(t.Context(), req, nil); fmt.Sprint(err) != fmt.Sprint(x.Err) ||
			errors.Is(err, ErrNoMatch) != errors.Is(x.Err, ErrNoMatch) {
			t.Errorf("Match says %v, Explain %v", err, x.Err)
		}
	}
}
