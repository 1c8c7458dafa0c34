// Package routing picks the processor for a message: the first rule in file order that accepts the message's method
// and whose matchFunc returns a truthy value (contract section 3, step 4).
//
// Package dispatch asks it for every message; explaining a decision is the same call with a Trace. A Table never
// changes and is safe for concurrent use.
package routing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Rule says which messages a processor takes.
type Rule struct {
	Ref     string // the processor's
	Methods []message.Method
	Func    *matchfunc.Func
}

// Table is the processors' rules in file order.
type Table struct {
	rules   []Rule
	index   *index
	opts    Options
	budgets sync.Pool // of *matchfunc.Budget
	engine  methodSet // of the rules that run in the JavaScript engine
	whys    explainers
}

// Options say how a table treats its rules.
type Options struct {
	SkipFailedRules bool // a rule that throws or exceeds a limit counts as one that didn't match
	// Timeout is what the rules were compiled with: a message may take five times as much processor time for all rules
	// that it is tried on.
	Timeout time.Duration
}

// New returns the table of rules, which the caller must not change any more.
func New(rules []Rule, opts Options) *Table {
	t := &Table{rules: rules, index: newIndex(rules), opts: opts,
		budgets: sync.Pool{New: func() any { return new(matchfunc.Budget) }}}
	for i, r := range rules {
		if native, _, _ := r.Func.Native(); !native {
			t.engine |= t.index.methods[i]
		}
	}
	return t
}

// InEngine reports whether a message of this method may be tried on a rule that runs in the JavaScript engine, and so
// may take milliseconds.
func (t *Table) InEngine(m message.Method) bool { return t.engine.has(m) }

// Rules returns the rules in file order. The caller must not change them.
func (t *Table) Rules() []Rule { return t.rules }

// ErrNoMatch is Match's error where no rule takes the message.
var ErrNoMatch = errors.New("no rule matches")

// RuleError is Match's error where a rule threw, or ran out of its limits.
type RuleError struct {
	Ref string // the processor's
	Err error  // what package matchfunc says of it
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("matchFunc of processor ref = %s: %v", e.Ref, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }

// Trace watches a Match from inside, as net/http/httptrace does a request. The zero Trace watches nothing.
type Trace struct {
	// Tried is called after each rule that was evaluated, with its index and what came of it. The rules between that
	// weren't are known to say no.
	Tried func(index int, matched bool, err error)
	// Count is how many rules were evaluated.
	Count int
	// Failed is the index of the last rule that threw or ran out of its limits, skipped or not, and Err how; nil for
	// none.
	Failed int
	Err    error
}

func (t *Trace) tried(index int, matched bool, err error) {
	if t == nil {
		return
	}
	t.Count++
	if err != nil {
		t.Failed, t.Err = index, err
	}
	if t.Tried != nil {
		t.Tried(index, matched, err)
	}
}

// spent notes the rule at which all of them together ran out of their limits.
func (t *Trace) spent(index int, err error) {
	if t != nil {
		t.Failed, t.Err = index, err
	}
}

// Match returns the index of the rule that takes the message: see Rules. The error is ErrNoMatch, a *RuleError, or
// ctx's where nobody waits for the outcome any more: that is asked before each rule and within those that take long.
// trace may be nil.
//
// It tries the rules that the index leaves, in file order: the outcome is that of trying them all, errors included.
func (t *Table) Match(ctx context.Context, req *message.Request, trace *Trace) (int, error) {
	return t.MatchFrom(ctx, req, 0, trace)
}

// ErrLater is MatchSoon's error where the rules take longer than that.
var ErrLater = errors.New("the rules take longer than a moment")

// MatchSoon is Match for who has others to look after, such as a goroutine that reads connections: it gives up after a
// moment's work, with ErrLater. Then Match says what there is to say, from the beginning. How much work that is doesn't
// depend on the machine, nor does the outcome on who asked.
func (t *Table) MatchSoon(ctx context.Context, req *message.Request, trace *Trace) (int, error) {
	return t.within(ctx, req, 0, matchfunc.NewMoment(ctx), true, trace)
}

// MatchFrom is Match as if the table had only the rules from this index on.
func (t *Table) MatchFrom(ctx context.Context, req *message.Request, from int, trace *Trace) (int, error) {
	whole := matchfunc.NewBudget(ctx, matchfunc.Options{Timeout: t.opts.Timeout})
	return t.within(ctx, req, from, whole, false, trace)
}

// within is MatchFrom within a budget, of which there may be more later.
func (t *Table) within(
	ctx context.Context, req *message.Request, from int, most matchfunc.Budget, more bool, trace *Trace,
) (int, error) {
	budget := t.budgets.Get().(*matchfunc.Budget) // New makes nothing else
	*budget = most
	i, err := t.match(req, from, budget, more, trace)
	if errors.Is(err, matchfunc.ErrGone) {
		err = ctx.Err()
	}
	*budget = matchfunc.Budget{}
	t.budgets.Put(budget)
	return i, err
}

// ruleCost is what trying a rule takes from the budget besides what it does: most rules do next to nothing.
const ruleCost = 100 * time.Nanosecond

func (t *Table) match(
	req *message.Request, from int, budget *matchfunc.Budget, more bool, trace *Trace,
) (int, error) {
	var candidates lists
	method := req.Method()
	t.index.candidates(req, method, &candidates)
	for {
		i, ok := candidates.next()
		if !ok {
			return 0, ErrNoMatch
		}
		if i < from || !t.index.methods[i].has(method) {
			continue
		}
		if budget.Gone() {
			return 0, matchfunc.ErrGone
		}
		matched, err := t.rules[i].Func.MatchWithin(budget, req)
		switch {
		case errors.Is(err, matchfunc.ErrGone):
			return 0, err
		case more && budget.Spent() && !matched:
			return 0, ErrLater
		}
		trace.tried(i, matched, err)
		switch {
		case err != nil && !t.opts.SkipFailedRules:
			return 0, &RuleError{Ref: t.rules[i].Ref, Err: err}
		case matched:
			return i, nil
		}
		if budget.Take(ruleCost); budget.Spent() && more {
			return 0, ErrLater
		}
		if budget.Spent() {
			err := matchfunc.Together()
			trace.spent(i, err)
			return 0, &RuleError{Ref: t.rules[i].Ref, Err: err}
		}
	}
}

// SkipsFailed reports whether a rule that fails counts as one that didn't match.
func (t *Table) SkipsFailed() bool { return t.opts.SkipFailedRules }

// Accepts reports whether rule i takes messages of this method at all.
func (t *Table) Accepts(i int, method message.Method) bool {
	return slices.Contains(t.rules[i].Methods, method)
}

// Methods returns the methods that any rule takes, ascending.
func (t *Table) Methods() (all []message.Method) {
	for _, r := range t.rules {
		for _, m := range r.Methods {
			if i, there := slices.BinarySearch(all, m); !there {
				all = slices.Insert(all, i, m)
			}
		}
	}
	return all
}
