package source

import (
	"strconv"

	"github.com/dop251/goja/ast"
)

// call binds a function's parameters to what it is given, and returns what it gives.
func (t *tracker) call(fn ast.Node, args []origin) origin {
	if more := union(t.called[fn], t.control); len(more) != len(t.called[fn]) {
		t.called[fn], t.changed = more, true
	}
	saved, control := t.names, t.control
	t.names, t.control = t.scope(fn), nil
	list := parameters(fn)
	for i, p := range list.List {
		var arg origin
		if i < len(args) {
			arg = args[i]
		}
		t.bind(p, arg)
	}
	if list.Rest != nil {
		var rest []string
		for _, a := range args {
			rest = union(rest, a.reads)
		}
		t.bind(list.Rest, from(rest))
	}
	t.names, t.control = saved, control
	return t.returned[fn]
}

// escape is called of a function that goes where calls aren't followed: it may be given anything.
func (t *tracker) escape(o origin) origin {
	if o.fn != nil {
		anything := from([]string{""})
		args := make([]origin, len(parameters(o.fn).List))
		for i := range args {
			args[i] = anything
		}
		t.under(anything.reads, func() { t.call(o.fn, append(args, anything)) })
	}
	return o
}

func parameters(fn ast.Node) *ast.ParameterList {
	if f, ok := fn.(*ast.FunctionLiteral); ok {
		return f.ParameterList
	}
	return fn.(*ast.ArrowFunctionLiteral).ParameterList // the only other functions
}

// scope returns the names of a function, the same each time. What its blocks declare counts as its own.
func (t *tracker) scope(fn ast.Node) *names {
	known := t.scopes[fn]
	if known == nil {
		known = &names{outer: t.names, vars: map[string]*origin{}}
		for name := range scopeOf(fn) {
			known.vars[name] = &origin{}
		}
		t.scopes[fn] = known
	}
	return known
}

// function walks through a function's body.
func (t *tracker) function(fn ast.Node) {
	names, in, control := t.names, t.in, t.control
	t.names, t.in, t.control = t.scope(fn), fn, union(control, t.called[fn])
	for _, p := range parameters(fn).List {
		if p.Initializer != nil {
			t.bind(p.Target, t.expr(p.Initializer))
		}
	}
	switch f := fn.(type) {
	case *ast.FunctionLiteral:
		if f.Name != nil {
			t.declare(f.Name.Name.String(), origin{fn: fn})
		}
		t.statement(f.Body)
	case *ast.ArrowFunctionLiteral:
		if body, ok := f.Body.(*ast.ExpressionBody); ok {
			t.gives(t.expr(body.Expression))
		} else {
			t.statement(f.Body)
		}
	}
	t.names, t.in, t.control = names, in, control
}

// gives notes what the function that is walked through returns.
func (t *tracker) gives(o origin) {
	was, before := t.returned[t.in]
	t.add(&was, o.with(t.control), !before)
	t.returned[t.in] = was
}

func (t *tracker) declare(name string, o origin) {
	if v := t.names.find(name); v != nil {
		t.add(v, o.with(t.control), true)
	}
}

// bind gives a value to a target of a declaration or an assignment.
func (t *tracker) bind(target ast.Node, o origin) {
	switch n := target.(type) {
	case nil:
	case *ast.Identifier:
		t.declare(n.Name.String(), o)
	case *ast.AssignExpression: // a default
		t.bind(n.Left, o.join(t.expr(n.Right)))
	case *ast.Binding:
		if n.Initializer != nil {
			o = o.join(t.expr(n.Initializer))
		}
		t.bind(n.Target, o)
	case *ast.ObjectPattern:
		t.bindObject(n, o)
	case *ast.ArrayPattern:
		for i, e := range n.Elements {
			if e != nil {
				t.bind(e, o.below("["+strconv.Itoa(i)+"]"))
			}
		}
		if n.Rest != nil {
			t.bind(n.Rest, o)
		}
	case *ast.DotExpression:
		t.expr(n.Left)
		t.put(union(t.escape(o).reads, t.control))
	case *ast.BracketExpression:
		t.expr(n.Left)
		t.put(union(union(t.escape(o).reads, t.expr(n.Member).reads), t.control))
	case ast.Expression:
		t.put(union(t.escape(o).reads, t.control))
	}
}

func (t *tracker) bindObject(n *ast.ObjectPattern, o origin) {
	for _, p := range n.Properties {
		switch p := p.(type) {
		case *ast.PropertyShort:
			part := t.property(o, p.Name.Name.String())
			if p.Initializer != nil {
				part = part.join(t.expr(p.Initializer))
			}
			t.declare(p.Name.Name.String(), part)
		case *ast.PropertyKeyed:
			t.bind(p.Value, t.bracket(o, p.Key))
		}
	}
	if n.Rest != nil {
		t.bind(n.Rest, from(o.reads))
	}
}

// statement walks through what isn't an expression.
func (t *tracker) statement(n ast.Node) {
	switch n := n.(type) {
	case *ast.ReturnStatement:
		t.gives(t.expr(n.Argument))
	case *ast.IfStatement:
		test := t.expr(n.Test)
		t.under(test.reads, func() {
			t.statement(n.Consequent)
			t.statement(n.Alternate)
		})
	case *ast.FunctionDeclaration:
		t.function(n.Function)
		t.declare(n.Function.Name.Name.String(), origin{fn: n.Function, reads: t.returned[n.Function].reads})
	case *ast.ClassDeclaration:
		t.expr(n.Class)
	case *ast.Binding:
		t.bind(n.Target, t.expr(n.Initializer))
	case *ast.ThrowStatement:
		t.gives(t.escape(t.expr(n.Argument)))
	case *ast.CatchStatement:
		t.bind(n.Parameter, from(t.control))
		t.statement(n.Body)
	case *ast.ForInStatement:
		t.each(n.Into, n.Source, n)
	case *ast.ForOfStatement:
		t.each(n.Into, n.Source, n)
	case *ast.ForStatement, *ast.WhileStatement, *ast.DoWhileStatement, *ast.SwitchStatement, *ast.TryStatement:
		t.under(t.readsIn(n), func() { t.inside(n) })
	case nil:
	default:
		t.inside(n)
	}
}

// inside walks through what is below a statement.
func (t *tracker) inside(n ast.Node) {
	Children(n, func(child ast.Node) {
		e, ok := child.(ast.Expression)
		if _, declares := child.(*ast.Binding); ok && !declares {
			t.escape(t.expr(e))
			return
		}
		t.statement(child)
	})
}

// each walks through a loop over what a value holds.
func (t *tracker) each(into ast.ForInto, over ast.Expression, loop ast.Node) {
	elem := t.expr(over).below("[]")
	switch n := into.(type) {
	case *ast.ForIntoVar:
		t.bind(n.Binding, elem)
	case *ast.ForDeclaration:
		t.bind(n.Target, elem)
	case *ast.ForIntoExpression:
		t.bind(n.Expression, elem)
	}
	t.under(t.readsIn(loop), func() {
		switch n := loop.(type) {
		case *ast.ForInStatement:
			t.statement(n.Body)
		case *ast.ForOfStatement:
			t.statement(n.Body)
		}
	})
}

// readsIn are the places that anything within n was derived from in the pass before: what a loop, a switch or a try
// does may depend on each of them.
func (t *tracker) readsIn(n ast.Node) (reads []string) {
	var walk func(n ast.Node)
	walk = func(n ast.Node) {
		if e, ok := n.(ast.Expression); ok {
			reads = union(reads, t.before[e].reads)
		}
		for again := true; again; { // on the way to a place nothing else is read
			switch m := n.(type) {
			case *ast.DotExpression:
				n = m.Left
			case *ast.BracketExpression:
				walk(m.Member)
				n = m.Left
			case *ast.Optional:
				n = m.Expression
			case *ast.OptionalChain:
				n = m.Expression
			default:
				again = false
			}
		}
		if _, name := n.(*ast.Identifier); !name {
			Children(n, walk)
		}
	}
	walk(n)
	return reads
}
