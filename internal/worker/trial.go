package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Trial says where in a session's table a rule would stand.
type Trial struct {
	Methods  []message.Method // that it takes; none stands for all
	Placed   bool             // it would stand in the table at all
	At       int              // index of the rule that it would stand in front of
	Replaces bool             // it would stand in that one's place
}

// Where a message goes in a trial, where that isn't one of the table's rules.
const (
	NoRule     = -1
	FailedRule = -2 // a rule fails on it
	TriedRule  = -3 // to the rule that is tried
)

// Tally is what an operand gave over the messages of a trial. Of a message counts what it gave last.
type Tally struct {
	Operand matchfunc.Operand // what is known of it beforehand
	True    int
	False   int
	Skipped int // messages in which it wasn't evaluated
	Threw   int
	Values  []Value // the most frequent ones
	Others  int     // messages with other values
}

// Value is one that an operand gave.
type Value struct {
	Value string // JSON, cut at 200 bytes
	Count int
}

// How many values of an operand are told apart, and how many are told of.
const (
	maxValues = 256
	topValues = 32
)

// tryOut tries a rule on messages in the child.
func tryOut(table *routing.Table, f *matchfunc.Func, r Request, out *Response) {
	x := f.Explainer()
	var all []tally
	for i, data := range r.Messages {
		one := &out.Results[i]
		req, err := routable(data)
		if err != nil {
			*one = Result{Was: NoRule, Is: NoRule, Err: &matchfunc.EvalError{
				Name: InvalidMessage, Message: cut(err.Error()),
			}}
			continue
		}
		if len(r.Trial.Methods) > 0 && !slices.Contains(r.Trial.Methods, req.Method()) {
			one.OtherMethod = true
		} else {
			start := time.Now()
			said := x.Explain(req)
			one.Matched, one.Duration = said.Matched, time.Since(start)
			if said.Err != nil {
				one.Err = evalError(said.Err)
			}
			all = count(all, said.Operands)
		}
		where := r.Trial.Route(context.Background(), table, req, Said{Matched: one.Matched, Failed: one.Err != nil})
		one.Was, one.Is, one.Reached = where.Was, where.Is, where.Reached
	}
	out.Reads = x.Reads()
	for i := range all {
		out.Tally = append(out.Tally, all[i].top())
	}
}

// Said is the answer of the rule that is tried; the zero Said is no.
type Said struct{ Matched, Failed bool }

// Goes is where a message goes by a table, and where it would with the rule in it: an index of a rule, or NoRule,
// FailedRule or TriedRule.
type Goes struct {
	Was, Is int
	Reached bool // the message gets to the rule's place
}

// Route says where a message goes by a table, which may be nil, and where it would with the rule in it.
func (t *Trial) Route(ctx context.Context, table *routing.Table, req *message.Request, said Said) Goes {
	if !t.Placed || table == nil {
		return Goes{Was: NoRule, Is: NoRule, Reached: true}
	}
	was, decided := taker(ctx, table, req, 0)
	out := Goes{Was: was, Is: was, Reached: decided >= t.At}
	switch {
	case !out.Reached:
	case said.Failed && !table.SkipsFailed():
		out.Is = FailedRule
	case said.Matched:
		out.Is = TriedRule
	case t.Replaces && decided == t.At:
		out.Is, _ = taker(ctx, table, req, t.At+1)
	}
	return out
}

// taker says where a message goes by the rules from an index on, and which of them decided.
func taker(ctx context.Context, table *routing.Table, req *message.Request, from int) (to, decided int) {
	i, err := table.MatchFrom(ctx, req, from, nil)
	var failed *routing.RuleError
	switch {
	case err == nil:
		return i, i
	case errors.As(err, &failed):
		return FailedRule, routed(table, -1, err).Failed
	}
	return NoRule, len(table.Rules())
}

// tally is a Tally in the making.
type tally struct {
	Tally
	values map[string]int
}

// count adds what the operands of a rule gave for one message.
func count(all []tally, operands []matchfunc.Operand) []tally {
	for len(all) < len(operands) {
		o := operands[len(all)]
		o.Evaluated, o.Truthy, o.Value, o.Times, o.Decisive, o.Threw = false, false, "", 0, false, false
		all = append(all, tally{Tally: Tally{Operand: o}, values: map[string]int{}})
	}
	for i, o := range operands {
		t := &all[i]
		switch {
		case !o.Evaluated:
			t.Skipped++
			continue
		case o.Threw:
			t.Threw++
			continue
		case o.Truthy:
			t.True++
		default:
			t.False++
		}
		if _, known := t.values[o.Value]; known || len(t.values) < maxValues {
			t.values[o.Value]++
		} else {
			t.Others++
		}
	}
	return all
}

// top leaves the most frequent values.
func (t *tally) top() Tally {
	out := t.Tally
	for v, n := range t.values {
		out.Values = append(out.Values, Value{v, n})
	}
	out.Values, out.Others = mostFrequent(out.Values, topValues, out.Others)
	return out
}

// mostFrequent leaves so many values, the most frequent first, and counts the others.
func mostFrequent(values []Value, most, others int) ([]Value, int) {
	slices.SortFunc(values, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	for _, v := range values[min(most, len(values)):] {
		others += v.Count
	}
	return values[:min(most, len(values))], others
}

// Add adds what the same operand gave over other messages, and leaves so many values.
func (t *Tally) Add(o Tally, most int) {
	t.True, t.False, t.Skipped, t.Threw = t.True+o.True, t.False+o.False, t.Skipped+o.Skipped, t.Threw+o.Threw
	t.Others += o.Others
	for _, v := range o.Values {
		if i := slices.IndexFunc(t.Values, func(w Value) bool { return w.Value == v.Value }); i >= 0 {
			t.Values[i].Count += v.Count
		} else {
			t.Values = append(t.Values, v)
		}
	}
	t.Values, t.Others = mostFrequent(t.Values, most, t.Others)
}
