package message

// Object is one message somewhere in a Request, or in a list of it, with its fields found.
type Object struct {
	typ   *Type
	data  []byte
	seen  uint32 // bit n: field number n is there
	slots []span // by field number, into data
}

// Open finds the fields of a message of type t in its wire form, which must be part of bytes that were checked.
func Open(t *Type, data []byte) Object { return open(t, data, nil) }

// open is Open with slots that are used again where they are enough.
func open(t *Type, data []byte, slots []span) Object {
	if cap(slots) < len(t.byNumber) {
		slots = make([]span, len(t.byNumber))
	}
	slots = slots[:len(t.byNumber)]
	seen := scan(t, data, span{0, uint32(len(data))}, slots) // part of a checked message
	return Object{typ: t, data: data, seen: seen, slots: slots}
}

// Type returns the object's schema.
func (o Object) Type() *Type { return o.typ }

// Has reports whether field f is on the wire.
func (o Object) Has(f *Field) bool { return o.seen&(1<<uint(f.Number)) != 0 }

// Str returns the bytes of a string field; nil where it isn't set. They need not be UTF-8: see UTF16.
func (o Object) Str(f *Field) []byte { return o.piece(f) }

// Sub returns a singular message field in its wire form; nil where it isn't set.
func (o Object) Sub(f *Field) []byte { return o.piece(f) }

// Int returns the value of an int32 or enum field; 0 where it isn't set. As the specification has it, a value of
// more than 32 bits is cut to its low 32.
func (o Object) Int(f *Field) int32 {
	return f.IntOf(o.piece(f))
}

// Bool returns the value of a bool field; false where it isn't set.
func (o Object) Bool(f *Field) bool {
	return f.BoolOf(o.piece(f))
}

// Float returns the value of a float field; 0 where it isn't set.
func (o Object) Float(f *Field) float32 {
	return f.FloatOf(o.piece(f))
}

// List returns the entries of a list or map field.
func (o Object) List(f *Field) List { return List{data: o.piece(f), field: f} }

func (o Object) piece(f *Field) []byte {
	if !o.Has(f) {
		return nil
	}
	s := o.slots[f.Number]
	return o.data[s.start:s.end]
}
