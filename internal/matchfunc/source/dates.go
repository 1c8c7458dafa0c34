package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// dateText is said of a date that becomes text: V8 writes the name of the time zone in words.
const dateText = "the text of a date names the time zone in words, which differ between engines: use toISOString, " +
	"or getHours and the like"

// datesIn returns the names that stand for a date wherever they are used: constants that are declared once as new
// Date().
func datesIn(root ast.Node) map[string]bool {
	declared, dates := map[string]int{}, map[string]bool{}
	count := func(name string) { declared[name]++ }
	Walk(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Binding:
			EachName(n.Target, count)
			if id, ok := n.Target.(*ast.Identifier); ok && makesDate(n.Initializer) {
				dates[id.Name.String()] = true
			}
		case *ast.AssignExpression:
			EachName(n.Left, count)
		case *ast.CatchStatement:
			EachName(n.Parameter, count)
		case *ast.ForDeclaration:
			EachName(n.Target, count)
		}
		return true
	})
	for name := range dates {
		dates[name] = declared[name] == 1
	}
	return dates
}

func makesDate(e ast.Expression) bool {
	n, ok := e.(*ast.NewExpression)
	if !ok {
		return false
	}
	id, ok := n.Callee.(*ast.Identifier)
	return ok && id.Name == "Date"
}

// isDate reports whether an expression is surely a date.
func (r *refuser) isDate(e ast.Expression) bool {
	id, ok := e.(*ast.Identifier)
	return makesDate(e) || ok && r.dates[id.Name.String()]
}

// refuseDate refuses what makes a text of a date.
func (r *refuser) refuseDate(n ast.Node) {
	texts := func(all ...ast.Expression) {
		for _, e := range all {
			if r.isDate(e) {
				r.refuse(start(e), "date", dateText)
			}
		}
	}
	switch n := n.(type) {
	case *ast.TemplateLiteral:
		if n.Tag == nil {
			texts(n.Expressions...)
		}
	case *ast.BinaryExpression:
		if n.Operator == token.PLUS {
			texts(n.Left, n.Right)
		}
	case *ast.CallExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok && id.Name == "String" {
			texts(n.ArgumentList...)
		}
		if dot, ok := n.Callee.(*ast.DotExpression); ok && dot.Identifier.Name == "toString" {
			texts(dot.Left)
		}
	}
}
