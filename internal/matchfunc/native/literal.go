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
			return c.out(n, "spreading")
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
