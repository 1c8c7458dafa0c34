// Package why says what made a rule's outcome: which of its parts, how far it is from a match, and one sentence in the
// words of SIP.
//
// Package matchfunc calls it for what a rule's parts gave to one message. A Rule never changes and is safe for
// concurrent use.
package why

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// Rule is a rule whose outcomes are to be told.
type Rule struct {
	src      *source.Source
	origins  *source.Origins
	operands []source.Operand
	index    map[ast.Expression]int
	initial  map[string]ast.Expression // what constants are made of, by name; nil of a name that is declared twice
}

// New returns the rule whose operands these are, as Source.Operands returns them.
func New(src *source.Source, origins *source.Origins, operands []source.Operand) *Rule {
	r := &Rule{
		src: src, origins: origins, operands: operands,
		index: map[ast.Expression]int{}, initial: map[string]ast.Expression{},
	}
	for i, o := range operands {
		r.index[o.Node] = i
	}
	source.Walk(src.Expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Binding:
			r.declare(n.Target, n.Initializer)
		case *ast.AssignExpression:
			r.declare(n.Left, nil)
		}
		return true
	})
	return r
}

func (r *Rule) declare(target ast.Node, initializer ast.Expression) {
	if id, ok := target.(*ast.Identifier); ok && r.initial[id.Name.String()] == nil {
		if _, known := r.initial[id.Name.String()]; !known {
			r.initial[id.Name.String()] = initializer
			return
		}
	}
	source.EachName(target, func(name string) { r.initial[name] = nil })
}

// Said is what came of one evaluation.
type Said struct {
	Matched bool
	Failed  bool
	Threw   string // the name of what was thrown; empty where it has none
	Message string // of what was thrown
	Notes   []native.Note
	// Read returns what stands at a place of the request, as native.Read does.
	Read func(path string) (shown string, ok bool)
}

// Reason is why a rule said what it did.
type Reason struct {
	Decisive []bool // by operand: it made the outcome
	Because  string // one sentence
	Threw    int    // the innermost part that threw; -1 for none
	Flips    int    // how many parts would have to say otherwise for a match; 0 where it matched, or that isn't known
}

// Why returns the reason of what was said.
func (r *Rule) Why(said *Said) Reason {
	t := tally{Rule: r, Said: said, decisive: make([]bool, len(r.operands))}
	out := Reason{Decisive: t.decisive, Threw: -1}
	if said.Failed {
		out.Threw = t.innermost()
		out.Because = t.failed(out.Threw)
		return out
	}
	leaves := t.outcome()
	out.Because = t.sentence(leaves)
	if !said.Matched {
		out.Flips = t.flips()
	}
	return out
}
