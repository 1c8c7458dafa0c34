package lint

import "github.com/dop251/goja/ast"

// bind declares what a target binds when it is given v.
func (l *linter) bind(target ast.Node, v value, f facts) {
	switch n := target.(type) {
	case *ast.Identifier:
		l.declare(n.Name.String(), v)
	case *ast.AssignExpression: // a default
		l.bind(n.Left, l.orDefault(v, n.Right, f), f)
	case *ast.Binding:
		l.bind(n.Target, l.orDefault(v, n.Initializer, f), f)
	case *ast.ObjectPattern:
		l.bindObject(n, v, f)
	case *ast.ArrayPattern:
		l.bindArray(n, v, f)
	}
}

// orDefault is the value of a target that has a default, which stands in for undefined only.
func (l *linter) orDefault(v value, initializer ast.Expression, f facts) value {
	if initializer == nil {
		return v
	}
	standIn := l.eval(initializer, f)
	if v.kinds&undefined == 0 {
		return v
	}
	absent := v.absent
	v.kinds &^= undefined
	if v.kinds&null == 0 {
		absent = ""
	}
	out := join(v, standIn)
	out.label, out.at, out.absent = v.label, v.at, absent
	return out
}

func (l *linter) bindObject(n *ast.ObjectPattern, v value, f facts) {
	l.mustBeThere(v, f)
	for _, p := range n.Properties {
		switch p := p.(type) {
		case *ast.PropertyShort:
			got := l.member(v, p.Name.Name.String(), p.Name.Idx, f)
			l.declare(p.Name.Name.String(), l.orDefault(got, p.Initializer, f))
		case *ast.PropertyKeyed:
			l.bind(p.Value, l.property(v, p.Key, f), f)
		}
	}
	if n.Rest != nil {
		l.bind(n.Rest, unknown(), f)
	}
}

func (l *linter) bindArray(n *ast.ArrayPattern, v value, f facts) {
	l.mustBeThere(v, f)
	for i, target := range n.Elements {
		if target != nil {
			got := l.index(v, i)
			got.at = target.Idx0()
			l.bind(target, got, f)
		}
	}
	if n.Rest != nil {
		l.bind(n.Rest, unknown(), f)
	}
}

// index is the element at i of what is iterated.
func (l *linter) index(v value, i int) value {
	if !v.is(list) {
		return unknown()
	}
	out := elementAt(v, i)
	if l.asked[v.path] {
		out.absent = ""
	}
	return out
}
