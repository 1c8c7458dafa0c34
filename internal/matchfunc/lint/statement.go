package lint

import "github.com/dop251/goja/ast"

// statements follows a list of statements and returns what is known behind it.
func (l *linter) statements(list []ast.Statement, f facts) facts {
	for _, stmt := range list {
		f = l.statement(stmt, f)
	}
	return f
}

// statement follows one statement and returns what is known behind it.
func (l *linter) statement(stmt ast.Statement, f facts) facts {
	switch n := stmt.(type) {
	case *ast.BlockStatement:
		return l.statements(n.List, f)
	case *ast.ExpressionStatement:
		l.flow(n.Expression, f)
		if _, ok := n.Expression.(*ast.CallExpression); ok && l.tested(n.Expression).yes.has(anything) {
			return f.and(fact(anything)) // it may throw unless all is well
		}
	case *ast.IfStatement:
		return l.ifElse(n, f)
	case *ast.SwitchStatement:
		l.cases(n, f)
	case *ast.TryStatement:
		l.try(n, f)
	default:
		l.children(n, f)
	}
	return f
}

func (l *linter) ifElse(n *ast.IfStatement, f facts) facts {
	l.flow(n.Test, f)
	test := l.tested(n.Test)
	then, otherwise := l.statement(n.Consequent, f.and(test.yes)), f.and(test.no)
	if n.Alternate != nil {
		otherwise = l.statement(n.Alternate, otherwise)
	}
	switch {
	case leaves(n.Consequent):
		return otherwise
	case n.Alternate != nil && leaves(n.Alternate):
		return then
	}
	return then.or(otherwise)
}

// leaves reports whether what follows a statement isn't run after it.
func leaves(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.ReturnStatement, *ast.ThrowStatement, *ast.BranchStatement:
		return true
	case *ast.BlockStatement:
		return len(n.List) > 0 && leaves(n.List[len(n.List)-1])
	case *ast.IfStatement:
		return n.Alternate != nil && leaves(n.Consequent) && leaves(n.Alternate)
	}
	return false
}

// cases takes for granted, in every case of a switch, whatever one of the cases may have found out.
func (l *linter) cases(n *ast.SwitchStatement, f facts) {
	l.flow(n.Discriminant, f)
	on := l.tested(n.Discriminant)
	f = f.and(on.some)
	for _, c := range n.Body {
		if c.Test != nil {
			l.flow(c.Test, f)
			test := l.tested(c.Test)
			f = f.and(test.yes).and(test.no)
			l.sameOrWarn(comparison{at: c.Test.Idx0(), left: on, right: test, what: "this case never applies"})
		}
		l.statements(c.Consequent, f)
	}
}

// try expects nothing of a block whose errors are caught: reading from null may be what it is for.
func (l *linter) try(n *ast.TryStatement, f facts) {
	if n.Catch != nil {
		l.lenient++
	}
	l.statement(n.Body, f)
	if n.Catch != nil {
		l.lenient--
		l.statement(n.Catch.Body, f)
	}
	if n.Finally != nil {
		l.statement(n.Finally, f)
	}
}
