package lint

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// returnsNothing warns of a rule that gives no value, as one with braces does whose return was forgotten.
func (l *linter) returnsNothing(fn function) {
	body, ok := fn.body.(*ast.BlockStatement)
	if !ok || returns(body) || fails(body) {
		return
	}
	const advice = "the rule returns nothing, so that it never matches: write return, or leave the braces away"
	if n := len(body.List); n > 0 {
		if last, ok := body.List[n-1].(*ast.ExpressionStatement); ok {
			l.warn(last.Expression.Idx0(), "this is not returned: "+advice)
			return
		}
	}
	l.warn(body.LeftBrace, advice)
}

// fails reports whether a body ends with throw: such a rule says what it means.
func fails(body *ast.BlockStatement) bool {
	if len(body.List) == 0 {
		return false
	}
	_, ok := body.List[len(body.List)-1].(*ast.ThrowStatement)
	return ok
}

// returns reports whether a function's body returns a value somewhere.
func returns(body *ast.BlockStatement) (found bool) {
	source.Walk(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ClassLiteral:
			return false
		case *ast.ReturnStatement:
			found = found || n.Argument != nil
		}
		return !found
	})
	return found
}
