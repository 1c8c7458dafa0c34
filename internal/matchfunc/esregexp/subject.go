package esregexp

import (
	"unicode/utf16"
	"unsafe"
)

// Subject is a string to match against, as a sequence of UTF-16 code units.
// The zero Subject is the empty string. It refers to the memory it was made
// from, which must not change while it is in use.
type Subject struct {
	narrow []uint8  // one code unit per byte
	wide   []uint16 // used when not nil
}

// ASCII is the Subject of a string that holds no byte above 0x7F. It copies
// nothing and doesn't look at s; other strings give wrong answers.
func ASCII(s string) Subject {
	// Matching only reads, so that the string's memory stays unchanged.
	return Subject{narrow: unsafe.Slice(unsafe.StringData(s), len(s))}
}

// UTF16 is the Subject of code units, which may hold unpaired surrogates.
func UTF16(units []uint16) Subject { return Subject{wide: units} }

// Len is the number of code units.
func (s Subject) Len() int {
	if s.wide != nil {
		return len(s.wide)
	}
	return len(s.narrow)
}

// insidePair reports whether index i is between the halves of a surrogate pair.
func (s Subject) insidePair(i int) bool {
	return s.wide != nil && insidePair(s.wide, i)
}

// Advance is AdvanceStringIndex, ECMA-262 22.2.7.3: the index after the one
// character at index i, which in unicode mode may be a surrogate pair.
func (re *Regexp) Advance(s Subject, i int) int {
	if re.flags.has(unicodeMode) && s.insidePair(i+1) {
		return i + 2
	}
	return i + 1
}

type unit interface{ uint8 | uint16 }

func insidePair[E unit](in []E, i int) bool {
	return i > 0 && i < len(in) && isLead(rune(in[i-1])) && isTrail(rune(in[i]))
}

// pointAhead is the code point that starts at i, and where it ends; c is -1
// at the end and between the halves of a pair.
func pointAhead[E unit](in []E, i int) (c rune, end int) {
	if i >= len(in) || insidePair(in, i) {
		return -1, i
	}
	c = rune(in[i])
	if insidePair(in, i+1) {
		return utf16.DecodeRune(c, rune(in[i+1])), i + 2
	}
	return c, i + 1
}

// pointBehind is the code point that ends at i, and where it starts.
func pointBehind[E unit](in []E, i int) (c rune, start int) {
	if i == 0 || insidePair(in, i) {
		return -1, i
	}
	c = rune(in[i-1])
	if insidePair(in, i-1) {
		return utf16.DecodeRune(rune(in[i-2]), c), i - 2
	}
	return c, i - 1
}
