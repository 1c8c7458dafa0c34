package siptext

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The stack decides by Java's notions of letters, digits and numbers; these are they.

// isLetter reports whether the stack takes r for a letter.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r <= 0xFFFF && unicode.In(r, unicode.Ll, unicode.Lu, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

// isDigit reports whether the stack takes r for a decimal digit, of whichever script.
func isDigit(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9'
	}
	return r <= 0xFFFF && unicode.Is(unicode.Nd, r)
}

// isAlphanumeric reports whether r is a letter or a digit.
func isAlphanumeric(r rune) bool { return isLetter(r) || isDigit(r) }

// isTokenChar reports whether the stack takes r into a token (RFC 3261, section 25.1, and letters of every script).
func isTokenChar(r rune) bool { return isAlphanumeric(r) || isOneOf(r, "-.!%*_+`'~") }

// isSafeChar reports whether r may be in an identifier of the looser kind, which has separators too.
func isSafeChar(r rune) bool { return isAlphanumeric(r) || isOneOf(r, "_+-!`'./}{][^|~%#@$:?\"*") }

// isHex reports whether r is a hexadecimal digit, or a digit of any script.
func isHex(r rune) bool { return r >= 'A' && r <= 'F' || r >= 'a' && r <= 'f' || isDigit(r) }

// isUnreserved reports whether r stands for itself in a URI.
func isUnreserved(r rune) bool { return isAlphanumeric(r) || isOneOf(r, "-_.!~*'()") }

func isOneOf(r rune, set string) bool {
	return r < utf8.RuneSelf && r != 0 && strings.IndexByte(set, byte(r)) >= 0
}

// digitValue returns what r counts for in numbers of a base up to 16, -1 where it is no digit of it.
func digitValue(r rune, base int) int64 {
	v := int64(-1)
	switch {
	case r >= '0' && r <= '9':
		v = int64(r - '0')
	case r >= 'a' && r <= 'f' || r >= 0xFF41 && r <= 0xFF46:
		v = int64((r-'a')%0xFEE0) + 10
	case r >= 'A' && r <= 'F' || r >= 0xFF21 && r <= 0xFF26:
		v = int64((r-'A')%0xFEE0) + 10
	case r >= utf8.RuneSelf && isDigit(r):
		v = blockDigit(r)
	}
	if v >= int64(base) {
		return -1
	}
	return v
}

// blockDigit returns the value of a digit beyond ASCII: they stand in runs of ten.
func blockDigit(r rune) int64 {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int64(r-rune(t.Lo)) % 10
		}
	}
	return -1
}

// parseNumber reads a whole number as Java's Integer.parseInt and Long.parseLong do: a sign may stand before it.
func parseNumber(s string, base int, limit int64) (int64, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	var n uint64
	bound := uint64(limit)
	if negative {
		bound++
	}
	for _, r := range s {
		d := digitValue(r, base)
		if d < 0 {
			return 0, false
		}
		if n > (bound-uint64(d))/uint64(base) {
			return 0, false
		}
		n = n*uint64(base) + uint64(d)
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// parseInt reads a number of 32 bits, parseLong one of 64.
func parseInt(s string) (int32, bool) {
	n, ok := parseNumber(s, 10, math.MaxInt32)
	return int32(n), ok
}

func parseLong(s string) (int64, bool) { return parseNumber(s, 10, math.MaxInt64) }

// javaFloat is what Float.parseFloat takes.
var javaFloat = regexp.MustCompile(`^[+-]?(NaN|Infinity|((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|0[xX]([0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?\d+)[fFdD]?)$`)

// parseFloat reads a float of 32 bits.
func parseFloat(s string) (float32, bool) {
	s = trim(s)
	if !javaFloat.MatchString(s) {
		return 0, false
	}
	if !strings.HasSuffix(s, "NaN") && !strings.HasPrefix(strings.TrimLeft(s, "+-"), "0x") &&
		!strings.HasPrefix(strings.TrimLeft(s, "+-"), "0X") ||
		strings.ContainsAny(s, "pP") {
		s = strings.TrimRight(s, "fFdD")
	}
	if strings.HasSuffix(s, "NaN") {
		return float32(math.NaN()), true
	}
	n, err := strconv.ParseFloat(s, 32)
	if err != nil && !math.IsInf(n, 0) {
		return 0, false
	}
	return float32(n), true
}

// trim takes off white space and control characters, as Java's String.trim does.
func trim(s string) string { return strings.Trim(s, controls) }

// trimRight takes them off the end only.
func trimRight(s string) string { return strings.TrimRight(s, controls) }

// controls are the characters up to the space.
const controls = "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n" +
	"\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

// lower maps to lower case as Java does, whose dotted capital I becomes two characters.
func lower(s string) string { return strings.ToLower(strings.ReplaceAll(s, "\u0130", "i\u0307")) }
