package why

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// tally goes through the tree of a rule's parts for one evaluation.
type tally struct {
	*Rule
	*Said
	decisive []bool
	leaves   []leaf
}

// leaf is a part that made the outcome and has no part of its own that did.
type leaf struct {
	node  ast.Expression
	gave  bool // what it gave
	other bool // the rule didn't match for that: it must say otherwise
}

// outcome finds the parts that made the outcome: of what was returned, and of what was asked on the way there.
func (t *tally) outcome() []leaf {
	asked, returned := t.reached()
	if returned >= 0 {
		t.decide(t.operands[returned].Node)
	}
	made := t.leaves
	for _, i := range asked {
		t.decide(t.operands[i].Node)
	}
	if !t.Matched && slices.ContainsFunc(made, func(l leaf) bool { return !constant(l.node) }) {
		return made // it came to the end of the rule, and that said no
	}
	return slices.DeleteFunc(t.leaves, func(l leaf) bool { return constant(l.node) })
}

// reached returns the operands of the rule's own function that were asked, and the one that was returned; -1 for none.
func (t *tally) reached() (asked []int, returned int) {
	returned = -1
	for i, o := range t.operands {
		switch {
		case t.Notes[i].Times == 0 || !o.Own:
		case o.Role == source.Asked:
			asked = append(asked, i)
		case o.Role == source.Returned:
			returned = i
		}
	}
	return asked, returned
}

// decide follows what made an expression give what it gave.
func (t *tally) decide(e ast.Expression) {
	i, ok := t.index[e]
	if !ok || t.Notes[i].Times == 0 || t.decisive[i] {
		return
	}
	t.decisive[i] = true
	gave := t.Notes[i].Truthy
	switch n := e.(type) {
	case *ast.BinaryExpression:
		left, known := t.truth(n.Left)
		switch {
		case !known:
		case n.Operator == token.LOGICAL_AND && !left, n.Operator == token.LOGICAL_OR && left:
			t.decide(n.Left)
			return
		case n.Operator == token.COALESCE, n.Operator == token.LOGICAL_AND && gave,
			n.Operator == token.LOGICAL_OR && !gave:
			t.decide(n.Left)
			t.decide(n.Right)
			return
		case n.Operator == token.LOGICAL_AND, n.Operator == token.LOGICAL_OR:
			t.decide(n.Right)
			return
		}
	case *ast.UnaryExpression:
		if _, part := t.index[n.Operand]; part {
			t.decide(n.Operand)
			return
		}
	case *ast.ConditionalExpression:
		t.decide(n.Test)
		t.decide(n.Consequent)
		t.decide(n.Alternate)
		return
	case *ast.Identifier:
		if from := t.initial[n.Name.String()]; from != nil && t.logical(from) {
			t.decide(from)
			return
		}
	}
	t.leaves = append(t.leaves, leaf{e, gave, !t.Matched})
}

// logical reports whether an expression is a part of the tree that has parts itself.
func (t *tally) logical(e ast.Expression) bool {
	_, part := t.index[e]
	return part
}

// truth is what an expression gave, or would have given.
func (t *tally) truth(e ast.Expression) (truthy, known bool) {
	i, part := t.index[e]
	switch {
	case !part:
		return source.Constant(e)
	case t.Notes[i].Threw:
		return false, false
	case t.Notes[i].Times > 0:
		return t.Notes[i].Truthy, true
	}
	return t.Notes[i].Would == native.Truthy, t.Notes[i].Would != native.Unknown
}

// never is the cost of what can't be.
const never = 1 << 20

// flips is how many leaves would have to say otherwise for a match; 0 where that can't be told.
func (t *tally) flips() int {
	best := never
	asked, returned := t.reached()
	if returned >= 0 {
		best = t.cost(t.operands[returned].Node, true)
	}
	if best == never { // it would have to return elsewhere
		for _, i := range asked {
			best = min(best, t.cost(t.operands[i].Node, !t.Notes[i].Truthy))
		}
	}
	if best >= never {
		return 0
	}
	return best
}

// cost is how many leaves of an expression would have to say otherwise for it to be truthy, or falsy.
func (t *tally) cost(e ast.Expression, want bool) int {
	if _, part := t.index[e]; part {
		switch n := e.(type) {
		case *ast.BinaryExpression:
			if n.Operator == token.LOGICAL_AND || n.Operator == token.LOGICAL_OR {
				a, b := t.cost(n.Left, want), t.cost(n.Right, want)
				if want == (n.Operator == token.LOGICAL_AND) {
					return min(a+b, never)
				}
				return min(a, b)
			}
		case *ast.UnaryExpression:
			if n.Operator == token.NOT {
				return t.cost(n.Operand, !want)
			}
		case *ast.ConditionalExpression:
			return min(
				never,
				t.cost(n.Test, true)+t.cost(n.Consequent, want),
				t.cost(n.Test, false)+t.cost(n.Alternate, want),
			)
		case *ast.Identifier:
			if from := t.initial[n.Name.String()]; from != nil && t.logical(from) {
				return t.cost(from, want)
			}
		}
	}
	truthy, known := t.truth(e)
	switch {
	case known && truthy == want:
		return 0
	case known && constant(e):
		return never
	}
	return 1
}

func constant(e ast.Expression) bool {
	_, known := source.Constant(e)
	return known
}

// innermost is the part that threw and has none within it that did; -1 for none.
func (t *tally) innermost() int {
	threw := func(n native.Note) bool { return n.Threw }
	last := -1
	for i := slices.IndexFunc(t.Notes, threw); i >= 0 && i < len(t.Notes); i++ {
		if t.Notes[i].Threw { // those within come behind
			last = i
		}
	}
	return last
}
