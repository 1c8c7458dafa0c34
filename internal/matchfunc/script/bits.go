package script

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// int32Name is the global that operands of 32-bit operators pass through; no source can spell it.
const int32Name = "\x00int32"

// wrapBits lets the operands of 32-bit operators pass through int32Of, and exponents through exponent. It returns what
// undoes that.
func (n *needs) wrapBits(src *source.Source) (restore func()) {
	var undo []func()
	through := func(name unistring.String) func(*ast.Expression) {
		return func(place *ast.Expression) {
			old := *place
			*place = &ast.CallExpression{
				Callee: &ast.Identifier{Name: name, Idx: old.Idx0()}, LeftParenthesis: old.Idx0(),
				ArgumentList: []ast.Expression{old}, RightParenthesis: old.Idx1(),
			}
			undo = append(undo, func() { *place = old })
		}
	}
	set := through(int32Name)
	var nodes []ast.Node
	source.Walk(src.Expr, func(node ast.Node) bool {
		nodes = append(nodes, node)
		return true
	})
	for _, node := range nodes {
		switch node := node.(type) {
		case *ast.BinaryExpression:
			if bitwise(node.Operator) {
				n.operands(set, &node.Left, &node.Right)
			}
			if node.Operator == token.EXPONENT {
				n.wrapExponent(through(exponentName), node)
			}
			if (node.Operator == token.EQUAL || node.Operator == token.NOT_EQUAL) && mayBeNumber(node.Left) &&
				mayBeNumber(node.Right) {
				old := *node
				node.Left, node.Right = equalsCall(node), &ast.BooleanLiteral{Idx: node.Right.Idx0(), Literal: "true",
					Value: true}
				n.equals = true
				undo = append(undo, func() { *node = old })
			}
		case *ast.UnaryExpression:
			if node.Operator == token.BITWISE_NOT {
				n.operands(set, &node.Operand)
			}
		case *ast.AssignExpression:
			if id, ok := node.Left.(*ast.Identifier); ok && bitwise(node.Operator) {
				old := *node
				left := ast.Expression(&ast.Identifier{Name: id.Name, Idx: id.Idx})
				b := &ast.BinaryExpression{Operator: node.Operator, Left: left, Right: node.Right}
				n.operands(set, &b.Left, &b.Right)
				node.Operator, node.Right = token.ASSIGN, b
				undo = append(undo, func() { *node = old })
			}
		}
	}
	return func() {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}
}

// operands wraps those operands that may be large.
func (n *needs) operands(set func(*ast.Expression), places ...*ast.Expression) {
	for _, p := range places {
		switch e := (*p).(type) {
		case *ast.NumberLiteral:
			if v, ok := e.Value.(int64); ok && v < 1<<53 {
				continue
			}
		case *ast.BinaryExpression:
			if bitwise(e.Operator) {
				continue
			}
		}
		n.bits = true
		set(p)
	}
}

func bitwise(op token.Token) bool {
	switch op {
	case token.AND, token.OR, token.EXCLUSIVE_OR, token.SHIFT_LEFT, token.SHIFT_RIGHT, token.UNSIGNED_SHIFT_RIGHT:
		return true
	}
	return false
}
