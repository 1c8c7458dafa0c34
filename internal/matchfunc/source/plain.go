package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// Plain reports whether a source is of the form that most rules have: arrow functions of one parameter whose bodies are
// expressions without assignments and regular expressions. In such a source there is nothing for which only an engine's
// compiler finds an early error, such as a name declared twice.
func (s *Source) Plain() bool {
	plain := true
	Walk(s.Expr, func(n ast.Node) bool {
		plain = plain && plainNode(n)
		return plain
	})
	return plain
}

func plainNode(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ArrowFunctionLiteral:
		_, expression := n.Body.(*ast.ExpressionBody)
		return expression && !n.Async && len(n.ParameterList.List) == 1 && n.ParameterList.Rest == nil
	case *ast.Binding: // a parameter
		id, name := n.Target.(*ast.Identifier)
		return name && n.Initializer == nil && !contextual[id.Name.String()] && !reserved[id.Name.String()]
	case *ast.UnaryExpression:
		return n.Operator == token.NOT || n.Operator == token.MINUS || n.Operator == token.TYPEOF
	case *ast.NumberLiteral: // which a 0 in front makes octal
		return len(n.Literal) == 1 || n.Literal[0] != '0'
	case *ast.TemplateLiteral:
		return n.Tag == nil
	case *ast.Identifier:
		return !reserved[n.Name.String()]
	case *ast.ParameterList, *ast.ExpressionBody, *ast.BinaryExpression, *ast.ConditionalExpression, *ast.DotExpression,
		*ast.BracketExpression, *ast.Optional, *ast.OptionalChain, *ast.CallExpression, *ast.ArrayLiteral,
		*ast.StringLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
		return true
	}
	return false
}
