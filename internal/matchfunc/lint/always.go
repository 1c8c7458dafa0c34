package lint

import (
	"github.com/dop251/goja/ast"

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
		truthy, known := source.Constant(body.Expression)
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
			truthy, known := source.Constant(n.Argument)
			return known && truthy
		default:
			return false
		}
	}
	return false
}
