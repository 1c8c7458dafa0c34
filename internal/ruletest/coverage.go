package ruletest

import (
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Coverage says which rules, and which parts of them, tests have seen to say yes and to say no.
type Coverage struct {
	cfg   *config.Config
	Rules []RuleCoverage `json:"rules"`
}

// RuleCoverage is what tests saw of one rule.
type RuleCoverage struct {
	Ref      string            `json:"ref"`
	Always   bool              `json:"always"` // it can't say no
	Matched  int               `json:"matched"`
	NoMatch  int               `json:"noMatch"`
	Failed   int               `json:"failed"`
	Operands []OperandCoverage `json:"operands"` // none of a rule that runs in the JavaScript engine
}

// OperandCoverage is what tests saw of one part of a rule.
type OperandCoverage struct {
	Place string `json:"place"` // file:line:column of the configuration
	Text  string `json:"text"`
	True  int    `json:"true"`
	False int    `json:"false"`

	at operandKey
}

type operandKey struct{ from, to matchfunc.Place }

// NewCoverage returns the coverage of target's rules before any test.
func NewCoverage(target *Target) *Coverage {
	c := &Coverage{cfg: target.Config, Rules: make([]RuleCoverage, len(target.Rules))}
	for i, rule := range target.Rules {
		r := &c.Rules[i]
		*r = RuleCoverage{Ref: rule.Ref, Always: rule.Func.Always(), Operands: []OperandCoverage{}}
		for _, o := range rule.Func.Explain(&message.Request{}).Operands { // what parts there are doesn't depend on it
			if !o.Compared {
				r.operand(o, func() string { return place(c.cfg, i, o.From) })
			}
		}
	}
	return c
}

// add takes in what one message tried.
func (c *Coverage) add(x *dispatch.Explanation) {
	for i, r := range x.Rules {
		rule := &c.Rules[i]
		switch r.Outcome {
		case routing.Matched:
			rule.Matched++
		case routing.NoMatch:
			rule.NoMatch++
		case routing.Failed:
			rule.Failed++
		case routing.NotTried:
			continue
		}
		for _, o := range r.Operands {
			if o.Compared && o.Value != "true" && o.Value != "false" {
				continue // it is compared with something: that it is truthy says nothing
			}
			operand := rule.operand(o, func() string { return place(c.cfg, i, o.From) })
			switch {
			case !o.Evaluated || o.Value == "": // or it threw
			case o.Truthy:
				operand.True++
			default:
				operand.False++
			}
		}
	}
}

// operand finds a part of the rule, or adds it.
func (r *RuleCoverage) operand(o matchfunc.Operand, place func() string) *OperandCoverage {
	at := operandKey{o.From, o.To}
	for i := range r.Operands {
		if r.Operands[i].at == at {
			return &r.Operands[i]
		}
	}
	r.Operands = append(r.Operands, OperandCoverage{Place: place(), Text: oneLine(o.Text), at: at})
	return &r.Operands[len(r.Operands)-1]
}

// points counts what there is to see of the rule and what was seen: a yes and a no of itself and of each part of it.
func (r *RuleCoverage) points() (seen, all int) {
	count := func(times int) {
		all++
		if times > 0 {
			seen++
		}
	}
	count(r.Matched)
	if !r.Always {
		count(r.NoMatch)
	}
	for _, o := range r.Operands {
		if o.constant() {
			count(o.True + o.False)
			continue
		}
		count(o.True)
		count(o.False)
	}
	return seen, all
}

// constant reports whether the part always gives the same.
func (o *OperandCoverage) constant() bool { return o.Text == "true" || o.Text == "false" }

func (o *OperandCoverage) missing() string {
	if o.constant() && o.True+o.False > 0 {
		return ""
	}
	return unseen(o.True, o.False, "true", "false")
}

// Percent returns how much of the rules and their parts was seen to say yes and to say no.
func (c *Coverage) Percent() float64 {
	seen, all := 0, 0
	for i := range c.Rules {
		s, a := c.Rules[i].points()
		seen, all = seen+s, all+a
	}
	if all == 0 {
		return 100
	}
	return 100 * float64(seen) / float64(all)
}

// String lists the rules, what wasn't seen of them, and the percentage.
func (c *Coverage) String() string {
	var b strings.Builder
	b.WriteString("Coverage:\n")
	for i := range c.Rules {
		r := &c.Rules[i]
		seen, all := r.points()
		fmt.Fprintf(&b, "  %5.1f%%  rule %s%s\n", 100*float64(seen)/float64(all), visible.Line(r.Ref), r.missing())
		for _, o := range r.Operands {
			if missing := o.missing(); missing != "" {
				fmt.Fprintf(&b, "          %s: %s: %s\n", visible.Line(o.Place), visible.Line(o.Text), missing)
			}
		}
	}
	fmt.Fprintf(&b, "  %5.1f%%  of all rules and their parts\n", c.Percent())
	return b.String()
}

func (r *RuleCoverage) missing() string {
	switch {
	case r.Matched+r.NoMatch+r.Failed == 0:
		return ": never tried"
	case r.Matched+r.NoMatch == 0:
		return ": always failed"
	case r.Always && r.Matched > 0:
		return ""
	}
	if missing := unseen(r.Matched, r.NoMatch, "matched", "refused a message"); missing != "" {
		return ": " + missing
	}
	return ""
}

func unseen(yes, no int, yesWord, noWord string) string {
	switch {
	case yes == 0 && no == 0:
		return "never evaluated"
	case yes == 0:
		return "never " + yesWord
	case no == 0:
		return "never " + noWord
	}
	return ""
}
