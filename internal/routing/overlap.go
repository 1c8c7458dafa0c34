package routing

import (
	"context"
	"errors"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Behind returns the rules behind one, by their indexes, that would take the message as well. They have the budget
// that a message has: where that is spent, or ctx ends, those further down aren't asked.
func (t *Table) Behind(ctx context.Context, req *message.Request, rule int) (also []int) {
	t.beyond(ctx, req, rule, func(i int, matched bool, _ error, _ time.Duration) {
		if matched {
			also = append(also, i)
		}
	})
	return also
}

// beyond asks the rules behind one, and returns the index of the first that wasn't asked: how many there are, where the
// budget reached.
func (t *Table) beyond(
	ctx context.Context, req *message.Request, rule int, tried func(i int, matched bool, err error, took time.Duration),
) (asked int) {
	budget := matchfunc.NewBudget(ctx, matchfunc.Options{Timeout: t.opts.Timeout})
	method := req.Method()
	var candidates lists
	t.index.candidates(req, method, &candidates)
	for {
		i, more := candidates.next()
		switch {
		case !more:
			return len(t.rules)
		case i <= rule || !t.index.methods[i].has(method):
			continue
		case budget.Gone() || budget.Spent():
			return i
		}
		start := time.Now()
		matched, err := t.rules[i].Func.MatchWithin(&budget, req)
		if errors.Is(err, matchfunc.ErrGone) {
			return i
		}
		tried(i, matched, err, time.Since(start))
		budget.Take(ruleCost)
	}
}

// IndexedBy returns the field by whose value a rule is found, as rules write it; empty where it is tried for every
// message of its methods.
func (t *Table) IndexedBy(rule int) string {
	if by := t.index.by[rule]; by.field != nil {
		return nameOf(by.place, by.field)
	}
	return ""
}
