package lint

import (
	"cmp"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
)

// value is what is known of n besides its kinds, given what is known of its parts.
func (l *linter) value(n ast.Expression, k native.Known) value {
	switch n := n.(type) {
	case *ast.Identifier:
		v := marked(k)
		v.at = n.Idx
		return v
	case *ast.ObjectPattern, *ast.ArrayPattern:
		return marked(k)
	case *ast.ArrayLiteral:
		return value{literals: n.Value}
	case *ast.DotExpression:
		return l.property(l.base(n.Left), n.Identifier.Name.String(), n.Identifier.Idx)
	case *ast.BracketExpression:
		return l.bracket(n)
	case *ast.OptionalChain:
		return endOfChain(l.of(n.Expression))
	case *ast.CallExpression:
		return l.call(n)
	case *ast.UnaryExpression:
		return l.unary(n)
	case *ast.BinaryExpression:
		return l.binary(n)
	case *ast.ConditionalExpression:
		return l.conditional(n)
	case *ast.SequenceExpression:
		return l.of(n.Sequence[len(n.Sequence)-1])
	case *ast.AssignExpression:
		l.assigned(n.Left)
	}
	return value{}
}

// base is what a property is read from.
func (l *linter) base(e ast.Expression) value {
	o, optional := e.(*ast.Optional)
	if !optional {
		return l.of(e)
	}
	v := l.of(o.Expression)
	if v.kinds&nullish != 0 {
		v.label = below(v.label, "?")
		end := v
		v.ended = &end
	}
	v.absent = ""
	return v
}

// endOfChain is the value of a whole optional chain.
func endOfChain(v value) value {
	if end := v.ended; end != nil {
		if end.absent != "" {
			v.absent = end.absent
			v = v.noted()
		}
		v.no = nil
	}
	return v
}

func (l *linter) unary(n *ast.UnaryExpression) value {
	v := l.of(n.Operand)
	switch n.Operator {
	case token.DELETE, token.INCREMENT, token.DECREMENT:
		l.assigned(n.Operand)
		return value{}
	case token.NOT:
		return value{yes: v.no, no: v.yes}
	case token.TYPEOF:
		return value{label: "typeof", words: []string{
			"undefined", "object", "boolean", "number", "string", "function", "symbol", "bigint",
		}, some: v.some.and(v.yes)}
	case token.VOID:
		return value{}
	}
	return askedOf(v)
}

// askedOf is the value of a test of its operands: either outcome may tell that they are there.
func askedOf(operands ...value) (out value) {
	for _, v := range operands {
		out.some = out.some.and(v.some)
		out.wrong = out.wrong || v.wrong
	}
	out.yes, out.no = out.some, out.some
	return out
}

func (l *linter) binary(n *ast.BinaryExpression) (out value) {
	a, b := l.of(n.Left), l.of(n.Right)
	out.wrong = a.wrong || b.wrong
	switch n.Operator {
	case token.LOGICAL_AND:
		out.absent = cmp.Or(a.absent, b.absent)
		out.yes = a.yes.and(b.yes)
		out.no = a.no.or(a.yes.and(b.no))
		out.some = b.some.or(a.some)
	case token.LOGICAL_OR:
		out.absent = b.absent
		out.yes = a.yes.or(a.no.and(b.yes))
		out.no = a.no.and(b.no)
		out.some = a.some.or(b.some)
	case token.COALESCE:
		out.absent = b.absent
		out.yes, out.some = a.yes.or(b.yes), a.some.or(b.some)
	case token.STRICT_EQUAL, token.STRICT_NOT_EQUAL, token.EQUAL, token.NOT_EQUAL:
		return l.equality(n, a, b)
	case token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL:
		return l.relation(a, b)
	case token.IN:
		if len(a.words) == 1 {
			out.yes = fact(below(b.path, "."+a.words[0]))
		}
	default:
		return askedOf(a, b)
	}
	return out
}

func (l *linter) conditional(n *ast.ConditionalExpression) value {
	test, a, b := l.of(n.Test), l.of(n.Consequent), l.of(n.Alternate)
	return value{
		absent: cmp.Or(a.absent, b.absent),
		wrong:  a.wrong || b.wrong,
		yes:    test.yes.and(a.yes).or(test.no.and(b.yes)),
		no:     test.yes.and(a.no).or(test.no.and(b.no)),
		some:   test.yes.and(a.some).or(test.no.and(b.some)),
	}
}
