package lint

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// eval returns what is known of an expression's value, where f is known, and warns of what is within it.
func (l *linter) eval(e ast.Expression, f facts) value {
	if e == nil {
		return of(undefined)
	}
	v, ok := l.literal(e, f)
	if !ok {
		v = l.operation(e, f)
	}
	if v.at == 0 {
		v.at = e.Idx0()
	}
	return v
}

func (l *linter) literal(e ast.Expression, f facts) (value, bool) {
	switch n := e.(type) {
	case *ast.StringLiteral:
		return word(n.Value.String()), true
	case *ast.NumberLiteral:
		switch n.Value.(type) {
		case int64, float64:
			return of(number), true
		}
		return of(other), true
	case *ast.BooleanLiteral:
		return of(boolean), true
	case *ast.NullLiteral:
		return of(null), true
	case *ast.RegExpLiteral:
		return of(other), true
	case *ast.TemplateLiteral:
		l.children(n, f)
		if n.Tag != nil {
			return unknown(), true
		}
		return of(text), true
	case *ast.ArrayLiteral:
		return l.array(n, f), true
	case *ast.ObjectLiteral:
		l.object(n, f)
		return value{kinds: other, fresh: true}, true
	case *ast.Identifier:
		return l.identifier(n), true
	}
	if fn, ok := functionOf(e); ok {
		l.function(fn, nil, f)
		return of(callable), true
	}
	return value{}, false
}

func (l *linter) identifier(n *ast.Identifier) value {
	v, bound := l.lookup(n.Name.String())
	if !bound && n.Name == "undefined" {
		v = of(undefined)
	}
	v.at = n.Idx
	return v
}

func (l *linter) array(n *ast.ArrayLiteral, f facts) value {
	var elem value
	literals := n.Value
	for _, e := range n.Value {
		if _, spread := e.(*ast.SpreadElement); spread || e == nil {
			l.children(n, f)
			return value{kinds: list, fresh: true}
		}
		elem = join(elem, l.eval(e, f))
	}
	if len(literals) == 0 {
		return value{kinds: list, fresh: true} // it may be filled later
	}
	out := listOf(elem)
	out.literals = literals
	return out
}

func (l *linter) object(n *ast.ObjectLiteral, f facts) {
	for _, p := range n.Value {
		if keyed, ok := p.(*ast.PropertyKeyed); ok {
			if keyed.Computed {
				l.eval(keyed.Key, f)
			}
			l.eval(keyed.Value, f)
			continue
		}
		l.children(p, f)
	}
}

func (l *linter) operation(e ast.Expression, f facts) value {
	switch n := e.(type) {
	case *ast.DotExpression:
		return l.member(l.base(n.Left, f), n.Identifier.Name.String(), n.Identifier.Idx, f)
	case *ast.BracketExpression:
		return l.property(l.base(n.Left, f), n.Member, f)
	case *ast.OptionalChain:
		return endOfChain(l.eval(n.Expression, f))
	case *ast.CallExpression:
		return l.call(n, f)
	case *ast.UnaryExpression:
		return l.unary(n, f)
	case *ast.BinaryExpression:
		return l.binary(n, f)
	case *ast.ConditionalExpression:
		return l.conditional(n, f)
	case *ast.AssignExpression:
		return l.assignment(n, f)
	case *ast.SequenceExpression:
		var last value
		for _, part := range n.Sequence {
			last = l.eval(part, f)
		}
		return last
	case *ast.NewExpression:
		return l.construct(n, f)
	}
	l.children(e, f)
	return unknown()
}

// endOfChain is the value of a whole optional chain.
func endOfChain(v value) value {
	if v.short {
		v.kinds |= undefined
		if v.chained != "" {
			v.absent = v.chained
			v = v.noted()
		}
		v.short, v.chained, v.no = false, "", nil
	}
	return v
}

func (l *linter) unary(n *ast.UnaryExpression, f facts) value {
	switch n.Operator {
	case token.DELETE, token.INCREMENT, token.DECREMENT:
		l.assign(n.Operand, f)
		return of(everything)
	}
	v := l.eval(n.Operand, f)
	switch n.Operator {
	case token.NOT:
		return value{kinds: boolean, yes: v.no, no: v.yes}
	case token.TYPEOF:
		return value{kinds: text, label: "typeof", words: []string{
			"undefined", "object", "boolean", "number", "string", "function", "symbol", "bigint",
		}, some: v.some.and(v.yes)}
	case token.VOID:
		return of(undefined)
	case token.PLUS:
		return askedOf(number, v)
	}
	return arithmetic(v)
}

// arithmetic is the value of an operation that yields a number, or a BigInt where it is given one.
func arithmetic(operands ...value) value {
	out := askedOf(number, operands...)
	for _, v := range operands {
		out.kinds |= v.kinds & other
	}
	return out
}

func (l *linter) binary(n *ast.BinaryExpression, f facts) value {
	switch n.Operator {
	case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		return l.logical(n, f)
	}
	a, b := l.eval(n.Left, f), l.eval(n.Right, f)
	switch n.Operator {
	case token.STRICT_EQUAL, token.STRICT_NOT_EQUAL, token.EQUAL, token.NOT_EQUAL:
		return l.equality(n, a, b)
	case token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL:
		return l.relation(a, b)
	case token.IN:
		return l.in(n.Left, b)
	case token.INSTANCEOF:
		return value{kinds: boolean, yes: a.some}
	case token.PLUS:
		switch {
		case a.kinds == text || b.kinds == text:
			return askedOf(text, a, b)
		case a.kinds != number || b.kinds != number:
			return askedOf(everything, a, b)
		}
	}
	return arithmetic(a, b)
}

// in is key in object.
func (l *linter) in(key ast.Expression, object value) value {
	l.asked[object.path] = object.path != ""
	out := of(boolean)
	if k, ok := key.(*ast.StringLiteral); ok {
		out.yes = fact(below(object.path, "."+k.Value.String()))
	}
	return out
}

func (l *linter) logical(n *ast.BinaryExpression, f facts) value {
	a := l.eval(n.Left, f)
	var out value
	switch n.Operator {
	case token.LOGICAL_AND:
		b := l.eval(n.Right, f.and(a.yes))
		out = andThen(a, b)
		out.yes = a.yes.and(b.yes)
		out.no = a.no.or(a.yes.and(b.no))
		out.some = b.some.or(a.some)
	case token.LOGICAL_OR:
		b := l.eval(n.Right, f.and(a.no))
		out = orElse(a, b)
		out.yes = a.yes.or(a.no.and(b.yes))
		out.no = a.no.and(b.no)
		out.some = a.some.or(b.some)
	default:
		b := l.eval(n.Right, f)
		out = orElse(a, b)
		out.yes, out.some = a.yes.or(b.yes), a.some.or(b.some)
	}
	return out
}

func (l *linter) conditional(n *ast.ConditionalExpression, f facts) value {
	test := l.eval(n.Test, f)
	a, b := l.eval(n.Consequent, f.and(test.yes)), l.eval(n.Alternate, f.and(test.no))
	out := join(a, b)
	out.yes = test.yes.and(a.yes).or(test.no.and(b.yes))
	out.no = test.yes.and(a.no).or(test.no.and(b.no))
	out.some = test.yes.and(a.some).or(test.no.and(b.some))
	return out
}

func (l *linter) construct(n *ast.NewExpression, f facts) value {
	l.eval(n.Callee, f)
	args := l.arguments(n.ArgumentList, f)
	if id, ok := n.Callee.(*ast.Identifier); ok && id.Name == "Set" && len(args) == 1 {
		if _, bound := l.lookup("Set"); !bound {
			return value{kinds: other, literals: slices.Clone(args[0].literals), fresh: true}
		}
	}
	return value{kinds: everything, fresh: true}
}
