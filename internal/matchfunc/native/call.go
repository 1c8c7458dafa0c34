package native

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// call compiles a call.
func (c *compiler) call(n *ast.CallExpression) *expr {
	for _, a := range n.ArgumentList {
		if _, ok := a.(*ast.SpreadElement); ok {
			return c.out(a, "spreading")
		}
	}
	switch callee := n.Callee.(type) {
	case *ast.Identifier:
		if c.scope.find(callee.Name.String()) == nil && globals[callee.Name.String()] {
			return c.global(n, callee.Name.String())
		}
	case *ast.DotExpression:
		if id, ok := callee.Left.(*ast.Identifier); ok && c.scope.find(id.Name.String()) == nil {
			if name := id.Name.String(); globals[name] && !constants[name] {
				return c.static(n, id.Name.String(), callee.Identifier.Name.String())
			}
		}
		base, optional := c.base(callee.Left)
		if base.re != nil {
			return c.regexpMethod(n, base.re, callee.Identifier.Name.String())
		}
		return c.method(n, callee, base, optional)
	}
	fn := c.expr(n.Callee)
	if fn.throws {
		return fn
	}
	if fn.fn == nil {
		return c.out(n, "calling what isn't a function written in the rule")
	}
	args := make([]*expr, len(n.ArgumentList))
	for i, a := range n.ArgumentList {
		args[i] = c.expr(a)
	}
	return c.inline(fn.fn, args, n)
}

var constants = map[string]bool{"undefined": true, "NaN": true, "Infinity": true}

// inline compiles a function's call in place.
func (c *compiler) inline(fn *closure, args []*expr, at ast.Node) *expr {
	if c.outside != nil {
		return constant(value{})
	}
	if fn.active {
		return c.out(at, "recursion")
	}
	fn.active = true
	defer func() { fn.active = false }()
	return c.within(fn.scope, func() *expr {
		if fn.params.Rest != nil {
			return c.out(at, "rest parameters")
		}
		before := []*expr{}
		held := make([]*expr, len(args))
		for i, a := range args {
			again, first := c.hold(a)
			held[i], before = again, append(before, first...)
		}
		for i, p := range fn.params.List {
			arg := constant(value{})
			if i < len(args) {
				arg = held[i]
			}
			before = append(before, c.parameter(p, arg)...)
		}
		out := c.body(fn.body)
		for i := len(before) - 1; i >= 0; i-- {
			out = after(before[i], out)
		}
		return out
	})
}

func (c *compiler) parameter(p *ast.Binding, arg *expr) []*expr {
	declareNames(c.scope, p.Target)
	if p.Initializer != nil {
		arg = c.withDefault(arg, p.Initializer)
	}
	return c.bind(p.Target, arg)
}

func (c *compiler) body(b ast.ConciseBody) *expr {
	switch b := b.(type) {
	case *ast.ExpressionBody:
		return c.expr(b.Expression)
	case *ast.BlockStatement:
		return c.within(c.scope, func() *expr {
			return c.statements(b.List, flow{next: constant(value{})}, true)
		})
	}
	return c.out(b, "this function body")
}

// callback is a function that an array's method calls for every element.
type callback struct {
	item, index int // slots; index is -1 where the function doesn't take it
	body        *expr
}

// callback compiles the function that a method of list is given. before are the parameters before the element.
func (c *compiler) callback(n ast.Expression, list *expr, before ...*expr) (out callback) {
	out.item, out.index = c.newSlot(), -1
	item := c.told(slotExpr(out.item, list.element()), func(w *watch, k Known) any {
		return w.Element(w.marks[list], k)
	})
	args := append(before, item)
	if id, ok := n.(*ast.Identifier); ok && c.scope.find(id.Name.String()) == nil {
		out.body = c.conversion(n, id.Name.String(), args[0])
		return out
	}
	e := c.expr(n)
	if e.fn == nil {
		out.body = c.out(n, "a callback that isn't a function written in the rule")
		return out
	}
	if len(e.fn.params.List) > len(args) {
		out.index = c.newSlot()
		args = append(args, slotExpr(out.index, shapeOf(number)))
	}
	if len(e.fn.params.List) > len(args) {
		out.body = c.out(n, "a callback that takes the array")
		return out
	}
	out.body = c.inline(e.fn, args, n)
	return out
}

// slotExpr reads a variable kept in the frame.
func slotExpr(slot int, s shape) *expr {
	e := newExpr(s, facts{}, func(_ *message.Request, f *frame) value { return f.slots[slot] })
	e.test = func(_ *message.Request, f *frame) bool { return f.slots[slot].truthy() }
	e.slot = slot + 1
	if s.kinds.only(of(text, undefined)) {
		e.text = func(_ *message.Request, f *frame) ([]byte, bool) {
			v := &f.slots[slot]
			return v.b, v.kind == text
		}
	}
	return e
}

// store is the expression that keeps a value in the frame.
func store(slot int, e *expr) *expr {
	return newExpr(shapeOf(undefined), seen(e), func(r *message.Request, f *frame) value {
		f.slots[slot] = e.eval(r, f)
		return value{}
	})
}

// method compiles the call of a method.
func (c *compiler) method(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	if c.outside != nil || base.throws {
		return base
	}
	name := callee.Identifier.Name.String()
	_, ofText := stringMethods[name]
	ofText = ofText || patternMethods[name]
	ofArray := arrayMethods[name]
	isText, isArray := base.kinds&strs != 0 && ofText, base.kinds&arrays != 0 && ofArray
	switch {
	case objectNames[name], base.kinds.has(inherited):
		return c.out(n, "the method "+name)
	case isText && isArray:
		return c.out(n, "the method "+name+" of what may be a string or an array")
	case isText && len(n.ArgumentList) > 0 && patternMethods[name]:
		if re := c.pattern(n.ArgumentList[0]); re != nil {
			return c.patternMethod(n, callee, base, optional, re)
		}
		fallthrough
	case isText:
		return c.textMethod(n, callee, base, optional)
	case isArray:
		return c.arrayMethod(n, callee, base, optional)
	}
	return c.out(n, "the method "+name+" of this value")
}

// patternMethods are the methods of strings that may take a regular expression.
var patternMethods = newNames("match", "search", "replace", "replaceAll", "split")

// pattern returns the regular expression that an argument is, if it is one.
func (c *compiler) pattern(n ast.Expression) *esregexp.Regexp {
	switch n.(type) {
	case *ast.RegExpLiteral, *ast.Identifier:
		return c.expr(n).re
	}
	return nil
}

// receiver checks what a method is called on. Where it isn't of the right kind, args are evaluated and it throws, as
// the call of undefined does.
type receiver struct {
	base     *expr
	optional bool
	want     kinds
	args     []*expr
	spot
}

func (c *compiler) receiver(callee *ast.DotExpression, base *expr, optional bool, want kinds, args []*expr) *receiver {
	name := callee.Identifier.Name.String()
	return &receiver{
		base: base, optional: optional, want: want, args: args,
		spot: c.spot(callee, name),
	}
}

// facts are those of a call on the receiver.
func (rc *receiver) facts() (fs facts, skips kinds) {
	fs = seen(append([]*expr{rc.base}, rc.args...)...)
	skips = rc.base.kinds & (1 << skipped)
	if rc.base.kinds&nullish != 0 {
		if rc.optional {
			skips = 1 << skipped
		} else {
			fs.wild = true
		}
	}
	fs.wild = fs.wild || !rc.base.kinds.only(rc.want|nullish|1<<skipped)
	return fs, skips
}

// value evaluates the receiver; false where there is nothing to call, with the call's value.
func (rc *receiver) value(r *message.Request, f *frame) (value, bool) {
	v := rc.base.eval(r, f)
	switch {
	case rc.want.has(v.kind):
		return v, true
	case v.kind == skipped:
		return v, false
	case v.kind <= null:
		if rc.optional {
			return value{kind: skipped}, false
		}
		return f.cannotRead(v.kind, &rc.spot), false
	}
	for _, a := range rc.args {
		a.eval(r, f)
	}
	if f.err != nil {
		return value{}, false
	}
	return f.throw(rc.thrown(rc.name + " is not a function")), false
}
