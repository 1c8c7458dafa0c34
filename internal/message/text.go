package message

import (
	"unicode/utf16"
	"unicode/utf8"
)

// IsASCII reports whether b has bytes below 0x80 only, so that its bytes are its UTF-16 units.
func IsASCII(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// AppendUTF16 appends the text of b as rules see it: UTF-16 units, with U+FFFD in the place of each maximal subpart
// of an ill-formed sequence (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts").
func AppendUTF16(out []uint16, b []byte) []uint16 {
	for len(b) > 0 {
		if b[0] < 0x80 {
			out = append(out, uint16(b[0]))
			b = b[1:]
			continue
		}
		r, n := decodeRune(b)
		out = utf16.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// AppendUTF8 appends the text of b as rules see it in well-formed UTF-8: see AppendUTF16.
func AppendUTF8(out, b []byte) []byte {
	for len(b) > 0 {
		if b[0] < 0x80 {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		r, n := decodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

const replacement = '\uFFFD'

// decodeRune decodes the sequence that b, which isn't empty, begins with, by the table of well-formed sequences
// (Unicode 15, table 3-7). For an ill-formed one it returns U+FFFD and the length of its maximal subpart.
func decodeRune(b []byte) (r rune, n int) {
	first, low, high := b[0], byte(0x80), byte(0xBF)
	var size int
	switch {
	case first < 0x80:
		return rune(first), 1
	case first >= 0xC2 && first <= 0xDF:
		size, r = 2, rune(first&0x1F)
	case first >= 0xE0 && first <= 0xEF:
		size, r = 3, rune(first&0x0F)
		switch first {
		case 0xE0:
			low = 0xA0
		case 0xED:
			high = 0x9F
		}
	case first >= 0xF0 && first <= 0xF4:
		size, r = 4, rune(first&0x07)
		switch first {
		case 0xF0:
			low = 0x90
		case 0xF4:
			high = 0x8F
		}
	default:
		return replacement, 1
	}
	for n = 1; n < size; n++ {
		if n >= len(b) || b[n] < low || b[n] > high {
			return replacement, n
		}
		r = r<<6 | rune(b[n]&0x3F)
		low, high = 0x80, 0xBF
	}
	return r, size
}
