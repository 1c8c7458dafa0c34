package esregexp

import "slices"

// classSet is what a class with flag v stands for: characters, and strings
// that aren't exactly one character long.
type classSet struct {
	chars      charSet
	strings    [][]rune
	mayStrings bool // MayContainStrings, ECMA-262 22.2.1.10
}

func (s classSet) hasString(word []rune) bool {
	return slices.ContainsFunc(s.strings, func(w []rune) bool { return slices.Equal(w, word) })
}

func (s classSet) union(t classSet) classSet {
	out := classSet{chars: s.chars.union(t.chars), strings: s.strings, mayStrings: s.mayStrings || t.mayStrings}
	for _, w := range t.strings {
		if !out.hasString(w) {
			out.strings = append(slices.Clip(out.strings), w)
		}
	}
	return out
}

func (s classSet) intersect(t classSet) classSet {
	out := classSet{chars: s.chars.intersect(t.chars), mayStrings: s.mayStrings && t.mayStrings}
	for _, w := range s.strings {
		if t.hasString(w) {
			out.strings = append(out.strings, w)
		}
	}
	return out
}

func (s classSet) subtract(t classSet) classSet {
	out := classSet{chars: s.chars.subtract(t.chars), mayStrings: s.mayStrings}
	for _, w := range s.strings {
		if !t.hasString(w) {
			out.strings = append(out.strings, w)
		}
	}
	return out
}

// stringsNode matches one member of set, the longest first.
func (p *parser) stringsNode(set classSet) *node {
	if len(set.strings) == 0 {
		return p.set(set.chars)
	}
	words := slices.Clone(set.strings)
	slices.SortStableFunc(words, func(a, b []rune) int { return len(b) - len(a) })
	var kids []*node
	for _, w := range words {
		if len(w) == 0 {
			break // the empty string comes last, after the characters
		}
		kids = append(kids, p.word(w))
	}
	kids = append(kids, p.set(set.chars))
	if len(words[len(words)-1]) == 0 {
		kids = append(kids, emptyNode())
	}
	return altNode(kids)
}

func (p *parser) word(w []rune) *node {
	var kids []*node
	for _, c := range w {
		kids = append(kids, p.char(c))
	}
	return seqNode(kids)
}
