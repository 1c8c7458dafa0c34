package message

import (
	"bytes"
	"slices"
	"strings"
)

// Changes reports whether Amend with this answer gives another message: what somebody decoded and encoded again, and
// so wrote defaults or another order of fields, is the same.
func (a *Answer) Changes(r *Request) bool {
	if !same(sipPlace.Type(), r.sip(), a.body.Sub(answerMessage)) {
		return true
	}
	return a.body.Has(answerMetadata) &&
		!sameLists(metadataField, r.At(Root).List(metadataField), a.body.List(answerMetadata))
}

// same reports whether two checked messages of type t say the same.
func same(t *Type, a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var slots [2][20]span // a type has fewer fields
	x := Object{typ: t, data: a, slots: slots[0][:]}
	y := Object{typ: t, data: b, slots: slots[1][:]}
	x.seen = scan(t, a, span{0, uint32(len(a))}, x.slots) // Parse refuses more than 4 GiB
	y.seen = scan(t, b, span{0, uint32(len(b))}, y.slots)
	for _, f := range t.Fields {
		if !sameField(f, x, y) {
			return false
		}
	}
	return true
}

func sameField(f *Field, x, y Object) bool {
	a, b := x.piece(f), y.piece(f)
	switch {
	case f.Repeated || f.Map:
		return sameLists(f, x.List(f), y.List(f))
	case f.Kind == Message || f.Oneof: // set or not makes a difference
		if x.Has(f) != y.Has(f) {
			return false
		}
	}
	switch f.Kind {
	case Message:
		return same(f.Type, a, b)
	case String:
		return bytes.Equal(a, b)
	case Float:
		return f.FloatOf(a) == f.FloatOf(b)
	case Bool:
		return f.BoolOf(a) == f.BoolOf(b)
	default:
		return f.IntOf(a) == f.IntOf(b)
	}
}

// sameLists compares entry by entry; a map's entries may come in any order.
func sameLists(f *Field, a, b List) bool {
	if f.Map {
		return sameMaps(a, b)
	}
	for {
		x, ok := a.Next()
		y, too := b.Next()
		if !ok || !too {
			return ok == too
		}
		if f.Kind == Message && !same(f.Type, x, y) || f.Kind != Message && !bytes.Equal(x, y) {
			return false
		}
	}
}

func sameMaps(a, b List) bool {
	if bytes.Equal(a.data, b.data) {
		return true
	}
	x, y := entries(a), entries(b)
	return slices.EqualFunc(x, y, func(e, o [2]string) bool { return e == o })
}

// entries returns a map's entries by key, the last of each.
func entries(l List) (all [][2]string) {
	for entry, ok := l.Next(); ok; entry, ok = l.Next() {
		key, val := Entry(entry)
		all = append(all, [2]string{string(key), string(val)})
	}
	slices.SortStableFunc(all, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	slices.Reverse(all) // so that the last of equal keys is the first
	return slices.CompactFunc(all, func(a, b [2]string) bool { return a[0] == b[0] })
}
