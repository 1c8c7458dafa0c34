package native

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// array compiles an array literal.
func (c *compiler) array(n *ast.ArrayLiteral) *expr {
	all := make([]*expr, len(n.Value))
	var elem shape
	known := true
	for i, sub := range n.Value {
		if sub == nil {
			return c.out(n, "an array with holes")
		}
		if _, ok := sub.(*ast.SpreadElement); ok {
			return c.spread(n)
		}
		all[i] = c.expr(sub)
		elem = elem.join(all[i].shape)
		known = known && all[i].lit != nil
	}
	if c.outside != nil {
		return constant(value{})
	}
	s := arrayOfShape(elem)
	if known {
		items := make([]value, len(all))
		for i, e := range all {
			items[i] = *e.lit
		}
		e := constant(value{kind: array, cell: &cell{items: items}})
		e.shape = s
		return e
	}
	return newExpr(s, seen(all...), func(r *message.Request, f *frame) value {
		items := f.newItems(len(all))
		for i := range items {
			items[i] = all[i].eval(r, f)
		}
		return f.arrayOf(items)
	})
}

// spread compiles an array literal in which something is spread.
func (c *compiler) spread(n *ast.ArrayLiteral) *expr {
	all, spreads := make([]*expr, len(n.Value)), make([]bool, len(n.Value))
	var elem shape
	for i, sub := range n.Value {
		if sub == nil {
			return c.out(n, "an array with holes")
		}
		s, ok := sub.(*ast.SpreadElement)
		if !ok {
			all[i] = c.expr(sub)
			elem = elem.join(all[i].shape)
			continue
		}
		all[i], spreads[i] = c.expr(s.Expression), true
		switch k := all[i].kinds; {
		case k.only(strs):
			elem = elem.join(stringShape())
		case k.only(arrays):
			elem = elem.join(all[i].element())
		default:
			return c.out(sub, "spreading what may be neither a string nor an array")
		}
	}
	return newExpr(arrayOfShape(elem), seen(all...), func(r *message.Request, f *frame) value {
		var items []value
		for i, e := range all {
			v := e.eval(r, f)
			switch {
			case !spreads[i]:
				items = f.gather(items, v)
			case of(v.kind).only(strs):
				items = characters(f, items, v)
			default:
				items = collect(r, f, items, v)
			}
		}
		return f.arrayOf(items)
	})
}

// characters appends the code points of a string, which iterating over it gives.
func characters(f *frame, items []value, v value) []value {
	if v.markASCII(f) {
		for i := range v.b {
			if !f.spend(8) {
				break
			}
			items = f.gather(items, asciiOf(v.b[i:i+1]))
		}
		return items
	}
	for u := v.unitsOf(f); len(u) > 0 && f.spend(8); {
		n := 1
		if len(u) > 1 && u[0] >= 0xD800 && u[0] < 0xDC00 && u[1] >= 0xDC00 && u[1] < 0xE000 {
			n = 2
		}
		items = f.gather(items, f.wideOf(u[:n]))
		u = u[n:]
	}
	return items
}

// object compiles an object literal.
func (c *compiler) object(n *ast.ObjectLiteral) *expr {
	var names []string
	var all []*expr
	s := shapeOf(table)
	for _, p := range n.Value {
		name, e := c.property(p)
		if c.outside != nil {
			return e
		}
		for i, known := range names {
			if known == name {
				return c.out(p, "a property given twice: "+names[i])
			}
		}
		if objectNames[name] {
			return c.out(p, "a property that objects inherit")
		}
		names, all = append(names, name), append(all, e)
		s.props = append(s.props, namedShape{name, e.shape})
	}
	return newExpr(s, seen(all...), func(r *message.Request, f *frame) value {
		if !f.reserve(valueSize * len(all)) {
			return value{}
		}
		props := make([]prop, len(all))
		for i, e := range all {
			props[i] = prop{names[i], e.eval(r, f)}
		}
		made := f.newCell()
		made.props = props
		return value{kind: table, cell: made}
	})
}

func (c *compiler) property(p ast.Property) (string, *expr) {
	switch p := p.(type) {
	case *ast.PropertyShort:
		if p.Initializer == nil {
			return p.Name.Name.String(), c.identifier(&p.Name)
		}
	case *ast.PropertyKeyed:
		if p.Kind != ast.PropertyKindValue {
			break
		}
		k := c.expr(p.Key)
		if k.lit == nil || k.lit.kind == wide {
			break
		}
		name := k.lit.toText(newScratch())
		return string(name.b), c.expr(p.Value)
	}
	return "", c.out(p, "this form of property")
}
