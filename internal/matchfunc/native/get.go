package native

import (
	"bytes"
	"math"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// key is a property's name, known when the rule is compiled, and none that any object inherits but length.
type key struct {
	name  string
	value value
	clean bool
}

func newKey(name string) *key {
	b := []byte(name)
	return &key{name: name, value: value{kind: text, b: b, ascii: message.IsASCII(b)}, clean: clean(b)}
}

// get reads a property of a value that is neither null nor undefined.
func get(r *message.Request, f *frame, v *value, k *key) value {
	switch v.kind {
	case text, wide:
		if k.name == lengthName {
			return numberOf(float64(v.length(f)))
		}
	case record:
		return getFromPlace(r, v, k)
	case entry:
		return getFromEntry(f, v, k)
	case list, array:
		if k.name == lengthName {
			return numberOf(float64(count(r, f, v)))
		}
	case dict:
		return lookUp(r, f, v, k)
	case table:
		for _, p := range v.cell.props {
			if p.name == k.name {
				return p.value
			}
		}
	case skipped:
		return *v
	}
	return value{}
}

const lengthName = "length"

func getFromPlace(r *message.Request, v *value, k *key) value {
	fld := v.typ.Field(k.name)
	switch {
	case fld == nil && k.name == message.MessageTypeKey:
		for _, m := range v.typ.Fields {
			if m.Oneof && r.Has(v.place, m) {
				return asciiOf([]byte(m.Name))
			}
		}
		return value{}
	case fld == nil, fld.Oneof && !r.Has(v.place, fld):
		return value{}
	case fld.Map:
		return value{kind: dict, place: v.place, field: fld}
	case fld.Repeated:
		return value{kind: list, place: v.place, field: fld}
	case fld.Kind == message.Message:
		if child, ok := v.place.Child(k.name); ok && r.Present(child) {
			return value{kind: record, place: child, typ: fld.Type}
		}
		return value{kind: null}
	}
	piece, _ := r.Text(v.place, fld)
	return scalar(fld, piece)
}

func getFromEntry(f *frame, v *value, k *key) value {
	fld := v.typ.Field(k.name)
	if fld == nil {
		return value{}
	}
	return entryField(f, v, fld)
}

// entryField reads a field of an entry. No message that occurs in a list has a oneof.
func entryField(f *frame, v *value, fld *message.Field) value {
	f.spend(len(v.b) / 16)
	if fld.Map {
		return value{kind: dict, place: v.place, num: v.num, field: fld, b: v.b, typ: v.typ}
	}
	piece, ok := fld.In(v.b)
	if fld.Kind != message.Message {
		return scalar(fld, piece)
	}
	if !ok {
		return value{kind: null}
	}
	return value{kind: entry, place: v.place, num: v.num, field: v.field, typ: fld.Type, b: piece}
}

// scalar is the value of a field that is no message, list or map, given its wire form.
func scalar(fld *message.Field, piece []byte) value {
	switch fld.Kind {
	case message.String:
		return textOf(piece)
	case message.Enum:
		return enumValue(fld, fld.IntOf(piece))
	}
	return numeric(fld, piece)
}

// entries returns what a list or a dict holds.
func entries(r *message.Request, v *value) message.List {
	if v.typ != nil {
		return v.field.ListIn(v.b)
	}
	return r.At(v.place).List(v.field)
}

// lookUp reads a key of a map; undefined where there is none.
func lookUp(r *message.Request, f *frame, v *value, k *key) (found value) {
	all := entries(r, v)
	f.spend(all.Size() / 8)
	for {
		e, ok := all.Next()
		if !ok || !f.spend(8) {
			return found
		}
		name, val := message.Entry(e)
		if k.clean && bytes.Equal(name, k.value.b) || !k.clean && sameKey(f, name, k) {
			found = textOf(val)
		}
	}
}

func sameKey(f *frame, name []byte, k *key) bool {
	n := textOf(name)
	return sameText(f, &n, &k.value)
}

// count is the length of an array.
func count(r *message.Request, f *frame, v *value) int {
	if v.kind == array {
		return len(v.cell.items)
	}
	all := entries(r, v)
	f.spend(all.Size() / 8)
	n := 0
	for {
		if _, ok := all.Next(); !ok {
			return n
		}
		n++
		f.spend(4)
	}
}

// cursor walks over the elements of an array.
type cursor struct {
	items []value // of an array
	all   message.List
	of    value // an entry of a list, still without its bytes; undefined for an array
	index int   // of the element that next returned
}

func newCursor(r *message.Request, v *value) cursor {
	switch v.kind {
	case array:
		return cursor{items: v.cell.items, index: -1}
	case list:
		return cursor{all: entries(r, v), of: element(v, 0, nil), index: -1}
	}
	return cursor{index: -1}
}

// next puts the next element into out.
func (c *cursor) next(f *frame, out *value) bool {
	if !f.spend(16) {
		return false
	}
	c.index++
	if c.of.kind == undefined {
		if c.index >= len(c.items) {
			return false
		}
		*out = c.items[c.index]
		return true
	}
	size := c.all.Size()
	b, ok := c.all.Next()
	if !ok || !f.spend((size-c.all.Size())/8) {
		return false
	}
	if c.index == 0 || out.kind != c.of.kind {
		*out = c.of
	}
	out.b = b
	if out.kind == entry {
		out.num = float64(c.index)
	}
	return true
}

// element is the value of one of a list's entries.
func element(v *value, index int, b []byte) value {
	if v.field.Kind == message.String {
		return value{kind: text, b: b}
	}
	return value{kind: entry, place: v.place, num: float64(index), field: v.field, typ: v.field.Type, b: b}
}

// at is the element of an array, or the character of a string, at an index; undefined where there is none.
func at(r *message.Request, f *frame, v *value, index float64) value {
	if index < 0 || index != math.Trunc(index) || index >= math.MaxInt32 {
		return value{}
	}
	i := int(index)
	switch v.kind {
	case text, wide:
		if v.markASCII(f) {
			if i >= len(v.b) {
				return value{}
			}
			return asciiOf(v.b[i : i+1])
		}
		if i >= v.length(f) {
			return value{}
		}
		return cut(f, *v, i, i+1)
	case array:
		if i < len(v.cell.items) {
			return v.cell.items[i]
		}
	case list:
		c := newCursor(r, v)
		var out value
		for c.next(f, &out) {
			if c.index == i {
				return out
			}
		}
	case skipped:
		return *v
	}
	return value{}
}
