package native

import (
	"math"
	"strconv"
	"unique"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// base compiles what a property is read from, and tells whether that is done by ?.
func (c *compiler) base(n ast.Expression) (e *expr, optional bool) {
	if o, ok := n.(*ast.Optional); ok {
		return c.expr(o.Expression), true
	}
	return c.expr(n), false
}

// chain compiles an optional chain as a whole: where it ends early its value is undefined.
func (c *compiler) chain(n *ast.OptionalChain) *expr {
	e := c.expr(n.Expression)
	if !e.kinds.has(skipped) {
		return e
	}
	eval := e.eval
	out := *e
	out.kinds = e.kinds&^(1<<skipped) | 1<<undefined
	out.path = nil // reading on from here is another chain
	out.eval = func(r *message.Request, f *frame) value {
		v := eval(r, f)
		if v.kind == skipped {
			return value{}
		}
		return v
	}
	return &out
}

// dot compiles the reading of a property whose name is known.
func (c *compiler) dot(n ast.Node, base *expr, name string, optional bool) *expr {
	switch {
	case c.outside != nil, base.throws:
		return base
	case objectNames[name]:
		return c.out(n, "reading "+name+", which objects or strings inherit")
	case base.path != nil:
		return c.member(n, base, name, optional)
	case base.kinds.has(inherited):
		return c.out(n, "reading from a function")
	}
	if base.kinds.only(1<<entry) && len(base.types) == 1 {
		return entryMember(base, base.types[0], name)
	}
	return c.general(n, base, name, optional)
}

// member reads from a singular message.
func (c *compiler) member(n ast.Node, base *expr, name string, optional bool) *expr {
	from := base.path.place
	p := &path{place: from, steps: base.path.steps}
	if from != message.Root {
		p.steps = append(p.steps[:len(p.steps):len(p.steps)], step{c.spot(n, name), from, optional})
	}
	fld := from.Type().Field(name)
	switch {
	case fld == nil && name == message.MessageTypeKey && from.Type().Field("requestUri") != nil:
		return messageTypeExpr(p)
	case fld == nil:
		return noField(p)
	case fld.Kind == message.Message && !fld.Repeated && !fld.Map:
		child, _ := from.Child(name)
		return placeExpr(&path{place: child, steps: p.steps})
	}
	return fieldExpr(p, fld)
}

// spot is where a rule reads a property, for what is thrown when there is nothing to read from: few rules ever do.
type spot struct {
	name     string // of the property; empty where a rule computes it
	from, to int32  // bytes of the source
}

func (c *compiler) spot(n ast.Node, name string) spot {
	from, to := source.Offset(n.Idx0()), source.Offset(n.Idx1())
	return spot{unique.Make(name).Value(), int32(from), int32(to)} // a source has 64 KiB at most
}

func (s *spot) thrown(message string) *Thrown {
	return &Thrown{Name: "TypeError", Message: message, From: int(s.from), To: int(s.to)}
}

// cannotRead throws what reading from null or undefined does.
func (f *frame) cannotRead(k kind, at *spot) value { return f.cannotReadNamed(k, at, at.name) }

// cannotReadNamed is cannotRead for a property whose name the rule computed.
func (f *frame) cannotReadNamed(k kind, at *spot, name string) value {
	if f.err != nil {
		return value{}
	}
	message := "Cannot read properties of undefined (reading '"
	if k == null {
		message = "Cannot read properties of null (reading '"
	}
	return f.throw(at.thrown(message + name + "')"))
}

// entryMember reads from an entry of a list, or a message in it, of a known type.
func entryMember(base *expr, typ *message.Type, name string) *expr {
	fld := typ.Field(name)
	fs := seen(base)
	if fld == nil {
		return newExpr(shapeOf(undefined), fs, func(r *message.Request, f *frame) value {
			base.eval(r, f)
			return value{}
		})
	}
	s := shapeOfField(fld)
	if s.kinds.has(record) {
		s.kinds &^= 1 << record
	}
	e := newExpr(s, fs, func(r *message.Request, f *frame) value {
		v := base.eval(r, f)
		return entryField(f, &v, fld)
	})
	if fld.Kind == message.String && !fld.Map && !fld.Repeated {
		e.text = func(r *message.Request, f *frame) ([]byte, bool) {
			v := base.eval(r, f)
			f.spend(len(v.b) / 16)
			b, _ := fld.In(v.b)
			return b, true
		}
		if slot := base.slot; slot > 0 {
			e.text = func(_ *message.Request, f *frame) ([]byte, bool) {
				whole := f.slots[slot-1].b
				f.spend(len(whole) / 16)
				b, _ := fld.In(whole)
				return b, true
			}
		}
	}
	if fld.Kind == message.Enum {
		e.enum = fld
		e.code = func(r *message.Request, f *frame) (int32, bool) {
			v := base.eval(r, f)
			f.spend(len(v.b) / 16)
			b, _ := fld.In(v.b)
			return fld.IntOf(b), true
		}
	}
	return e
}

// general reads from a value of any kind.
func (c *compiler) general(n ast.Node, base *expr, name string, optional bool) *expr {
	s, ok := propertyShape(base.shape, name)
	if !ok {
		return c.out(n, "reading "+name+", which objects or strings inherit")
	}
	fs := seen(base)
	if base.kinds&nullish != 0 {
		if optional {
			s.kinds |= 1 << skipped
		} else {
			fs.wild = true
		}
	}
	at, k := c.spot(n, name), newKey(name)
	return newExpr(s, fs, func(r *message.Request, f *frame) value {
		v := base.eval(r, f)
		switch {
		case v.kind > null:
			return get(r, f, &v, k)
		case optional:
			return value{kind: skipped}
		}
		return f.cannotRead(v.kind, &at)
	})
}

// propertyShape is the shape of what reading a property gives; false where a prototype has one of that name.
func propertyShape(base shape, name string) (s shape, ok bool) {
	s.kinds = base.kinds & (1 << skipped)
	if base.kinds&(strs|arrays|1<<number|1<<boolean) != 0 && inheritedNames[name] ||
		base.kinds.has(array) && matchNames[name] {
		return s, false
	}
	if base.kinds&(strs|arrays) != 0 {
		if name == lengthName {
			s = s.join(shapeOf(number))
		} else {
			s = s.join(shapeOf(undefined))
		}
	}
	if base.kinds&of(boolean, number) != 0 {
		s = s.join(shapeOf(undefined))
	}
	if base.kinds&records != 0 {
		for _, t := range base.types {
			if fld := t.Field(name); fld != nil {
				s = s.join(shapeOfField(fld))
			} else {
				s = s.join(shapeOf(undefined, text)) // text for messageType
			}
		}
	}
	if base.kinds.has(dict) {
		s = s.join(shapeOf(undefined, text))
	}
	if base.kinds.has(table) {
		s = s.join(shapeOf(undefined))
		for _, p := range base.props {
			if p.name == name {
				s = s.join(p.shape)
			}
		}
	}
	return s, true
}

// matchNames are the properties that arrays of captures have besides their elements.
var matchNames = newNames(source.MatchNames...)

// bracket compiles the reading of a property by an expression.
func (c *compiler) bracket(n ast.Node, base, member *expr, optional bool) *expr {
	if c.outside != nil || base.throws && member.light {
		return base
	}
	indexed := base.kinds&(strs|arrays) != 0
	if member.lit != nil {
		if !member.kinds.only(primitives &^ (1 << wide)) {
			return c.out(n, "a property's name that is no string or number")
		}
		if !indexed || member.lit.kind == text {
			name := member.lit.toText(newScratch())
			if i, ok := arrayIndex(string(name.b)); ok && indexed {
				return c.indexing(n, base, constant(numberOf(i)), optional)
			}
			return c.dot(n, base, string(name.b), optional)
		}
	}
	switch {
	case indexed && base.kinds.only(strs|arrays|nullish|1<<skipped) && member.kinds.only(of(number)):
		return c.indexing(n, base, member, optional)
	case base.kinds.only(nullish|1<<skipped|1<<dict|1<<table) && member.kinds.only(primitives):
		return c.keyed(n, base, c.toText(n, member), optional)
	}
	return c.out(n, "reading a property whose name isn't known")
}

// arrayIndex reads a canonical array index.
func arrayIndex(name string) (float64, bool) {
	i, err := strconv.ParseUint(name, 10, 32)
	return float64(i), err == nil && strconv.FormatUint(i, 10) == name && i < math.MaxUint32
}

func (c *compiler) indexing(n ast.Node, base, index *expr, optional bool) *expr {
	if base.kinds.only(strs | arrays | nullish | 1<<skipped) {
		s := shapeOf(undefined)
		if base.kinds&strs != 0 {
			s = s.join(stringShape())
		}
		if base.kinds&arrays != 0 {
			s = s.join(base.element())
		}
		return c.guarded(n, base, index, optional, s, func(r *message.Request, f *frame, v, k value) value {
			return at(r, f, &v, k.num)
		})
	}
	return c.out(n, "an index into what may be no array or string")
}

// keyed reads a property of a map or a literal whose name is computed.
func (c *compiler) keyed(n ast.Node, base, name *expr, optional bool) *expr {
	s := shapeOf(undefined, inherited)
	if base.kinds.has(dict) {
		s = s.join(shapeOf(text))
	}
	for _, p := range base.props {
		s = s.join(p.shape)
	}
	return c.guarded(n, base, name, optional, s, func(r *message.Request, f *frame, v, name value) value {
		plain, ok := name.plainKey(f)
		if v.kind == dict && plain != "__proto__" {
			k := key{value: name}
			if got := lookUp(r, f, &v, &k); got.kind != undefined {
				return got
			}
		}
		if ok && v.kind == table {
			for _, p := range v.cell.props {
				if p.name == plain {
					return p.value
				}
			}
		}
		if ok && objectNames[plain] {
			return value{kind: inherited}
		}
		return value{}
	})
}

// guarded compiles an operation on a value that mustn't be null or undefined, and an operand.
func (c *compiler) guarded(
	n ast.Node, base, operand *expr, optional bool, s shape, do func(*message.Request, *frame, value, value) value,
) *expr {
	fs := seen(base, operand)
	s.kinds |= base.kinds & (1 << skipped)
	if base.kinds&nullish != 0 {
		if optional {
			s.kinds |= 1 << skipped
		} else {
			fs.wild = true
		}
	}
	where := c.spot(n, "")
	return newExpr(s, fs, func(r *message.Request, f *frame) value {
		v := base.eval(r, f)
		switch {
		case v.kind == skipped || optional && v.kind <= null:
			return value{kind: skipped}
		case v.kind <= null:
			name := operand.eval(r, f)
			return f.cannotReadNamed(v.kind, &where, name.words(f))
		}
		k := operand.eval(r, f)
		return do(r, f, v, k)
	})
}
