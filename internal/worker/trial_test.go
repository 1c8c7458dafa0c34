package worker

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// goes says where a message goes by a table, by the names of rules.
func goes(t *testing.T, table *routing.Table, req *message.Request) string {
	i, err := table.Match(t.Context(), req, nil)
	switch {
	case err == nil:
		return table.Rules()[i].Ref
	case errors.Is(err, routing.ErrNoMatch):
		return "none"
	}
	return "fails"
}

func named(t Table, rule int) string {
	if rule < 0 {
		return map[int]string{NoRule: "none", FailedRule: "fails", TriedRule: "tried"}[rule]
	}
	return t.Rules[rule].Ref
}

// TestATrialSaysWhatTheTableWouldDo holds each trial against a table that has the rule in it.
func TestATrialSaysWhatTheTableWouldDo(t *testing.T) {
	sources := []string{
		`req => req.method === "MESSAGE" && req.ref !== ""`, `req => req.message.contact.expires > 60`,
		`req => req.message.from.address.uri.host === "sip.local"`, `req => req.method !== "OPTIONS"`,
	}
	p := pool(t, realChild, Options{Sessions: 3})
	var some [][]byte
	for i, m := range messages(t) {
		if i%3 == 0 {
			some = append(some, m)
		}
	}
	for _, skip := range []bool{false, true} {
		table := tableOf(sources...)
		table.SkipFailedRules = skip
		before, _ := loadTable(table)
		s := open(t, p, table)
		for _, source := range append(sources, `req => req.message.via[0].port > 5060`, `req => false`) {
			for at := range len(sources) + 1 {
				for _, replaces := range []bool{false, true} {
					if replaces && at == len(sources) {
						continue
					}
					changed := table
					end := at
					if replaces {
						end++
					}
					rule := Rule{Ref: "tried", Methods: every()[1:4], Source: source}
					changed.Rules = slices.Concat(table.Rules[:at], []Rule{rule}, table.Rules[end:])
					after, _ := loadTable(changed)
					trial := &Trial{Methods: rule.Methods, Placed: true, At: at, Replaces: replaces}
					got, err := s.Evaluate(Request{Source: source, Messages: some, Trial: trial})
					if err != nil {
						t.Fatal(err)
					}
					for i, r := range got.Results {
						req, err := message.Parse(some[i])
						if err != nil || req.Form() == message.NoForm {
							continue
						}
						is := fmt.Sprint(named(table, r.Was), " ", named(table, r.Is))
						if want := goes(t, before, req) + " " + goes(t, after, req); is != want {
							t.Errorf("%s at %d, replaces %t, skip %t, message %d: %s, not %s",
								source, at, replaces, skip, i, is, want)
						}
					}
				}
			}
		}
	}
}

func TestATrialTalliesOperands(t *testing.T) {
	p := pool(t, realChild, Options{})
	all := messages(t)
	got, err := p.Evaluate(t.Context(), Request{
		Source: `req => req.method === "INVITE" && req.message.contact.expires >= 0`, Messages: all, Trial: &Trial{},
	})
	if err != nil || len(got.Tally) == 0 || len(got.Reads) == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	invites, threw := 0, 0
	for i, r := range got.Results {
		if req, err := message.Parse(all[i]); err == nil && req.Form() != message.NoForm && req.Method() == 2 {
			invites++
			if r.Err != nil {
				threw++
			}
		}
	}
	for _, o := range got.Tally {
		sum := o.Others
		for _, v := range o.Values {
			sum += v.Count
		}
		if sum != o.True+o.False || len(o.Values) > topValues {
			t.Errorf("%s: %d values of %+v", o.Operand.Text, sum, o)
		}
		switch o.Operand.Text {
		case `req.method === "INVITE"`:
			if o.True != invites || o.Skipped+o.Threw > 0 {
				t.Errorf("%d INVITEs: %+v", invites, o)
			}
		case `req.message.contact.expires >= 0`:
			if o.True+o.False+o.Threw != invites || o.Threw != threw {
				t.Errorf("%d INVITEs, %d threw: %+v", invites, threw, o)
			}
		}
	}
}

func TestTalliesAddUpWithinTheirBounds(t *testing.T) {
	var all []tally
	for i := range 2 * maxValues {
		for _, value := range []string{fmt.Sprint(i), "often"} {
			all = count(all, []matchfunc.Operand{{Evaluated: true, Truthy: true, Value: value, Times: 1}})
		}
	}
	top := all[0].top()
	if len(top.Values) != topValues || top.Values[0].Count < maxValues || top.Others+sumOf(top.Values) != 4*maxValues {
		t.Errorf("%d values, %+v and %d others", len(top.Values), top.Values[0], top.Others)
	}
	sum := Tally{}
	sum.Add(top, 5)
	sum.Add(top, 5)
	if len(sum.Values) != 5 || sum.Values[0].Count != 2*top.Values[0].Count || sum.True != 2*top.True ||
		sum.Others+sumOf(sum.Values) != 8*maxValues {
		t.Errorf("%+v", sum)
	}
}

func sumOf(values []Value) (n int) {
	for _, v := range values {
		n += v.Count
	}
	return n
}
