package source

import (
	"sort"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
)

// fixRelational makes a < b < c mean (a < b) < c, as ECMA-262 section 13.10 has it. Goja's parser reads a < (b < c),
// and keeps no trace of parentheses, so the tokens tell the two apart.
func (s *Source) fixRelational(root ast.Node) {
	Walk(root, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpression)
		if !ok || !relational(b.Operator) {
			return true
		}
		operands, operators := []ast.Expression{b.Left}, []token.Token{b.Operator}
		last := b
		for {
			right, ok := last.Right.(*ast.BinaryExpression)
			if !ok || !relational(right.Operator) || s.parenthesised(last, right) {
				break
			}
			operands, operators = append(operands, right.Left), append(operators, right.Operator)
			last = right
		}
		operands = append(operands, last.Right)
		left := operands[0]
		for i := 1; i < len(operators); i++ {
			left = binary(operators[i-1], left, operands[i])
		}
		*b = *binary(operators[len(operators)-1], left, operands[len(operands)-1])
		return true
	})
}

func binary(op token.Token, left, right ast.Expression) *ast.BinaryExpression {
	comparison := op != token.IN && op != token.INSTANCEOF
	return &ast.BinaryExpression{Operator: op, Left: left, Right: right, Comparison: comparison}
}

func relational(op token.Token) bool {
	switch op {
	case token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL, token.IN, token.INSTANCEOF:
		return true
	}
	return false
}

// parenthesised reports whether child, an operand of parent, stands in parentheses of its own.
func (s *Source) parenthesised(parent, child *ast.BinaryExpression) bool {
	outer, inner := s.operator(parent), s.operator(child)
	open := s.tokenAt(start(child)) - 1
	for open >= 0 && s.is(open, "(") {
		between := s.tokens[open].mate > inner
		if child == parent.Left {
			between = between && s.tokens[open].mate < outer
		} else {
			between = between && open > outer
		}
		if between {
			return true
		}
		open--
	}
	return false
}

// operator returns the token of an expression's operator.
func (s *Source) operator(b *ast.BinaryExpression) int {
	i := s.tokenAt(start(b.Right)) - 1
	for i > 0 && s.is(i, "(") {
		i--
	}
	return i
}

// tokenAt returns the index of the token that begins at idx, or of the first one behind it.
func (s *Source) tokenAt(idx file.Idx) int {
	offset := int(idx) - 1 - len(opening)
	return sort.Search(len(s.tokens), func(i int) bool { return s.tokens[i].start >= offset })
}

// is reports whether token i is the punctuator or word p.
func (s *Source) is(i int, p string) bool {
	if i < 0 || i >= len(s.tokens) {
		return false
	}
	t := s.tokens[i]
	return (t.kind == punct || t.kind == word) && s.Text[t.start:t.end] == p
}

// start returns where a node's first token is, parentheses around it left out. It mends Idx0 where that is wrong.
func start(n ast.Node) file.Idx {
	switch n := n.(type) {
	case *ast.TemplateLiteral:
		if n.Tag != nil {
			return start(n.Tag)
		}
	case *ast.MetaProperty:
		return n.Meta.Idx
	case *ast.BinaryExpression:
		return start(n.Left)
	case *ast.AssignExpression:
		return start(n.Left)
	case *ast.BracketExpression:
		return start(n.Left)
	case *ast.DotExpression:
		return start(n.Left)
	case *ast.PrivateDotExpression:
		return start(n.Left)
	case *ast.CallExpression:
		return start(n.Callee)
	case *ast.ConditionalExpression:
		return start(n.Test)
	case *ast.SequenceExpression:
		return start(n.Sequence[0])
	case *ast.OptionalChain:
		return start(n.Expression)
	case *ast.Optional:
		return start(n.Expression)
	case *ast.UnaryExpression:
		if n.Postfix {
			return start(n.Operand)
		}
	}
	return n.Idx0()
}
