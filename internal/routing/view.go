package routing

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// View says which rules an explanation tells of, and how much of them. The zero View is all of all rules.
type View struct {
	// Decisive asks for the rule that takes the message, those that failed, and the nearest that said no; where none
	// takes it, also for the nearest of those that don't take its method.
	Decisive bool
	Near     int  // of Decisive: how many conditions at most may stand between a rule and a match
	From     int  // index of the first rule
	Count    int  // how many rules from there; 0 for all
	Behind   bool // the rules behind the one that decided are asked, too
	// Masked are places in the message that don't hold what they held: the answers of rules that read them may be
	// others.
	Masked  []string
	Bounded bool // the answer goes over a network, and is made where messages go on
}

// near reports whether the view asks for the rules nearest to a match, rather than for those of a page.
func (v View) near() bool { return v.Decisive && v.Count == 0 }

// Counts are numbers of rules by outcome. Methods are those that don't take the message's method.
type Counts struct {
	Matched  int `json:"match,omitempty"`
	NoMatch  int `json:"no-match,omitempty"`
	Failed   int `json:"error,omitempty"`
	NotTried int `json:"not-tried,omitempty"`
	Methods  int `json:"methods,omitempty"`
}

// LeftOut counts what an explanation has no room for.
type LeftOut struct {
	Rules     int `json:"rules"`     // that the View asks for
	Operands  int `json:"operands"`  // rules whose values and operands, or some of them, are missing
	AlsoMatch int `json:"alsoMatch"` // refs
}

// What a bounded explanation may have.
const (
	maxBytes         = 4 << 20
	maxDecisiveBytes = 64 << 10
	rowBytes         = 180 // of a rule without its ref, values and operands
	maxLooked        = 500 // rules that are evaluated for their operands
	maxFailed        = 40
	maxNear          = 20
	maxAlsoMatch     = 100
)

// show puts the rules into the explanation that the view asks for, and counts the others.
func (t *Table) show(ctx context.Context, req *message.Request, v View, all []RuleReport, x *Explanation) {
	rows := t.rows(req, v, all, x)
	left := room{bytes: maxBytes, looked: maxLooked}
	switch {
	case !v.Bounded:
		left = room{bytes: 1 << 62, looked: len(all)}
	case v.Decisive:
		left.bytes = maxDecisiveBytes
	}
	if v.Bounded && len(x.AlsoMatch) > maxAlsoMatch {
		x.LeftOut.AlsoMatch = len(x.AlsoMatch) - maxAlsoMatch
		x.AlsoMatch = x.AlsoMatch[:maxAlsoMatch]
	}
	rows = t.look(ctx, req, v, all, left.take(rows, all, x), &left, x)
	slices.Sort(rows)
	x.Rules = make([]RuleReport, len(rows))
	next := 0
	for i := range all {
		if next < len(rows) && rows[next] == i {
			x.Rules[next] = all[i]
			if !all[i].MethodAccepted {
				x.Rules[next].Because = notTaken(req.Method(), t.rules[i].Methods, all[i].Because)
			}
			next++
			continue
		}
		x.Counts.add(&all[i])
	}
}

// look evaluates rules for their values and operands, as far as there is room and time. It returns them, but for those
// that turn out not to be near enough.
func (t *Table) look(
	ctx context.Context, req *message.Request, v View, all []RuleReport, rows []int, left *room, x *Explanation,
) []int {
	budget := matchfunc.NewBudget(ctx, matchfunc.Options{Timeout: t.opts.Timeout})
	over, near, kept := false, 0, rows[:0]
	for _, i := range rows {
		r := &all[i]
		missed := v.near() && (r.Outcome == NoMatch || !r.MethodAccepted)
		if missed && near == maxNear {
			continue
		}
		over = over || budget.Gone() || budget.Spent()
		if !over && (r.Outcome != NotTried || missed) && left.look(&x.LeftOut) {
			r.look(&budget, t.whys.of(i, t.rules[i].Func), req)
			if missed && (r.Flips > v.Near || r.Flips == 0) {
				continue
			}
			left.fit(r, &x.LeftOut)
		}
		if missed {
			near++
		}
		kept = append(kept, i)
	}
	return kept
}

// rows returns the indexes of the rules that the view asks for, those that matter most first.
func (t *Table) rows(req *message.Request, v View, all []RuleReport, x *Explanation) (rows []int) {
	first, end := 0, len(all)
	if v.Count > 0 {
		first = min(max(v.From, 0), len(all))
		end = min(first+v.Count, len(all))
	}
	if x.Selected >= first && x.Selected < end {
		rows = append(rows, x.Selected)
	}
	for i := first; i < end; i++ {
		if all[i].Outcome != Failed {
			continue
		}
		if v.near() && v.Bounded && len(rows) > maxFailed {
			x.LeftOut.Rules++
			continue
		}
		rows = append(rows, i)
	}
	if v.near() {
		return append(rows, t.nearest(req, all, v.Near, errors.Is(x.Err, ErrNoMatch))...)
	}
	for i := first; i < end; i++ {
		if all[i].Outcome != Failed && i != x.Selected {
			rows = append(rows, i)
		}
	}
	return rows
}

func (c *Counts) add(r *RuleReport) {
	switch {
	case !r.MethodAccepted:
		c.Methods++
	case r.Outcome == Matched:
		c.Matched++
	case r.Outcome == NoMatch:
		c.NoMatch++
	case r.Outcome == Failed:
		c.Failed++
	default:
		c.NotTried++
	}
}

// room is what is left of what an explanation may have.
type room struct {
	bytes  int
	looked int
}

// take returns the rows that there is room for, without their operands.
func (left *room) take(rows []int, all []RuleReport, x *Explanation) []int {
	for n, i := range rows {
		r := &all[i]
		size := rowBytes + len(r.Ref)
		if e := r.Error; e != nil {
			size += len(e.Name) + len(e.Message)
		}
		if left.bytes < size {
			x.LeftOut.Rules += len(rows) - n
			return rows[:n]
		}
		left.bytes -= size
	}
	return rows
}

// look reports whether one more rule may be evaluated for its operands.
func (left *room) look(out *LeftOut) bool {
	if left.looked == 0 || left.bytes <= 0 {
		out.Operands++
		return false
	}
	left.looked--
	return true
}

// fit drops the operands of a rule that there is no room for.
func (left *room) fit(r *RuleReport, out *LeftOut) {
	left.bytes -= len(r.Value) + len(r.Because)
	for _, path := range r.Reads {
		left.bytes -= len(path) + 3
	}
	for n := range r.Operands {
		text, err := json.Marshal(r.Operands[n])
		if left.bytes -= len(text); left.bytes < 0 || err != nil {
			r.Operands = r.Operands[:n]
			out.Operands++
			return
		}
	}
}
