package esregexp

import (
	"slices"
	"sort"
)

const maxRune = 0x10FFFF

// span is an inclusive range of characters.
type span struct{ lo, hi rune }

// charSet is a set of characters: spans in order, apart from each other.
type charSet []span

var (
	digitSet = charSet{{'0', '9'}}
	wordSet  = charSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	// spaceSet is WhiteSpace and LineTerminator, ECMA-262 12.2 and 12.3.
	spaceSet = charSet{
		{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
		{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
	}
	newlineSet = charSet{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}
	anySet     = charSet{{0, maxRune}}
)

func single(c rune) charSet { return charSet{{c, c}} }

// normalize sorts spans and joins those that touch.
func normalize(s charSet) charSet {
	if len(s) < 2 {
		return s
	}
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:1]
	for _, r := range s[1:] {
		last := &out[len(out)-1]
		if r.lo > last.hi+1 {
			out = append(out, r)
		} else if r.hi > last.hi {
			last.hi = r.hi
		}
	}
	return out
}

func (s charSet) union(t charSet) charSet {
	return normalize(append(slices.Clone(s), t...))
}

func (s charSet) complement() charSet {
	var out charSet
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= maxRune {
		out = append(out, span{next, maxRune})
	}
	return out
}

func (s charSet) intersect(t charSet) charSet {
	var out charSet
	for len(s) > 0 && len(t) > 0 {
		lo, hi := max(s[0].lo, t[0].lo), min(s[0].hi, t[0].hi)
		if lo <= hi {
			out = append(out, span{lo, hi})
		}
		if s[0].hi < t[0].hi {
			s = s[1:]
		} else {
			t = t[1:]
		}
	}
	return out
}

func (s charSet) subtract(t charSet) charSet { return s.intersect(t.complement()) }

func (s charSet) size() int {
	n := 0
	for _, r := range s {
		n += int(r.hi-r.lo) + 1
	}
	return n
}

func (s charSet) contains(c rune) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].hi >= c })
	return i < len(s) && s[i].lo <= c
}

// matcherSet is a charSet made ready for matching.
type matcherSet struct {
	ascii [128]bool
	rest  charSet
}

func newMatcherSet(s charSet) *matcherSet {
	m := &matcherSet{rest: s.intersect(charSet{{128, maxRune}})}
	for c := range m.ascii {
		m.ascii[c] = s.contains(rune(c))
	}
	return m
}

func (m *matcherSet) has(c rune) bool {
	if c < 128 {
		return m.ascii[c]
	}
	return m.rest.contains(c)
}
