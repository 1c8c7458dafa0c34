// Package routing picks the processor for a message: the first rule in file order that accepts the message's method
// and whose matchFunc returns a truthy value (contract section 3, step 4).
//
// Package dispatch asks it for every message; explaining a decision is the same call with a Trace. A Table never
// changes and is safe for concurrent use.
package routing

import (
	"errors"
	"fmt"
	"slices"

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
	rules []Rule
	index *index
	skip  bool
}

// Options say how a table treats its rules.
type Options struct {
	SkipFailedRules bool // a rule that throws or exceeds a limit counts as one that didn't match
}

// New returns the table of rules, which the caller must not change any more.
func New(rules []Rule, opts Options) *Table {
	return &Table{rules: rules, index: newIndex(rules), skip: opts.SkipFailedRules}
}

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
}

func (t *Trace) tried(index int, matched bool, err error) {
	if t == nil {
		return
	}
	t.Count++
	if t.Tried != nil {
		t.Tried(index, matched, err)
	}
}

// Match returns the index of the rule that takes the message: see Rules. The error is ErrNoMatch or a *RuleError.
// trace may be nil.
//
// It tries the rules that the index leaves, in file order: the outcome is that of trying them all, errors included.
func (t *Table) Match(req *message.Request, trace *Trace) (int, error) {
	var candidates lists
	method := req.Method()
	t.index.candidates(req, method, &candidates)
	for {
		i, ok := candidates.next()
		if !ok {
			return 0, ErrNoMatch
		}
		if !t.index.methods[i].has(method) {
			continue
		}
		matched, err := t.rules[i].Func.Match(req)
		trace.tried(i, matched, err)
		switch {
		case err != nil && !t.skip:
			return 0, &RuleError{Ref: t.rules[i].Ref, Err: err}
		case matched:
			return i, nil
		}
	}
}

// Accepts reports whether rule i takes messages of this method at all.
func (t *Table) Accepts(i int, method message.Method) bool {
	return slices.Contains(t.rules[i].Methods, method)
}

// Lists reports whether any rule takes messages of this method.
func (t *Table) Lists(method message.Method) bool {
	return slices.ContainsFunc(t.rules, func(r Rule) bool { return slices.Contains(r.Methods, method) })
}
