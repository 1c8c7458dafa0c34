package native

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// isASCII reports whether a string is text of ASCII only, so that its bytes are its UTF-16 units.
func (v *value) isASCII(f *frame) bool {
	if v.kind != text {
		return false
	}
	if v.ascii {
		return true
	}
	f.spend(len(v.b) / 8)
	return message.IsASCII(v.b)
}

// markASCII finds out whether a string is ASCII, once for several operations.
func (v *value) markASCII(f *frame) bool {
	v.ascii = v.isASCII(f)
	return v.ascii
}

// unitsOf returns a string's UTF-16 units.
func (v *value) unitsOf(f *frame) []uint16 {
	if v.kind == wide {
		return v.cell.units
	}
	f.spend(len(v.b))
	out := f.newUnits(len(v.b)) // there are never more units than bytes
	if out == nil {
		return nil
	}
	return message.AppendUTF16(out[:0], v.b)
}

// length is a string's length in UTF-16 units.
func (v *value) length(f *frame) int {
	switch {
	case v.kind == wide:
		return len(v.cell.units)
	case v.isASCII(f):
		return len(v.b)
	}
	return len(v.unitsOf(f))
}

// clean reports whether a text is the same in bytes exactly where it is the same in UTF-16: it is well-formed and has
// no U+FFFD, which ill-formed bytes stand for as well.
func clean(b []byte) bool {
	return utf8.Valid(b) && !bytes.Contains(b, replacement)
}

var replacement = []byte("\uFFFD")

// sameText reports whether two strings are equal.
func sameText(f *frame, a, b *value) bool {
	if a.kind == text && b.kind == text {
		switch {
		case len(a.b) == len(b.b) && bytes.Equal(a.b, b.b):
			return true
		case a.ascii || b.ascii, !f.spend((len(a.b) + len(b.b)) / 8):
			return false
		case utf8.Valid(a.b) && utf8.Valid(b.b):
			return false
		}
	}
	return slices.Equal(a.unitsOf(f), b.unitsOf(f))
}

// compareText orders two strings by their UTF-16 units.
func compareText(f *frame, a, b *value) int {
	if a.isASCII(f) && b.isASCII(f) {
		return bytes.Compare(a.b, b.b)
	}
	return slices.Compare(a.unitsOf(f), b.unitsOf(f))
}

// concat is the string a + b.
func concat(f *frame, a, b value) value {
	if a.kind == text && b.kind == text {
		if len(a.b) == 0 {
			return b
		}
		if len(b.b) == 0 {
			return a
		}
		if a.markASCII(f) && b.markASCII(f) || utf8.Valid(a.b) && utf8.Valid(b.b) {
			return joinBytes(f, a, b)
		}
	}
	x, y := a.unitsOf(f), b.unitsOf(f)
	out := f.newUnits(len(x) + len(y))
	if out == nil {
		return value{}
	}
	copy(out, x)
	copy(out[len(x):], y)
	return f.wideOf(out)
}

func joinBytes(f *frame, a, b value) value {
	out := f.newBytes(len(a.b) + len(b.b))
	if out == nil {
		return value{}
	}
	f.spend(len(out) / 8)
	copy(out, a.b)
	copy(out[len(a.b):], b.b)
	return value{kind: text, b: out, ascii: a.ascii && b.ascii}
}

// cut is the part of a string from one index to another, which must be in order and within it.
func cut(f *frame, v value, from, to int) value {
	if v.kind == text && v.ascii {
		return asciiOf(v.b[from:to])
	}
	u := v.unitsOf(f)
	if to > len(u) { // out of memory
		return value{}
	}
	return f.wideOf(u[from:to])
}

// indexFrom is the index of the first occurrence of needle at or behind from, which is within s; -1 if there is none.
func indexFrom(f *frame, s, needle value, from int) int {
	if s.markASCII(f) && needle.markASCII(f) {
		f.spend((len(s.b) - from) / 8)
		i := bytes.Index(s.b[from:], needle.b)
		if i < 0 {
			return -1
		}
		return i + from
	}
	return indexUnits(f, s.unitsOf(f), needle.unitsOf(f), from)
}

// indexUnits takes from the budget what it looked at, so that whoever asks for one occurrence after the other pays for
// the string once.
func indexUnits(f *frame, s, needle []uint16, from int) int {
	for i := from; i+len(needle) <= len(s); i++ {
		if len(needle) > 0 && s[i] != needle[0] {
			continue
		}
		n := 0
		for n < len(needle) && s[i+n] == needle[n] {
			n++
		}
		if n == len(needle) {
			if !f.spend(i - from + 1) {
				return -1
			}
			return i
		}
		if !f.spend(n) {
			return -1
		}
	}
	f.spend(len(s) - from)
	return -1
}

// lastIndexFrom is the index of the last occurrence of needle at or before from; -1 if there is none.
func lastIndexFrom(f *frame, s, needle value, from int) int {
	u, n := s.unitsOf(f), needle.unitsOf(f)
	for i := min(from, len(u)-len(n)); i >= 0; i-- {
		if !f.spend(1 + len(n)/8) {
			return -1
		}
		if slices.Equal(u[i:i+len(n)], n) {
			return i
		}
	}
	return -1
}

// containsText is String.prototype.includes from the start; it needn't decode the string where the needle is clean.
func containsText(f *frame, s, needle *value) bool {
	if s.kind == text && needle.kind == text && (needle.isASCII(f) || clean(needle.b)) {
		return f.spend(len(s.b)/8) && bytes.Contains(s.b, needle.b)
	}
	return indexFrom(f, *s, *needle, 0) >= 0
}

func hasPrefix(f *frame, s, prefix *value) bool {
	if s.kind == text && prefix.kind == text && (prefix.isASCII(f) || clean(prefix.b)) {
		return bytes.HasPrefix(s.b, prefix.b)
	}
	u, p := s.unitsOf(f), prefix.unitsOf(f)
	return len(u) >= len(p) && slices.Equal(u[:len(p)], p)
}

func hasSuffix(f *frame, s, suffix *value) bool {
	if s.kind == text && suffix.kind == text && (suffix.isASCII(f) || clean(suffix.b)) {
		return bytes.HasSuffix(s.b, suffix.b)
	}
	u, p := s.unitsOf(f), suffix.unitsOf(f)
	return len(u) >= len(p) && slices.Equal(u[len(u)-len(p):], p)
}

// isSpace tells what trim removes and Number ignores (ECMA-262 section 12.2 and 12.3).
func isSpace(u uint16) bool {
	switch u {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return u >= 0x2000 && u <= 0x200A
}

// trim removes white space from the start and the end of a string, as wanted.
func trim(f *frame, v value, start, end bool) value {
	if v.markASCII(f) {
		b := v.b
		for start && len(b) > 0 && isSpace(uint16(b[0])) {
			b = b[1:]
		}
		for end && len(b) > 0 && isSpace(uint16(b[len(b)-1])) {
			b = b[:len(b)-1]
		}
		return asciiOf(b)
	}
	u := v.unitsOf(f)
	for start && len(u) > 0 && isSpace(u[0]) {
		u = u[1:]
	}
	for end && len(u) > 0 && isSpace(u[len(u)-1]) {
		u = u[:len(u)-1]
	}
	return f.wideOf(u)
}

// maxWords bounds how much of a message gets into an error's, in bytes or UTF-16 units.
const maxWords = 256

// words is a primitive value as text for an error's message.
func (v value) words(f *frame) string {
	s := v.toText(f)
	if s.kind == wide {
		return string(utf16.Decode(s.cell.units[:min(len(s.cell.units), maxWords)]))
	}
	return string(message.AppendUTF8(nil, s.b[:min(len(s.b), maxWords)]))
}
