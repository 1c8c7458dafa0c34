package routing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Explanation says which rule takes a message, and what each of them said to it.
type Explanation struct {
	Selected int   // index of the rule; -1 for none
	Err      error // why there is none: ErrNoMatch or a *RuleError
	Rules    []RuleReport
}

// Outcome is what came of a rule.
type Outcome string

// The outcomes of a rule.
const (
	Matched  Outcome = "match"
	NoMatch  Outcome = "no-match"
	Failed   Outcome = "error"
	NotTried Outcome = "not-tried"
)

// RuleReport is what one rule said to the message.
type RuleReport struct {
	Ref            string              `json:"ref"`
	MethodAccepted bool                `json:"methodAccepted"`
	Outcome        Outcome             `json:"outcome"`
	Value          string              `json:"value"` // what it returned, as JSON cut at 1 kB
	Error          *Failure            `json:"error"`
	DurationNs     int64               `json:"durationNs"`
	Operands       []matchfunc.Operand `json:"operands"`
}

// Failure is how a rule failed, with the place in its source.
type Failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// String renders the failure for people: the exception, and its place where that is known.
func (e *Failure) String() string {
	text := e.Message
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	if e.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// Explain is Match with an account of it. Which rule is selected, and each outcome, is what Match says; the rules that
// had a say are evaluated once more for their values and operands, those that the index left out too.
//
// The second evaluation has a budget of its own. Where that is spent, or ctx ends, the rules further down have neither
// values nor operands.
func (t *Table) Explain(ctx context.Context, req *message.Request) *Explanation {
	x := &Explanation{Selected: -1, Rules: t.untried(req)}
	start, decided := time.Now(), 0
	i, err := t.Match(ctx, req, &Trace{Tried: func(i int, matched bool, err error) {
		now := time.Now()
		x.Rules[i].tried(matched, err, now.Sub(start))
		start, decided = now, i
	}})
	x.Err = err
	if err == nil {
		x.Selected = i
	}
	if errors.Is(err, ErrNoMatch) {
		decided = len(x.Rules)
	}
	x.settle(decided)
	budget := matchfunc.NewBudget(ctx, matchfunc.Options{Timeout: t.opts.Timeout})
	for i := range x.Rules {
		if budget.Gone() || budget.Spent() {
			break
		}
		if r := &x.Rules[i]; r.Outcome != NotTried {
			r.look(&budget, t.rules[i].Func, req)
		}
	}
	return x
}

// untried lists the rules before any of them was tried.
func (t *Table) untried(req *message.Request) []RuleReport {
	reports := make([]RuleReport, len(t.rules))
	for i, rule := range t.rules {
		reports[i] = RuleReport{Ref: rule.Ref, MethodAccepted: t.Accepts(i, req.Method()), Outcome: NotTried, Operands: []matchfunc.Operand{}}
	}
	return reports
}

// settle gives the rules before the one that decided, which the index left out, the answer that it knows they have.
func (x *Explanation) settle(decided int) {
	for i := range x.Rules[:decided] {
		if r := &x.Rules[i]; r.MethodAccepted && r.Outcome == NotTried {
			r.Outcome = NoMatch
		}
	}
}

func (r *RuleReport) tried(matched bool, err error, took time.Duration) {
	r.DurationNs = took.Nanoseconds()
	switch {
	case err != nil:
		r.Outcome, r.Error = Failed, failure(err)
	case matched:
		r.Outcome = Matched
	default:
		r.Outcome = NoMatch
	}
}

// look adds what the rule returned and why. A rule that answers otherwise this time, as one may that asks for the time,
// explains nothing.
func (r *RuleReport) look(b *matchfunc.Budget, fn *matchfunc.Func, req *message.Request) {
	x := fn.Explainer().ExplainWithin(b, req)
	if x.Matched != (r.Outcome == Matched) || (x.Err != nil) != (r.Outcome == Failed) {
		return
	}
	r.Value, r.Operands = x.Value, append(r.Operands, x.Operands...)
}

func failure(err error) *Failure {
	var e *matchfunc.EvalError
	if errors.As(err, &e) {
		return &Failure{Name: e.Name, Message: e.Message, Line: e.Line, Column: e.Column}
	}
	return &Failure{Name: "Error", Message: err.Error()}
}
