package siptext

import (
	"cmp"
	"slices"
)

// readChargingVector reads P-Charging-Vector, which has to have an icid-value.
func readChargingVector(l *lexer, e *entries) {
	from := l.pos
	var ps params
	l.paramLine(ps.set)
	if _, ok := ps.get("icid-value"); !ok {
		l.failf("the icid-value is missing")
	}
	e.add(l, from, ps.joined(";"))
}

// paramLine reads parameters that semicolons divide.
func (l *lexer) paramLine(set func(param)) {
	for l.more() {
		p := l.param()
		if l.fault != nil {
			return
		}
		set(p)
		l.blanks()
		if c := l.ahead(0); c == '\n' || c == 0 {
			return
		}
		l.expect(';')
		l.blanks()
	}
}

// readChargingAddresses reads P-Charging-Function-Addresses, whose parameters come out in the order of a Java HashMap.
func readChargingAddresses(l *lexer, e *entries) {
	from := l.pos
	var all []param
	l.paramLine(func(p param) { all = append(all, p) })
	ordered := params{list: hashOrder(all)}
	e.add(l, from, ordered.joined(";"))
}

// hashOrder sorts parameters as a HashMap of their names iterates: by bucket, then by when the name came first.
func hashOrder(all []param) []param {
	var names []string
	of := map[string][]param{}
	for _, p := range all {
		name := lower(p.name)
		if _, seen := of[name]; !seen {
			names = append(names, name)
		}
		of[name] = append(of[name], p)
	}
	size := uint32(2)
	for uint32(len(names)) > size*3/4 {
		size *= 2
	}
	bucket := func(name string) uint32 { h := hash(name); return (h ^ h>>16) & (size - 1) }
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(bucket(a), bucket(b)) })
	var out []param
	for _, name := range names {
		out = append(out, of[name]...)
	}
	return out
}

// hash is Java's String.hashCode.
func hash(s string) (h uint32) {
	for _, r := range s {
		if r > 0xFFFF {
			r -= 0x10000
			h = 31*h + uint32(0xD800+r>>10)
			r = 0xDC00 + r&0x3FF
		}
		h = 31*h + uint32(r)
	}
	return h
}
