package esregexp

import "slices"

// backref matches what a group captured, and returns the position after it
// (before it, in a lookbehind), or -1.
func backref[E unit](m *machine, i *inst, in []E, pos int) (int, error) {
	start, end := int(m.slots[2*i.slot]), int(m.slots[2*i.slot+1])
	from, to := pos, pos
	if start >= 0 && end >= 0 {
		if i.op == opBackref {
			to = pos + end - start
		} else {
			from = pos - (end - start)
		}
		if from < 0 || to > len(in) {
			return -1, nil
		}
		if err := m.spend(to - from); err != nil {
			return -1, err
		}
		same, err := equal(m, in, in[start:end], in[from:to])
		if err != nil || !same {
			return -1, err
		}
	}
	if i.op == opBackref {
		pos = to
	} else {
		pos = from
	}
	// Like V8: not even an empty one may end between the halves of a pair.
	if m.re.flags.has(unicodeMode) && insidePair(in, pos) {
		return -1, nil
	}
	return pos, nil
}

// equal compares a and b, both parts of in and of the same length.
func equal[E unit](m *machine, in, a, b []E) (bool, error) {
	re := m.re
	if re.fold == nil || slices.Equal(a, b) {
		return slices.Equal(a, b), nil
	}
	if re.flags.has(unicodeMode) {
		return equalPoints(m, in, points(a), points(b))
	}
	for k := range a {
		if a[k] != b[k] && re.fold.canonical(rune(a[k])) != re.fold.canonical(rune(b[k])) {
			return false, nil
		}
	}
	return true, nil
}

// equalPoints compares in unicode mode. There V8 compares simple case foldings
// where it stores the subject in one byte per character, and full ones (ß and
// ss are equal) where it takes two. A subject with a character above U+00FF
// takes two; for others it depends on where the string came from.
func equalPoints[E unit](m *machine, in []E, a, b []rune) (bool, error) {
	f := m.re.fold
	simple := slices.EqualFunc(a, b, func(x, y rune) bool { return f.canonical(x) == f.canonical(y) })
	full := slices.Equal(f.fold(a), f.fold(b))
	if simple == full {
		return simple, nil
	}
	if err := m.spend(len(in) >> 4); err != nil {
		return false, err
	}
	if !slices.ContainsFunc(in, func(u E) bool { return uint16(u) > 0xFF }) {
		return false, ErrAmbiguous
	}
	return full, nil
}

func points[E unit](units []E) []rune {
	out := make([]rune, 0, len(units))
	for i := 0; i < len(units); {
		c, next := pointAhead(units, i)
		out = append(out, c)
		i = next
	}
	return out
}
