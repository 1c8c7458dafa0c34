package native

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// arrayMethods are the names of the methods of arrays that are compiled.
var arrayMethods = newNames("find", "findIndex", "findLast", "findLastIndex", "some", "every", "filter", "map",
	"flatMap",
	"reduce", "includes", "indexOf", "join", "slice", "at", "concat", "pop", "shift", "reverse")

// arrayMethod compiles the call of a method of an array.
func (c *compiler) arrayMethod(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	name := callee.Identifier.Name.String()
	switch name {
	case "includes", "indexOf":
		return c.search(n, callee, base, optional)
	case "join", "slice", "at", "concat":
		return c.plainArray(n, callee, base, optional)
	case "pop", "shift", "reverse":
		return c.fresh(n, callee, base, optional)
	case "reduce":
		return c.reduce(n, callee, base, optional)
	}
	if len(n.ArgumentList) != 1 {
		return c.out(n, name+" with that many arguments")
	}
	cb := c.callback(n.ArgumentList[0], base)
	if c.outside != nil {
		return base
	}
	do, s := walk(name, cb, base.shape)
	if do == nil {
		if s = flattened(cb.body.shape); s.elem == nil {
			return c.out(n, "flatMap to what may be no array")
		}
		do = flatMap(cb)
	}
	return c.onArray(callee, base, optional, []*expr{cb.body}, s, do)
}

// walker runs over an array.
type walker = func(*message.Request, *frame, value) value

// onArray compiles a walk over a receiver. parts are what the walk evaluates.
func (c *compiler) onArray(
	callee *ast.DotExpression, base *expr, optional bool, parts []*expr, s shape, do walker,
) *expr {
	rc := c.receiver(callee, base, optional, arrays, nil)
	fs, skips := rc.facts()
	more := seen(parts...)
	fs.touches |= more.touches
	fs.wild = fs.wild || more.wild
	s.kinds |= skips
	return newExpr(s, fs, func(r *message.Request, f *frame) value {
		v, ok := rc.value(r, f)
		if !ok {
			return v
		}
		return do(r, f, v)
	})
}

// next puts the next element, and its index, where the callback's parameters are.
func (cb *callback) next(f *frame, cur *cursor) bool {
	if !cur.next(f, &f.slots[cb.item]) {
		return false
	}
	if cb.index >= 0 {
		f.slots[cb.index] = numberOf(float64(cur.index))
	}
	return true
}

// walk returns a method that calls back for one element after the other, and the shape of what it gives.
func walk(name string, cb callback, base shape) (walker, shape) {
	elem := base.element()
	switch name {
	case "find":
		return find(cb, theItem(cb), value{}), elem.join(shapeOf(undefined))
	case "findIndex":
		return find(cb, theIndex, numberOf(-1)), shapeOf(number)
	case "findLast":
		return findLast(cb, theItem(cb), value{}), elem.join(shapeOf(undefined))
	case "findLastIndex":
		return findLast(cb, theIndex, numberOf(-1)), shapeOf(number)
	case "some":
		return find(cb, func(*frame, int) value { return boolOf(true) }, boolOf(false)), shapeOf(boolean)
	case "every":
		return every(cb), shapeOf(boolean)
	case "filter":
		return filter(cb), arrayOfShape(elem)
	case "map":
		return mapping(cb), arrayOfShape(cb.body.shape)
	}
	return nil, shape{}
}

// theItem and theIndex are what a search for an element gives.
func theItem(cb callback) func(*frame, int) value {
	return func(f *frame, _ int) value { return f.slots[cb.item] }
}

func theIndex(_ *frame, i int) value { return numberOf(float64(i)) }

func find(cb callback, result func(*frame, int) value, none value) walker {
	test := cb.body.test
	return func(r *message.Request, f *frame, v value) value {
		for cur := newCursor(r, &v); cb.next(f, &cur); {
			if test(r, f) {
				return result(f, cur.index)
			}
		}
		return none
	}
}

// findLast calls back from the last element on: what the callback throws for those in front of the one that it takes is
// never thrown.
func findLast(cb callback, result func(*frame, int) value, none value) walker {
	test := cb.body.test
	return func(r *message.Request, f *frame, v value) value {
		items := collect(r, f, nil, v)
		for i := len(items) - 1; i >= 0 && f.spend(16); i-- {
			f.slots[cb.item] = items[i]
			if cb.index >= 0 {
				f.slots[cb.index] = numberOf(float64(i))
			}
			if test(r, f) {
				return result(f, i)
			}
		}
		return none
	}
}

func every(cb callback) walker {
	test := cb.body.test
	return func(r *message.Request, f *frame, v value) value {
		for cur := newCursor(r, &v); cb.next(f, &cur); {
			if !test(r, f) {
				return boolOf(false)
			}
		}
		return boolOf(true)
	}
}

// gather keeps adding values to an array whose length isn't known.
func (f *frame) gather(items []value, v value) []value {
	if len(items) < cap(items) {
		return append(items, v)
	}
	more := f.newItems(max(8, 2*len(items)))
	if more == nil {
		return items
	}
	return append(more[:copy(more, items)], v)
}

func filter(cb callback) walker {
	test := cb.body.test
	return func(r *message.Request, f *frame, v value) value {
		var items []value
		for cur := newCursor(r, &v); cb.next(f, &cur); {
			if test(r, f) {
				items = f.gather(items, f.slots[cb.item])
			}
		}
		return f.arrayOf(items)
	}
}

func mapping(cb callback) walker {
	eval := cb.body.eval
	return func(r *message.Request, f *frame, v value) value {
		var items []value
		for cur := newCursor(r, &v); cb.next(f, &cur); {
			items = f.gather(items, eval(r, f))
		}
		return f.arrayOf(items)
	}
}

// flattened is the shape that flatMap gives for callbacks that return this; without elem where they needn't be arrays.
func flattened(s shape) shape {
	if !s.kinds.only(arrays) || s.elem == nil {
		return shape{}
	}
	return arrayOfShape(s.element())
}

func flatMap(cb callback) walker {
	eval := cb.body.eval
	return func(r *message.Request, f *frame, v value) value {
		var items []value
		for cur := newCursor(r, &v); cb.next(f, &cur); {
			part := eval(r, f)
			var item value
			for inner := newCursor(r, &part); inner.next(f, &item); {
				items = f.gather(items, item)
			}
		}
		return f.arrayOf(items)
	}
}

// reduce compiles reduce with a start value. The shape of what is carried along widens until it holds.
func (c *compiler) reduce(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	if len(n.ArgumentList) != 2 {
		return c.out(n, "reduce without a start value")
	}
	start := c.expr(n.ArgumentList[1])
	slot, carried := c.newSlot(), start.shape
	for range 4 {
		cb := c.callback(n.ArgumentList[0], base, slotExpr(slot, carried))
		if c.outside != nil {
			return base
		}
		widened := carried.join(cb.body.shape)
		if !widened.same(carried) {
			carried = widened
			continue
		}
		begin, eval := start.eval, cb.body.eval
		parts := []*expr{start, cb.body}
		return c.onArray(callee, base, optional, parts, carried, func(r *message.Request, f *frame, v value) value {
			f.slots[slot] = begin(r, f)
			for cur := newCursor(r, &v); cb.next(f, &cur); {
				f.slots[slot] = eval(r, f)
			}
			return f.slots[slot]
		})
	}
	return c.out(n, "reduce whose result's type isn't clear")
}

// search compiles includes and indexOf.
func (c *compiler) search(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	name := callee.Identifier.Name.String()
	if len(n.ArgumentList) != 1 {
		return c.out(n, name+" with that many arguments")
	}
	arg := c.expr(n.ArgumentList[0])
	if c.outside != nil {
		return base
	}
	var member *expr
	if base.lit != nil {
		if all, ok := texts(base.lit.cell.items); ok {
			member = equalText(arg, all)
		}
	}
	if member != nil && name == "includes" {
		return member
	}
	if base.element().kinds&arg.kinds&made != 0 {
		return c.out(n, "comparing objects or functions that the rule makes")
	}
	includes := name == "includes"
	s := shapeOf(number)
	if includes {
		s = shapeOf(boolean)
	}
	out := c.onArray(callee, base, optional, []*expr{arg}, s, func(r *message.Request, f *frame, v value) value {
		want := arg.eval(r, f)
		var item value
		for cur := newCursor(r, &v); cur.next(f, &item); {
			if strictEqual(f, &item, &want) || includes && bothNaN(&item, &want) {
				if includes {
					return boolOf(true)
				}
				return numberOf(float64(cur.index))
			}
		}
		if includes {
			return boolOf(false)
		}
		return numberOf(-1)
	})
	out.member = member
	return out
}

// texts are the items of an array that has nothing but clean strings.
func texts(items []value) (all [][]byte, ok bool) {
	for i := range items {
		if items[i].kind != text || !clean(items[i].b) {
			return nil, false
		}
		all = append(all, items[i].b)
	}
	return all, true
}

// plainArray compiles the methods of arrays that take no callback.
func (c *compiler) plainArray(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	name := callee.Identifier.Name.String()
	args := c.arguments(n, 2)
	a, b := args[0], args[1]
	most := map[string]int{"join": 1, "slice": 2, "at": 1, "concat": 1}[name]
	if c.outside != nil {
		return base
	}
	elem := base.element()
	if len(n.ArgumentList) > most || name != "concat" && !(a.kinds|b.kinds).only(primitives) {
		return c.out(n, name+" with these arguments")
	}
	s := arrayOfShape(elem)
	var do walker
	switch name {
	case "join":
		if !elem.kinds.only(primitives | records) {
			return c.out(n, "join of arrays")
		}
		s, do = stringShape(), func(r *message.Request, f *frame, v value) value { return join(r, f, v, a.eval(r, f)) }
	case "slice":
		do = func(r *message.Request, f *frame, v value) value {
			from := a.eval(r, f)
			return part(r, f, v, from, b.eval(r, f))
		}
	case "at":
		s = elem.join(shapeOf(undefined))
		do = func(r *message.Request, f *frame, v value) value {
			k := a.eval(r, f)
			i := toInteger(k.toNumberOr0(f))
			if i < 0 {
				i += float64(count(r, f, &v))
			}
			return at(r, f, &v, i)
		}
	case "concat":
		if len(n.ArgumentList) != 1 || !a.kinds.only(arrays) {
			return c.out(n, "concat but with one array")
		}
		s = arrayOfShape(elem.join(a.element()))
		do = func(r *message.Request, f *frame, v value) value {
			items := collect(r, f, nil, v)
			return f.arrayOf(collect(r, f, items, a.eval(r, f)))
		}
	}
	return c.onArray(callee, base, optional, args, s, do)
}

// collect appends an array's elements.
func collect(r *message.Request, f *frame, items []value, v value) []value {
	var item value
	for cur := newCursor(r, &v); cur.next(f, &item); {
		items = f.gather(items, item)
	}
	return items
}

func part(r *message.Request, f *frame, v, a, b value) value {
	items := collect(r, f, nil, v)
	n := len(items)
	from, to := relative(f, a, n, 0), relative(f, b, n, n)
	return f.arrayOf(items[from:max(from, to)])
}

// join is Array.prototype.join.
func join(r *message.Request, f *frame, v, sep value) value {
	between := asciiOf([]byte{','})
	if sep.kind != undefined {
		between = sep.toText(f)
	}
	var parts []value
	total := 0
	var item value
	for cur := newCursor(r, &v); cur.next(f, &item); {
		if cur.index > 0 {
			parts = f.gather(parts, between)
		}
		if item.kind > null {
			parts = f.gather(parts, item.toText(f))
		}
	}
	ascii := true
	for i := range parts {
		ascii = parts[i].markASCII(f) && ascii
		total += max(len(parts[i].b), 0)
	}
	if ascii {
		return joinASCII(f, parts, total)
	}
	var units []uint16
	for i := range parts {
		u := parts[i].unitsOf(f)
		if f.err != nil || !f.reserve(4*len(u)) {
			return value{}
		}
		units = append(units, u...)
	}
	return f.wideOf(units)
}

func joinASCII(f *frame, parts []value, total int) value {
	out := f.newBytes(total)
	if out == nil || !f.spend(total) {
		return asciiOf(nil)
	}
	at := 0
	for i := range parts {
		at += copy(out[at:], parts[i].b)
	}
	return asciiOf(out)
}

// fresh compiles the methods that change the array. They are exact where nobody else can see it: the array was made
// by the call that they are applied to.
func (c *compiler) fresh(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	name := callee.Identifier.Name.String()
	made, ok := callee.Left.(*ast.CallExpression)
	if !ok || !base.kinds.only(of(array)) || !makesArray(made) || len(n.ArgumentList) > 0 {
		return c.out(n, "a method that changes an array")
	}
	s := base.element().join(shapeOf(undefined))
	do := func(r *message.Request, f *frame, v value) value {
		if name == "shift" {
			return at(r, f, &v, 0)
		}
		return at(r, f, &v, float64(len(v.cell.items)-1))
	}
	if name == "reverse" {
		s = base.shape
		do = func(_ *message.Request, f *frame, v value) value {
			n := len(v.cell.items)
			items := f.newItems(n)
			for i := range items {
				items[i] = v.cell.items[n-1-i]
			}
			return f.arrayOf(items)
		}
	}
	return c.onArray(callee, base, optional, nil, s, do)
}

func makesArray(n *ast.CallExpression) bool {
	callee, ok := n.Callee.(*ast.DotExpression)
	if !ok {
		return false
	}
	switch callee.Identifier.Name {
	case "split", "map", "filter", "slice", "concat", "reverse", "flatMap":
		return true
	}
	return false
}
