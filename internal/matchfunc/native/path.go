package native

import "github.com/fonoster/routr-dispatcher/internal/message"

// step is a read from a singular message.
type step struct {
	spot
	from     message.Place
	optional bool // with ?.
}

// path is how an expression reached a singular message.
type path struct {
	place message.Place
	steps []step
}

// missing finds the first message on the way that isn't there: a chain that ends early there is skipped, another read
// throws. Whoever calls it knows that the last one may be missing.
func missing(r *message.Request, f *frame, steps []step) (value, bool) {
	for i := range steps {
		s := &steps[i]
		if r.Present(s.from) {
			continue
		}
		if s.optional {
			return value{kind: skipped}, true
		}
		return f.cannotRead(absentKind(s.from), &s.spot), true
	}
	return value{}, false
}

func (p *path) facts() (f facts, skips kinds) {
	for _, s := range p.steps {
		if s.optional {
			skips = 1 << skipped
		} else {
			f.touches |= placesOf(s.from)
		}
	}
	return f, skips
}

// absentKind is what a rule sees in the place of a singular message that isn't there.
func absentKind(p message.Place) kind {
	if p.Field() != nil && p.Field().Oneof {
		return undefined
	}
	return null
}

// placeExpr is the expression of a singular message.
func placeExpr(p *path) *expr {
	fs, skips := p.facts()
	at, typ, steps := p.place, p.place.Type(), p.steps
	s := shape{kinds: 1<<record | skips, types: []*message.Type{typ}}
	if at == message.Root {
		e := newExpr(s, fs, func(*message.Request, *frame) value { return value{kind: record, typ: typ} })
		e.path, e.light = p, true
		return e
	}
	absent := absentKind(at)
	s.kinds |= 1 << absent
	fs.known = placesOf(at) | ancestors(at)
	e := newExpr(s, fs, func(r *message.Request, f *frame) value {
		if r.Present(at) {
			return value{kind: record, place: at, typ: typ}
		}
		if v, ok := missing(r, f, steps); ok {
			return v
		}
		return value{kind: absent}
	})
	e.test = func(r *message.Request, f *frame) bool {
		if r.Present(at) {
			return true
		}
		missing(r, f, steps)
		return false
	}
	e.path, e.light = p, fs.touches == 0
	return e
}

// ancestors are the places that are there whenever p is.
func ancestors(p message.Place) (s placeSet) {
	for p != message.Root {
		p = p.Parent()
		s |= placesOf(p)
	}
	return s
}

// fieldExpr is the expression of a field of the singular message that p leads to, by reading from it last.
func fieldExpr(p *path, fld *message.Field) *expr {
	fs, skips := p.facts()
	s := shapeOfField(fld)
	s.kinds |= skips
	at, steps := p.place, p.steps
	var e *expr
	switch {
	case fld.Map || fld.Repeated:
		e = newExpr(s, fs, collection(at, fld, steps))
	case fld.Kind == message.String:
		e = stringField(s, fs, at, fld, steps)
	case fld.Kind == message.Enum:
		e = enumField(s, fs, at, fld, steps)
	default:
		e = newExpr(s, fs, func(r *message.Request, f *frame) value {
			if !r.Present(at) {
				if v, ok := missing(r, f, steps); ok {
					return v
				}
			}
			return numericField(r, at, fld)
		})
	}
	e.place, e.field = at, fld
	e.light = fs.touches == 0
	return e
}

func collection(at message.Place, fld *message.Field, steps []step) evalFunc {
	k := list
	if fld.Map {
		k = dict
	}
	return func(r *message.Request, f *frame) value {
		if !r.Present(at) {
			if v, ok := missing(r, f, steps); ok {
				return v
			}
		}
		return value{kind: k, place: at, field: fld}
	}
}

func stringField(s shape, fs facts, at message.Place, fld *message.Field, steps []step) *expr {
	fs.known = placesOf(at) | ancestors(at)
	e := newExpr(s, fs, func(r *message.Request, f *frame) value {
		b, there := r.Text(at, fld)
		if !there {
			if v, ok := missing(r, f, steps); ok {
				return v
			}
		}
		return value{kind: text, b: b}
	})
	e.text = func(r *message.Request, f *frame) ([]byte, bool) {
		b, there := r.Text(at, fld)
		if !there {
			if _, ok := missing(r, f, steps); ok {
				return nil, false
			}
		}
		return b, true
	}
	e.test = func(r *message.Request, f *frame) bool {
		b, there := r.Text(at, fld)
		if !there {
			missing(r, f, steps)
		}
		return len(b) > 0
	}
	return e
}

func enumField(s shape, fs facts, at message.Place, fld *message.Field, steps []step) *expr {
	code := func(r *message.Request, f *frame) (int32, bool) {
		if !r.Has(at, fld) {
			if !r.Present(at) {
				if _, ok := missing(r, f, steps); ok {
					return 0, false
				}
			}
			return 0, !fld.Oneof
		}
		return r.Int(at, fld), true
	}
	e := newExpr(s, fs, func(r *message.Request, f *frame) value {
		n, ok := code(r, f)
		if !ok {
			if !r.Present(at) {
				v, _ := missing(r, f, steps)
				return v
			}
			return value{}
		}
		return enumValue(fld, n)
	})
	e.code, e.enum = code, fld
	return e
}

func enumValue(fld *message.Field, n int32) value {
	if name, ok := fld.EnumText(n); ok {
		return asciiOf(name)
	}
	return numberOf(float64(n))
}

func numericField(r *message.Request, at message.Place, fld *message.Field) value {
	piece, _ := r.Text(at, fld)
	return numeric(fld, piece)
}

// numeric is the value of a number or bool field, given its wire form.
func numeric(fld *message.Field, piece []byte) value {
	switch fld.Kind {
	case message.Bool:
		return boolOf(fld.BoolOf(piece))
	case message.Float:
		return numberOf(float64(fld.FloatOf(piece)))
	default:
		return numberOf(float64(fld.IntOf(piece)))
	}
}

// messageTypeExpr is the key that tells which member of the oneof is set.
func messageTypeExpr(p *path) *expr {
	fs, skips := p.facts()
	at, steps := p.place, p.steps
	var members []*message.Field
	var names [][]byte
	for _, f := range at.Type().Fields {
		if f.Oneof {
			members, names = append(members, f), append(names, []byte(f.Name))
		}
	}
	s := shape{kinds: of(text, undefined) | skips}
	eval := func(r *message.Request, f *frame) value {
		for i, m := range members {
			if r.Has(at, m) {
				return asciiOf(names[i])
			}
		}
		if !r.Present(at) {
			if v, ok := missing(r, f, steps); ok {
				return v
			}
		}
		return value{}
	}
	e := newExpr(s, fs, eval)
	e.text = func(r *message.Request, f *frame) ([]byte, bool) {
		v := eval(r, f)
		return v.b, v.kind == text
	}
	e.light = fs.touches == 0
	return e
}

// noField is the expression of a key that the singular message at the end of p doesn't have.
func noField(p *path) *expr {
	fs, skips := p.facts()
	at, steps := p.place, p.steps
	return newExpr(shape{kinds: 1<<undefined | skips}, fs, func(r *message.Request, f *frame) value {
		if !r.Present(at) {
			if v, ok := missing(r, f, steps); ok {
				return v
			}
		}
		return value{}
	})
}
