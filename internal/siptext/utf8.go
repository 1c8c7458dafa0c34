package siptext

import (
	"strings"
	"unicode/utf8"
)

// Decode returns b as an EdgePort's virtual machine decodes it: UTF-8, with one U+FFFD for each malformed sequence. A
// sequence that is cut off counts as one, and so do the three bytes of a surrogate; bytes that can't begin or go on one
// count each.
func Decode(b []byte) string { return decode(string(b)) }

func decode(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			n = malformed(s)
		}
		out.WriteRune(r)
		s = s[n:]
	}
	return out.String()
}

// malformed returns how many bytes one U+FFFD stands for, at the beginning of a text that isn't UTF-8.
func malformed(s string) int {
	b := s[0]
	second := byte(0)
	if len(s) > 1 {
		second = s[1]
	}
	switch {
	case b >= 0xE0 && b <= 0xEF:
		if !continues(s, 1) || b == 0xE0 && second < 0xA0 {
			return 1
		}
		if continues(s, 2) {
			return 3 // a surrogate
		}
		return 2
	case b >= 0xF0 && b <= 0xF4:
		if !continues(s, 1) || b == 0xF0 && second < 0x90 || b == 0xF4 && second > 0x8F {
			return 1
		}
		if continues(s, 2) {
			return 3
		}
		return 2
	}
	return 1
}

// continues reports whether the byte at i goes on a sequence.
func continues(s string, i int) bool { return i < len(s) && s[i]&0xC0 == 0x80 }

// CharLen returns how many bytes of a text become its first character when it is decoded. The text isn't empty.
func CharLen(s string) int { return charLen(s) }

// charLen returns how many bytes a text's first character has, or a malformed sequence in its place.
func charLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return malformed(s)
	}
	return n
}
