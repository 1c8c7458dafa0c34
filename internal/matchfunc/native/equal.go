package native

import "math"

// strictEqual is the operator === (ECMA-262 section 7.2.14). Objects are equal if they are the same one.
func strictEqual(f *frame, a, b *value) bool {
	switch a.kind {
	case text, wide:
		return (b.kind == text || b.kind == wide) && sameText(f, a, b)
	case skipped, completed:
		return b.kind == undefined
	}
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case number, boolean:
		return a.num == b.num
	case record:
		return a.place == b.place
	case entry, list, dict:
		return a.place == b.place && a.field == b.field && a.num == b.num && a.typ == b.typ
	case array, table:
		return a.cell == b.cell
	}
	return true
}

// bothNaN tells what includes finds and === doesn't (ECMA-262 section 7.2.11).
func bothNaN(a, b *value) bool {
	return a.kind == number && b.kind == number && math.IsNaN(a.num) && math.IsNaN(b.num)
}

// looseEqual is the operator == (ECMA-262 section 7.2.13) of two primitives, or two objects, or an object and null or
// undefined.
func looseEqual(f *frame, a, b *value) bool {
	aNull, bNull := of(a.kind).only(nullish), of(b.kind).only(nullish)
	switch {
	case aNull || bNull:
		return aNull && bNull
	case a.kind == b.kind, of(a.kind, b.kind).only(strs), !of(a.kind, b.kind).only(primitives):
		return strictEqual(f, a, b)
	}
	return a.toNumber(f) == b.toNumber(f)
}

// order is the outcome of a comparison.
type order int8

const (
	less order = iota - 1
	same
	more
	unordered
)

// compare is what the operators <, >, <= and >= stand on (ECMA-262 section 7.2.12), of two primitives.
func compare(f *frame, a, b *value) order {
	if of(a.kind, b.kind).only(strs) {
		return order(compareText(f, a, b)) // -1, 0 or 1
	}
	x, y := a.toNumber(f), b.toNumber(f)
	switch {
	case x < y:
		return less
	case x > y:
		return more
	case x == y:
		return same
	}
	return unordered
}
