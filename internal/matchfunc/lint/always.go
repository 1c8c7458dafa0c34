package lint

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// Always reports whether the rule returns a truthy value for every message, as far as its text says so: it returns
// nothing but constants, such as in req => true.
func Always(src *source.Source) bool {
	fn, ok := rule(src.Expr)
	if !ok || fn.parameters.Rest != nil {
		return false
	}
	for _, p := range fn.parameters.List {
		if _, plain := p.Target.(*ast.Identifier); !plain || p.Initializer != nil {
			return false
		}
	}
	switch body := fn.body.(type) {
	case *ast.ExpressionBody:
		truthy, known := constant(body.Expression)
		return known && truthy
	case *ast.BlockStatement:
		return alwaysReturns(body.List)
	}
	return false
}

func alwaysReturns(list []ast.Statement) bool {
	for _, stmt := range list {
		switch n := stmt.(type) {
		case *ast.EmptyStatement:
		case *ast.ExpressionStatement:
			if _, directive := n.Expression.(*ast.StringLiteral); !directive {
				return false
			}
		case *ast.ReturnStatement:
			truthy, known := constant(n.Argument)
			return known && truthy
		default:
			return false
		}
	}
	return false
}

// constant returns whether an expression is truthy, where that doesn't depend on the message and evaluating it can't
// fail.
func constant(e ast.Expression) (truthy, known bool) {
	switch n := e.(type) {
	case *ast.BooleanLiteral:
		return n.Value, true
	case *ast.NumberLiteral:
		return n.Value != int64(0) && n.Value != float64(0), isNumber(n)
	case *ast.StringLiteral:
		return n.Value != "", true
	case *ast.NullLiteral:
		return false, true
	case *ast.ArrayLiteral:
		return true, len(n.Value) == 0
	case *ast.ObjectLiteral:
		return true, len(n.Value) == 0
	case *ast.RegExpLiteral, *ast.ArrowFunctionLiteral:
		return true, true
	case *ast.UnaryExpression:
		truthy, known = constant(n.Operand)
		return !truthy, known && n.Operator == token.NOT
	case *ast.BinaryExpression:
		return constantLogic(n)
	}
	return false, false
}

func isNumber(n *ast.NumberLiteral) bool {
	switch n.Value.(type) {
	case int64, float64:
		return true
	}
	return false
}

func constantLogic(n *ast.BinaryExpression) (truthy, known bool) {
	truthy, known = constant(n.Left)
	switch {
	case !known:
		return false, false
	case n.Operator == token.LOGICAL_OR && !truthy, n.Operator == token.LOGICAL_AND && truthy:
		return constant(n.Right)
	}
	return truthy, n.Operator == token.LOGICAL_OR || n.Operator == token.LOGICAL_AND
}
