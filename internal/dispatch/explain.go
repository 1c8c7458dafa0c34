package dispatch

import (
	"errors"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Explanation says where a message would go, and why: the answer of the admin API's route/explain and of the
// command's explain.
type Explanation struct {
	Selected *string      `json:"selected"` // the processor's ref
	Code     string       `json:"code"`     // a gRPC code's name
	Error    string       `json:"error,omitempty"`
	Plan     []Stop       `json:"plan"`
	Rules    []RuleReport `json:"rules"`
}

// Stop is one call that would be made, if no middleware changed or answered the message before.
type Stop struct {
	Role backend.Role `json:"role"`
	Ref  string       `json:"ref"`
	Addr string       `json:"addr"`
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
	Ref            string     `json:"ref"`
	MethodAccepted bool       `json:"methodAccepted"`
	Outcome        Outcome    `json:"outcome"`
	Error          *RuleError `json:"error,omitempty"`
	DurationNs     int64      `json:"durationNs"`
}

// RuleError is how a rule failed, with the place in its source.
type RuleError struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// String renders the failure for people: the exception, and its place where that is known.
func (e *RuleError) String() string {
	text := e.Message
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	if e.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// Explain routes a message as Process does, and calls nobody. The error is a *backend.Error where the bytes are no
// message that Process would take.
func (d *Dispatcher) Explain(request []byte) (*Explanation, error) {
	req, err := Parse(request)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Code: "OK", Plan: []Stop{}, Rules: d.untried(req)}
	start, decided := time.Now(), 0
	i, err := d.Table.Match(req, &routing.Trace{Tried: func(i int, matched bool, err error) {
		now := time.Now()
		x.Rules[i].tried(matched, err, now.Sub(start))
		start, decided = now, i
	}})
	if errors.Is(err, routing.ErrNoMatch) {
		decided = len(x.Rules)
	}
	x.settle(decided)
	if !req.IsError() {
		x.addAll(d.Pre)
	}
	if err != nil {
		e := unrouted(req, err)
		x.Code, x.Error = e.Code.String(), e.Message
		return x, nil
	}
	x.Selected = &x.Rules[i].Ref
	x.add(d.Processors[i])
	if !req.IsError() {
		x.addAll(d.Post)
	}
	return x, nil
}

// untried lists the rules before any of them was tried.
func (d *Dispatcher) untried(req *message.Request) []RuleReport {
	rules := d.Table.Rules()
	reports := make([]RuleReport, len(rules))
	for i, rule := range rules {
		reports[i] = RuleReport{Ref: rule.Ref, MethodAccepted: d.Table.Accepts(i, req.Method()), Outcome: NotTried}
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
		r.Outcome, r.Error = Failed, ruleError(err)
	case matched:
		r.Outcome = Matched
	default:
		r.Outcome = NoMatch
	}
}

func ruleError(err error) *RuleError {
	var e *matchfunc.EvalError
	if errors.As(err, &e) {
		return &RuleError{Name: e.Name, Message: e.Message, Line: e.Line, Column: e.Column}
	}
	return &RuleError{Name: "Error", Message: err.Error()}
}

func (x *Explanation) addAll(stops []Middleware) {
	for _, m := range stops {
		x.add(m.Backend)
	}
}

func (x *Explanation) add(b *backend.Backend) {
	x.Plan = append(x.Plan, Stop{Role: b.Role(), Ref: b.Ref(), Addr: b.Addr()})
}
