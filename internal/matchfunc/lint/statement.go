package lint

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// function evaluates a function's body once, with arguments where they are known, and returns what it gives where that
// is one expression.
func (l *linter) function(fn function, args []value, f facts) (result value) {
	result = unknown()
	l.within(func() {
		if fn.name != nil {
			l.declare(fn.name.Name.String(), unknown())
		}
		for _, declaration := range fn.variables {
			l.hoistBindings(declaration.List)
		}
		for i, p := range fn.parameters.List {
			arg := unknown()
			if i < len(args) {
				arg = args[i]
			}
			l.bind(p, arg, f)
		}
		if fn.parameters.Rest != nil {
			l.bind(fn.parameters.Rest, unknown(), f)
		}
		switch body := fn.body.(type) {
		case *ast.ExpressionBody:
			result = l.eval(body.Expression, f)
		case *ast.BlockStatement:
			l.block(body.List, f)
		}
	})
	return result
}

// block evaluates statements in a scope of their own and returns what is known behind them.
func (l *linter) block(list []ast.Statement, f facts) facts {
	l.within(func() {
		l.hoist(list)
		f = l.statements(list, f)
	})
	return f
}

func (l *linter) statements(list []ast.Statement, f facts) facts {
	for _, stmt := range list {
		f = l.statement(stmt, f)
	}
	return f
}

// statement evaluates one statement and returns what is known behind it.
func (l *linter) statement(stmt ast.Statement, f facts) facts {
	switch n := stmt.(type) {
	case *ast.BlockStatement:
		return l.block(n.List, f)
	case *ast.ExpressionStatement:
		v := l.eval(n.Expression, f)
		if _, ok := n.Expression.(*ast.CallExpression); ok && v.yes.has(anything) {
			return f.and(v.yes) // it may throw unless all is well
		}
	case *ast.IfStatement:
		return l.ifElse(n, f)
	case *ast.LexicalDeclaration:
		l.declarations(n.List, f)
	case *ast.VariableStatement:
		l.declarations(n.List, f)
	case *ast.SwitchStatement:
		l.switchCase(n, f)
	case *ast.TryStatement:
		l.try(n, f)
	case *ast.WhileStatement:
		test := l.eval(n.Test, f)
		l.statement(n.Body, f.and(test.yes))
	case *ast.ForStatement, *ast.ForInStatement, *ast.ForOfStatement:
		l.within(func() { l.loop(n, f) })
	default:
		l.children(n, f)
	}
	return f
}

func (l *linter) declarations(list []*ast.Binding, f facts) {
	for _, b := range list {
		v := of(undefined)
		if b.Initializer != nil {
			v = l.eval(b.Initializer, f)
		}
		l.bind(b.Target, v, f)
	}
}

func (l *linter) ifElse(n *ast.IfStatement, f facts) facts {
	test := l.eval(n.Test, f)
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

// switchCase takes for granted, in every case, whatever one of the cases may have found out.
func (l *linter) switchCase(n *ast.SwitchStatement, f facts) {
	on := l.eval(n.Discriminant, f)
	f = f.and(on.some)
	l.within(func() {
		for _, c := range n.Body {
			l.hoist(c.Consequent)
		}
		for _, c := range n.Body {
			if c.Test != nil {
				test := l.eval(c.Test, f)
				f = f.and(test.yes).and(test.no)
				l.sameOrWarn(comparison{at: c.Test.Idx0(), left: on, right: test, what: "this case never applies"})
			}
			l.statements(c.Consequent, f)
		}
	})
}

// try expects nothing of a block whose errors are caught: reading from null may be what it is for.
func (l *linter) try(n *ast.TryStatement, f facts) {
	if n.Catch != nil {
		l.lenient++
	}
	l.block(n.Body.List, f)
	if n.Catch != nil {
		l.lenient--
		l.within(func() {
			if n.Catch.Parameter != nil {
				l.bind(n.Catch.Parameter, unknown(), f)
			}
			l.block(n.Catch.Body.List, f)
		})
	}
	if n.Finally != nil {
		l.block(n.Finally.List, f)
	}
}

func (l *linter) loop(stmt ast.Statement, f facts) {
	switch n := stmt.(type) {
	case *ast.ForStatement:
		switch init := n.Initializer.(type) {
		case *ast.ForLoopInitializerExpression:
			l.eval(init.Expression, f)
		case *ast.ForLoopInitializerVarDeclList:
			l.declarations(init.List, f)
		case *ast.ForLoopInitializerLexicalDecl:
			l.declarations(init.LexicalDeclaration.List, f)
		}
		if n.Test != nil {
			f = f.and(l.eval(n.Test, f).yes)
		}
		if n.Update != nil {
			l.eval(n.Update, f)
		}
		l.statement(n.Body, f)
	case *ast.ForInStatement:
		l.eval(n.Source, f)
		l.each(n.Into, of(text), f)
		l.statement(n.Body, f)
	case *ast.ForOfStatement:
		of := l.eval(n.Source, f)
		l.mustBeThere(of, f)
		elem := unknown()
		if of.is(list) {
			elem = of.element()
		}
		l.each(n.Into, elem, f)
		l.statement(n.Body, f)
	}
}

// each binds the variable of a loop.
func (l *linter) each(into ast.ForInto, v value, f facts) {
	switch n := into.(type) {
	case *ast.ForIntoVar:
		l.bind(n.Binding.Target, v, f)
	case *ast.ForDeclaration:
		l.bind(n.Target, v, f)
	case *ast.ForIntoExpression:
		l.assign(n.Expression, f)
	}
}

// children evaluates what a construct consists of, of which nothing else is known.
func (l *linter) children(n ast.Node, f facts) {
	source.Children(n, func(child ast.Node) {
		switch c := child.(type) {
		case ast.Statement:
			l.statement(c, f)
		case ast.Expression:
			l.eval(c, f)
		default:
			l.children(c, f)
		}
	})
}
