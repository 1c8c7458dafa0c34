package native

import (
	"math/big"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// expr compiles an expression.
func (c *compiler) expr(n ast.Expression) *expr {
	e := c.plain(n)
	if c.trace != nil && c.outside == nil {
		return c.trace.wrap(n, e)
	}
	return c.watched(n, e)
}

// plain compiles an expression that nobody traces.
func (c *compiler) plain(n ast.Expression) *expr {
	c.nodes++
	if c.nodes > maxNodes {
		return c.out(n, "the rule is too large with its functions' calls expanded")
	}
	if c.outside != nil {
		return constant(value{})
	}
	c.at = n.Idx0()
	switch n := n.(type) {
	case *ast.NullLiteral:
		return constant(value{kind: null})
	case *ast.BooleanLiteral:
		return constant(boolOf(n.Value))
	case *ast.NumberLiteral:
		return c.number(n)
	case *ast.StringLiteral:
		return c.text(n.Value)
	case *ast.TemplateLiteral:
		return c.template(n)
	case *ast.Identifier:
		return c.identifier(n)
	case *ast.ArrowFunctionLiteral, *ast.FunctionLiteral:
		return c.function(n)
	case *ast.UnaryExpression:
		return c.unary(n)
	case *ast.BinaryExpression:
		return c.binary(n)
	case *ast.ConditionalExpression:
		return choice(c.expr(n.Test), c.expr(n.Consequent), c.expr(n.Alternate))
	case *ast.SequenceExpression:
		out := c.expr(n.Sequence[0])
		for _, next := range n.Sequence[1:] {
			out = after(out, c.expr(next))
		}
		return out
	}
	return c.access(n)
}

// access compiles the expressions that read properties, call, or build.
func (c *compiler) access(n ast.Expression) *expr {
	switch n := n.(type) {
	case *ast.DotExpression:
		base, optional := c.base(n.Left)
		return c.dot(n, base, n.Identifier.Name.String(), optional)
	case *ast.BracketExpression:
		base, optional := c.base(n.Left)
		return c.bracket(n, base, c.expr(n.Member), optional)
	case *ast.OptionalChain:
		return c.chain(n)
	case *ast.CallExpression:
		return c.call(n)
	case *ast.ArrayLiteral:
		return c.array(n)
	case *ast.ObjectLiteral:
		return c.object(n)
	case *ast.NewExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok && c.scope.find(id.Name.String()) == nil {
			if e := c.unknown(id, id.Name.String()); e.throws {
				return e
			}
		}
		return c.out(n, "the operator new")
	case *ast.RegExpLiteral:
		return c.regexp(n)
	case *ast.AssignExpression:
		return c.assignment(n, n.Left)
	}
	return c.out(n, construct(n))
}

// construct names what isn't in the subset.
func construct(n ast.Expression) string {
	switch n.(type) {
	case *ast.ThisExpression:
		return "this"
	case *ast.ClassLiteral:
		return "classes"
	case *ast.SpreadElement:
		return "spreading"
	}
	return "this construct"
}

func (c *compiler) number(n *ast.NumberLiteral) *expr {
	switch v := n.Value.(type) {
	case int64:
		return constant(numberOf(float64(v)))
	case float64:
		if len(n.Literal) > 1 && n.Literal[0] == '0' && n.Literal[1]|0x20 == 'x' {
			return c.out(n, "a hexadecimal number of more than 63 bits") // which goja's parser may round wrongly
		}
		return constant(numberOf(v))
	case *big.Int:
		return c.out(n, "BigInt")
	}
	return c.out(n, "a number of an unknown form")
}

// text is a constant string, which may have lone surrogates.
func (c *compiler) text(s unistring.String) *expr {
	units := s.AsUtf16()
	if units == nil {
		return constantText(string(s))
	}
	units = units[1:] // behind a byte order mark
	if plain := s.String(); utf16Equal(plain, units) {
		return constantText(plain)
	}
	return constant(value{kind: wide, cell: &cell{units: units}})
}

func utf16Equal(s string, units []uint16) bool {
	got := message.AppendUTF16(nil, []byte(s))
	if len(got) != len(units) {
		return false
	}
	for i := range got {
		if got[i] != units[i] {
			return false
		}
	}
	return true
}

// template compiles a template literal to a concatenation.
func (c *compiler) template(n *ast.TemplateLiteral) *expr {
	if n.Tag != nil {
		return c.out(n, "tagged templates")
	}
	out := c.text(n.Elements[0].Parsed)
	for i, sub := range n.Expressions {
		out = c.concat(out, c.toText(sub, c.expr(sub)))
		out = c.concat(out, c.text(n.Elements[i+1].Parsed))
	}
	return out
}

// toText compiles ToString.
func (c *compiler) toText(n ast.Node, e *expr) *expr {
	if e.kinds.only(strs) {
		return e
	}
	if !e.kinds.only(primitives | records) {
		return c.out(n, "turning an object into a string")
	}
	fs := seen(e)
	return newExpr(stringShape(), fs, func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		return v.toText(f)
	})
}

// concat compiles the concatenation of two strings.
func (c *compiler) concat(a, b *expr) *expr {
	if a.lit != nil && b.lit != nil {
		v := concat(newScratch(), *a.lit, *b.lit)
		return constant(v)
	}
	return newExpr(stringShape(), seen(a, b), func(r *message.Request, f *frame) value {
		x := a.eval(r, f)
		return concat(f, x, b.eval(r, f))
	})
}

// newScratch is a frame for what is computed when a rule is compiled; what it hands out is never used again.
func newScratch() *frame { return &frame{steps: maxSteps, room: maxRoom} }

func (c *compiler) identifier(n *ast.Identifier) *expr {
	name := n.Name.String()
	if v := c.scope.find(name); v != nil {
		if v.expr == nil {
			return c.out(n, "a variable that is used before its declaration")
		}
		return v.expr
	}
	switch name {
	case "undefined":
		return constant(value{})
	case "NaN":
		return constant(numberOf(nan))
	case "Infinity":
		return constant(numberOf(infinity))
	}
	return c.unknown(n, name)
}

// unknown compiles a name that isn't the rule's. JavaScript's own are outside, others throw.
func (c *compiler) unknown(n ast.Node, name string) *expr {
	if globals[name] {
		return c.out(n, "the name "+name)
	}
	return c.throwing(c.thrown(n, "ReferenceError", name+" is not defined"))
}

// throwing is an expression that always throws.
func (c *compiler) throwing(err *Thrown) *expr {
	e := newExpr(shapeOf(undefined), facts{wild: true},
		func(_ *message.Request, f *frame) value { return f.throw(err) })
	e.throws = true
	return e
}

func (c *compiler) function(n ast.Expression) *expr {
	fn := &closure{scope: c.scope, node: n}
	switch n := n.(type) {
	case *ast.ArrowFunctionLiteral:
		if n.Async {
			return c.out(n, "async functions")
		}
		fn.params, fn.body = n.ParameterList, n.Body
	case *ast.FunctionLiteral:
		if n.Async || n.Generator {
			return c.out(n, "async functions and generators")
		}
		fn.params, fn.body = n.ParameterList, n.Body
		if n.Name != nil {
			// The function's own name: a call would be recursive.
			fn.scope = &scope{outer: c.scope}
			fn.scope.declare(n.Name.Name.String())
		}
	}
	e := newExpr(shapeOf(inherited), facts{}, func(*message.Request, *frame) value { return value{kind: inherited} })
	e.fn, e.light = fn, true
	return e
}

func (c *compiler) unary(n *ast.UnaryExpression) *expr {
	if n.Operator == token.TYPEOF {
		if id, ok := n.Operand.(*ast.Identifier); ok && c.scope.find(id.Name.String()) == nil &&
			id.Name != "undefined" {
			if globals[id.Name.String()] {
				return c.out(n, "typeof the name "+id.Name.String())
			}
			return constantText("undefined")
		}
	}
	if n.Operator == token.DELETE || n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
		return c.assignment(n, n.Operand)
	}
	e := c.expr(n.Operand)
	switch n.Operator {
	case token.NOT:
		return not(e)
	case token.VOID:
		return after(e, constant(value{}))
	case token.TYPEOF:
		return c.typeof(n, e)
	}
	e = c.toNumber(n.Operand, e)
	var op func(float64) float64
	switch n.Operator {
	case token.MINUS:
		op = func(v float64) float64 { return -v }
	case token.PLUS:
		return e
	case token.BITWISE_NOT:
		op = func(v float64) float64 { return float64(^toInt32(v)) }
	default:
		return c.out(n, "the operator "+n.Operator.String())
	}
	if e.lit != nil {
		return constant(numberOf(op(e.lit.num)))
	}
	return newExpr(shapeOf(number), seen(e), func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		return numberOf(op(v.num))
	})
}

func (c *compiler) typeof(n ast.Node, e *expr) *expr {
	if e.fn != nil || e.kinds.has(inherited) {
		return c.out(n, "typeof a function")
	}
	return newExpr(shapeOf(text), seen(e), func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		return asciiOf([]byte(v.typeofText()))
	})
}

// toNumber compiles ToNumber.
func (c *compiler) toNumber(n ast.Node, e *expr) *expr {
	if e.kinds.only(of(number)) {
		return e
	}
	if !e.kinds.only(primitives) {
		return c.out(n, "turning an object into a number")
	}
	if e.lit != nil {
		return constant(numberOf(e.lit.toNumber(newScratch())))
	}
	return newExpr(shapeOf(number), seen(e), func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		return numberOf(v.toNumber(f))
	})
}
