package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
)

// caught checks the uses of a catch clause's parameter: an error made by the engine has another wording here than in
// V8, so a rule may ask what it is, but not read or pass on what it says.
type caught struct {
	name   *ast.Identifier
	refuse func(file.Idx, string, string)
	parent []ast.Node
}

func (c *caught) walk(n ast.Node) {
	if id, ok := n.(*ast.Identifier); ok && id.Name == c.name.Name && id != c.name && !c.allowed(id) {
		c.refuse(id.Idx, "caught error",
			"only name, instanceof, === and throw are available on a caught error: its wording differs between engines")
	}
	c.parent = append(c.parent, n)
	Children(n, c.walk)
	c.parent = c.parent[:len(c.parent)-1]
}

func (c *caught) allowed(id *ast.Identifier) bool {
	switch p := c.parent[len(c.parent)-1].(type) {
	case *ast.DotExpression:
		name := p.Identifier.Name.String()
		return name == "name" || name == "constructor" || name == "code"
	case *ast.BinaryExpression:
		switch p.Operator {
		case token.INSTANCEOF:
			return p.Left == id
		case token.STRICT_EQUAL, token.STRICT_NOT_EQUAL:
			return true
		case token.EQUAL, token.NOT_EQUAL:
			_, null := p.Right.(*ast.NullLiteral)
			return null
		}
	case *ast.UnaryExpression:
		return p.Operator == token.TYPEOF || p.Operator == token.NOT
	case *ast.ThrowStatement, *ast.IfStatement:
		return true
	}
	return false
}
