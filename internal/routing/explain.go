package routing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Explanation says which rule takes a message, and what each of them said to it.
type Explanation struct {
	Selected  int          // index of the rule; -1 for none
	Err       error        `json:"-"` // why there is none: ErrNoMatch or a *RuleError
	Total     int          // how many rules there are
	Rules     []RuleReport // those that the View asks for, in file order
	Counts    Counts       // of the others
	AlsoMatch []string     // refs of the rules behind the one that decided that match, where the View asks for them
	LeftOut   LeftOut
	Masked    []MaskedRead // rules that were asked and read what View.Masked names
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

// Value is what a rule returned, as JSON cut at 1 kB. Where it returned nothing, because it failed or wasn't tried, it
// is empty, and null in JSON.
type Value string

// MarshalJSON writes a string, or null.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // people read it
	err := encoder.Encode(string(v))
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// RuleReport is what one rule said to the message.
type RuleReport struct {
	Index          int                 `json:"index"` // among all rules
	Ref            string              `json:"ref"`
	MethodAccepted bool                `json:"methodAccepted"`
	Outcome        Outcome             `json:"outcome"`
	Value          Value               `json:"value"` // what it returned
	Error          *Failure            `json:"error"`
	DurationNs     int64               `json:"durationNs"`
	Operands       []matchfunc.Operand `json:"operands"`
	Reached        bool                `json:"reached"`          // no rule above took the message, or failed
	Masked         bool                `json:"masked,omitempty"` // Value or Error is hidden: it derives from a secret
	Because        string              `json:"because"`          // one sentence; empty where the rule wasn't tried
	// Flips is how many conditions stand between the rule and a match, as far as is known; 0 where it matched, or that
	// isn't.
	Flips int `json:"flips,omitempty"`
	// Reads are the places in the request that the outcome may be derived from, as matchfunc.Operand has them.
	Reads []string `json:"reads,omitempty"`
}

// Failure is how a rule failed, with the place in its source.
type Failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	matchfunc.Place
	To matchfunc.Place `json:"to"` // behind what is there
}

// String renders the failure for people: the exception, and its place where that is known.
func (e *Failure) String() string {
	return (&matchfunc.EvalError{Place: e.Place, Name: e.Name, Message: e.Message}).Error()
}

// Look is Match with an account of it. Which rule is selected, and each outcome, is what Match says; the rules that
// had a say, and that the view asks for, are evaluated once more for their values and operands, those that the index
// left out too.
//
// The second evaluation has a budget of its own, and so have the rules behind the one that decided. Where it is
// spent, or ctx ends, the rules further down have neither values nor operands.
func (t *Table) Look(ctx context.Context, req *message.Request, v View) *Explanation {
	all := t.untried(req)
	x, decided := t.decide(ctx, req, all)
	settle(all[:decided])
	for i := range all[:min(decided+1, len(all))] {
		all[i].Reached = true
	}
	if v.Behind && ctx.Err() == nil {
		x.AlsoMatch = t.behind(ctx, req, all, decided)
	}
	x.Masked = t.maskedReads(v, all)
	t.show(ctx, req, v, all, x)
	return x
}

// decide is Match, which notes what came of each rule. The rule at decided had the last word; there may be none.
func (t *Table) decide(ctx context.Context, req *message.Request, all []RuleReport) (x *Explanation, decided int) {
	x = &Explanation{Selected: -1, Total: len(all)}
	start := time.Now()
	i, err := t.Match(ctx, req, &Trace{Tried: func(i int, matched bool, err error) {
		now := time.Now()
		all[i].tried(matched, err, now.Sub(start))
		start, decided = now, i
	}})
	x.Err = err
	if err == nil {
		x.Selected = i
	}
	if errors.Is(err, ErrNoMatch) {
		decided = len(all)
	}
	return x, decided
}

// behind asks the rules behind the one that decided, as far as their budget reaches, and returns the refs of those that
// match.
func (t *Table) behind(ctx context.Context, req *message.Request, all []RuleReport, decided int) []string {
	refs := []string{}
	asked := t.beyond(ctx, req, decided, func(i int, matched bool, err error, took time.Duration) {
		all[i].tried(matched, err, took)
		if matched {
			refs = append(refs, t.rules[i].Ref)
		}
	})
	settle(all[min(decided+1, asked):asked])
	return refs
}

// untried lists the rules before any of them was tried.
func (t *Table) untried(req *message.Request) []RuleReport {
	reports := make([]RuleReport, len(t.rules))
	for i, rule := range t.rules {
		reports[i] = RuleReport{
			Index: i, Ref: rule.Ref, MethodAccepted: t.Accepts(i, req.Method()), Outcome: NotTried,
			Operands: []matchfunc.Operand{},
		}
	}
	return reports
}

// notTaken says that a rule isn't for messages of a method, and besides what else of it is known.
func notTaken(method message.Method, takes []message.Method, besides string) string {
	names := make([]string, len(takes))
	for i, m := range takes {
		names[i] = m.String()
	}
	text := fmt.Sprintf("The method is %s; the rule's methods are %s", method, strings.Join(names, ", "))
	if besides != "" {
		text += ". " + besides
	}
	return text
}

// settle gives rules that the index left out the answer that it knows they have.
func settle(rules []RuleReport) {
	for i := range rules {
		if r := &rules[i]; r.MethodAccepted && r.Outcome == NotTried {
			r.Outcome = NoMatch
		}
	}
}

func (r *RuleReport) tried(matched bool, err error, took time.Duration) {
	r.DurationNs = max(1, took.Nanoseconds()) // 0 is of those that the index left out
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
func (r *RuleReport) look(b *matchfunc.Budget, why *matchfunc.Explainer, req *message.Request) {
	x := why.ExplainWithin(b, req)
	if !r.MethodAccepted {
		r.otherMethod(x)
		return
	}
	if x.Matched != (r.Outcome == Matched) || (x.Err != nil) != (r.Outcome == Failed) {
		return
	}
	r.Value, r.Operands = Value(x.Value), append(r.Operands, x.Operands...)
	r.Because, r.Reads = x.Because, x.Reads
	if x.Flips > 0 {
		r.Flips = x.Flips
	}
	if x.Err != nil {
		r.Error = failure(x.Err) // its place may be closer
	}
}

// otherMethod adds what a rule that doesn't take the message's method says apart from that. Its outcome stays that it
// wasn't tried. Flips is 0 where adding the method makes it fail.
func (r *RuleReport) otherMethod(x matchfunc.Explanation) {
	r.Operands, r.Reads = append(r.Operands, x.Operands...), x.Reads
	switch {
	case x.Err != nil:
		r.Flips = 0
	case x.Matched:
		r.Flips, r.Because = 1, "Apart from that, it would take the message"
	default:
		r.Flips, r.Because = 1+max(x.Flips, 1), x.Because
	}
}

func failure(err error) *Failure {
	var e *matchfunc.EvalError
	if errors.As(err, &e) {
		return &Failure{Name: e.Name, Message: e.Message, Place: e.Place, To: e.To}
	}
	return &Failure{Name: "Error", Message: err.Error()}
}
