package native

import (
	"strconv"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// declareNames makes the variables of a binding known before they have a value.
func declareNames(s *scope, target ast.Expression) {
	switch t := target.(type) {
	case *ast.Identifier:
		s.declare(t.Name.String())
	case *ast.AssignExpression:
		declareNames(s, t.Left)
	case *ast.ArrayPattern:
		for _, e := range t.Elements {
			declareNames(s, e)
		}
		declareNames(s, t.Rest)
	case *ast.ObjectPattern:
		for _, p := range t.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				s.declare(p.Name.Name.String())
			case *ast.PropertyKeyed:
				declareNames(s, p.Value)
			}
		}
		declareNames(s, t.Rest)
	}
}

// bind gives a value to the variables of a binding, which were declared before. It returns what has to be evaluated
// for that, in order.
func (c *compiler) bind(target ast.Expression, e *expr) []*expr {
	if c.outside != nil {
		return nil
	}
	switch t := target.(type) {
	case *ast.Identifier:
		return c.assign(c.scope.find(t.Name.String()), e)
	case *ast.ObjectPattern:
		return c.bindObject(t, e)
	case *ast.ArrayPattern:
		return c.bindArray(t, e)
	}
	return []*expr{c.out(target, "this pattern")}
}

// assign makes a variable stand for e. What reads the same whenever it is read isn't copied.
func (c *compiler) assign(v *variable, e *expr) []*expr {
	var before []*expr
	v.expr, before = c.hold(e)
	v.expr = c.named(v.name, v.expr)
	return before
}

// named is e for who watches, which a name stands for from now on.
func (c *compiler) named(name string, e *expr) *expr {
	return c.told(e, func(w *watch, k Known) any { return w.Named(name, k) })
}

// hold returns an expression that reads the value of e again, and what has to be evaluated before.
func (c *compiler) hold(e *expr) (again *expr, before []*expr) {
	again, before = c.held(e)
	return c.carry(e, again), before
}

// held is hold without a word to who watches.
func (c *compiler) held(e *expr) (again *expr, before []*expr) {
	switch {
	case e.re != nil && stateful(e.re):
		return c.outAt(c.at, "a variable with a regular expression that remembers where it was"), nil
	case e.lit != nil, e.fn != nil, e.re != nil, e.slot > 0:
		return e, nil
	case e.path != nil:
		again = placeExpr(&path{place: e.path.place})
	case e.field != nil && e.kinds == shapeOfField(e.field).kinds && !e.wild:
		again = fieldExpr(&path{place: e.place}, e.field)
	default:
		slot := c.newSlot()
		return slotExpr(slot, e.shape), []*expr{store(slot, e)}
	}
	if e.light {
		return again, nil
	}
	return again, []*expr{e}
}

// withDefault is e, or the default's value where that is undefined.
func (c *compiler) withDefault(e *expr, initializer ast.Expression) *expr {
	def := c.expr(initializer)
	if !e.kinds.has(undefined) {
		return e
	}
	if e.lit != nil {
		return def
	}
	fs := seen(e, def)
	out := newExpr(e.shape.without(1<<undefined).join(def.shape), fs, func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		if v.kind == undefined {
			return def.eval(r, f)
		}
		return v
	})
	return c.told(c.carry(e, out), func(w *watch, k Known) any { return w.Default(k) })
}

// taken is what a pattern reads from a value.
func (c *compiler) taken(from *expr, name string, n ast.Expression, got *expr) *expr {
	return c.told(got, func(w *watch, k Known) any { return w.Property(w.marks[from], name, n, k) })
}

func (c *compiler) bindObject(t *ast.ObjectPattern, e *expr) (before []*expr) {
	if t.Rest != nil {
		return []*expr{c.out(t, "rest in a pattern")}
	}
	from, before := c.hold(c.watched(t, e))
	if len(t.Properties) == 0 && from.kinds&nullish != 0 {
		return []*expr{c.out(t, "an empty pattern")}
	}
	for _, p := range t.Properties {
		switch p := p.(type) {
		case *ast.PropertyShort:
			name := p.Name.Name.String()
			got := c.taken(from, name, p, c.dot(p, from, name, false))
			if p.Initializer != nil {
				got = c.withDefault(got, p.Initializer)
			}
			before = append(before, c.bind(&p.Name, got)...)
		case *ast.PropertyKeyed:
			key := c.propertyKey(p)
			got := c.bracket(p, from, key, false)
			if name, ok := key.isText(); ok {
				got = c.taken(from, string(name), p, got)
			}
			before = append(before, c.bindInitialized(p.Value, got)...)
		}
	}
	return before
}

// bindInitialized binds a target that may have a default.
func (c *compiler) bindInitialized(target ast.Expression, e *expr) []*expr {
	if a, ok := target.(*ast.AssignExpression); ok {
		return c.bind(a.Left, c.withDefault(e, a.Right))
	}
	return c.bind(target, e)
}

func (c *compiler) propertyKey(p *ast.PropertyKeyed) *expr {
	k := c.expr(p.Key)
	if k.lit == nil {
		return c.out(p, "a computed name in a pattern")
	}
	return k
}

const notIterable = " is not iterable (cannot read property Symbol(Symbol.iterator))"

func (c *compiler) bindArray(t *ast.ArrayPattern, e *expr) (before []*expr) {
	if t.Rest != nil {
		return []*expr{c.out(t, "rest in a pattern")}
	}
	if !e.kinds.only(arrays | nullish) {
		return []*expr{c.out(t, "an array pattern for what may be no array")}
	}
	at := c.spot(t, "")
	fs := seen(e)
	fs.wild = fs.wild || e.kinds&nullish != 0
	checked := newExpr(e.shape.without(nullish), fs, func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		switch v.kind {
		case undefined:
			return f.throw(at.thrown("undefined" + notIterable))
		case null:
			return f.throw(at.thrown("object null" + notIterable))
		}
		return v
	})
	from, before := c.hold(c.carry(c.watched(t, e), checked))
	for i, target := range t.Elements {
		if target == nil {
			continue
		}
		got := c.indexing(target, from, constant(numberOf(float64(i))), false)
		got = c.taken(from, strconv.Itoa(i), target, got)
		before = append(before, c.bindInitialized(target, got)...)
	}
	return before
}
