package source

import (
	"encoding/json"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// Constant returns whether an expression is truthy, where that doesn't depend on the message and evaluating it can't
// fail.
func Constant(e ast.Expression) (truthy, known bool) {
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
		truthy, known = Constant(n.Operand)
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
	truthy, known = Constant(n.Left)
	switch {
	case !known:
		return false, false
	case n.Operator == token.LOGICAL_OR && !truthy, n.Operator == token.LOGICAL_AND && truthy:
		return Constant(n.Right)
	}
	return truthy, n.Operator == token.LOGICAL_OR || n.Operator == token.LOGICAL_AND
}

// Quoted returns a string literal as JSON writes it; false for anything else.
func Quoted(e ast.Expression) (quoted string, ok bool) {
	n, ok := e.(*ast.StringLiteral)
	if !ok {
		return "", false
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)         // addresses stand in angle brackets
	_ = enc.Encode(n.Value.String()) // a string in memory
	return strings.TrimSuffix(b.String(), "\n"), true
}
