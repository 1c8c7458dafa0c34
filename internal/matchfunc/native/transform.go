package native

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// finder is the test that a method of strings makes for a clean needle; nil for other methods.
func finder(name string, needle []byte) func([]byte) bool {
	switch name {
	case "startsWith":
		return func(b []byte) bool { return bytes.HasPrefix(b, needle) }
	case "endsWith":
		return func(b []byte) bool { return bytes.HasSuffix(b, needle) }
	case "includes":
		return func(b []byte) bool { return bytes.Contains(b, needle) }
	}
	return nil
}

func lower(f *frame, s value) value {
	if !s.markASCII(f) {
		return changeCase(f, s, cases.Lower(language.Und), newerLower)
	}
	return mapASCII(f, s, 'A', 'Z')
}

func upper(f *frame, s value) value {
	if !s.markASCII(f) {
		return changeCase(f, s, cases.Upper(language.Und), newerUpper)
	}
	return mapASCII(f, s, 'a', 'z')
}

// mapASCII swaps the case of the letters between two.
func mapASCII(f *frame, s value, from, to byte) value {
	i := 0
	for i < len(s.b) && (s.b[i] < from || s.b[i] > to) {
		i++
	}
	f.spend(len(s.b))
	if i == len(s.b) {
		return s
	}
	out := f.newBytes(len(s.b))
	if out == nil {
		return value{}
	}
	for i, c := range s.b {
		if c >= from && c <= to {
			c ^= 0x20
		}
		out[i] = c
	}
	return asciiOf(out)
}

// changeCase maps a string that isn't ASCII. Lone surrogates stay, and what is between them is mapped.
func changeCase(f *frame, s value, caser cases.Caser, newer func(rune) rune) value {
	u := s.unitsOf(f)
	if !f.spend(16*len(u)) || !f.reserve(8*len(u)) {
		return value{}
	}
	var out []uint16
	for len(u) > 0 {
		n := 0
		for n < len(u) && !lone(u, n) {
			n++
		}
		plain := string(utf16.Decode(u[:n]))
		if strings.ContainsRune(plain, 'Σ') && strings.ContainsFunc(plain, unsettling) {
			return f.throw(errCase)
		}
		out = append(out, utf16.Encode([]rune(caser.String(strings.Map(newer, plain))))...)
		if n < len(u) {
			out = append(out, u[n])
			n++
		}
		u = u[n:]
	}
	return f.wideOf(out)
}

// newerCases are the pairs of letters that Unicode 16 and 17 added, which package cases doesn't know and V8 does:
// ranges of capitals, and of the small letters that belong to them.
var newerCases = []struct{ first, last, small rune }{
	{0x1C89, 0x1C89, 0x1C8A}, {0xA7CB, 0xA7CB, 0x264}, {0xA7CC, 0xA7CC, 0xA7CD}, {0xA7CE, 0xA7CE, 0xA7CF},
	{0xA7D2, 0xA7D2, 0xA7D3}, {0xA7D4, 0xA7D4, 0xA7D5}, {0xA7DA, 0xA7DA, 0xA7DB}, {0xA7DC, 0xA7DC, 0x19B},
	{0x10D50, 0x10D65, 0x10D70}, {0x16EA0, 0x16EB8, 0x16EBB},
}

func newerLower(c rune) rune {
	for _, p := range newerCases {
		if c >= p.first && c <= p.last {
			return c - p.first + p.small
		}
	}
	return c
}

func newerUpper(c rune) rune {
	for _, p := range newerCases {
		if c >= p.small && c <= p.small+p.last-p.first {
			return c - p.small + p.first
		}
	}
	return c
}

// unsettling tells the characters next to which package cases and V8 don't agree whether a sigma is a word's last
// letter: those that are cased and to be ignored at once, and those newer than the tables.
func unsettling(c rune) bool {
	return c >= 0x80 && (c == 0x295 || c == 0x345 || c == 0x1171E || unicode.In(c, unicode.Lm, unicode.Cn))
}

// lone reports whether the unit at i is half of a surrogate pair without the other half.
func lone(u []uint16, i int) bool {
	switch {
	case u[i] >= 0xD800 && u[i] < 0xDC00:
		return i+1 == len(u) || u[i+1] < 0xDC00 || u[i+1] >= 0xE000
	case u[i] >= 0xDC00 && u[i] < 0xE000:
		return i == 0 || u[i-1] < 0xD800 || u[i-1] >= 0xDC00
	}
	return false
}

// maxPadded bounds the length of padded strings: longer ones are stopped, as V8 stops those above 2^29.
const maxPadded = 1 << 20

func pad(f *frame, s, a, b value, start bool) value {
	want := toInteger(a.toNumber(f))
	u := s.unitsOf(f)
	filler := []uint16{' '}
	if b.kind != undefined {
		t := b.toText(f)
		filler = t.unitsOf(f)
	}
	if want <= float64(len(u)) || len(filler) == 0 {
		return s
	}
	if want > maxPadded {
		return f.throw(errMemory)
	}
	n := int(want)
	out := f.newUnits(n)
	if out == nil || !f.spend(n) {
		return value{}
	}
	at := 0
	if !start {
		at = copy(out, u)
	}
	for i := range n - len(u) {
		out[at+i] = filler[i%len(filler)]
	}
	if start {
		copy(out[n-len(u):], u)
	}
	return f.wideOf(out)
}

func repeat(f *frame, s, a, _ value) value {
	u := s.unitsOf(f)
	n := int(math.Trunc(a.num))
	out := f.newUnits(n * len(u))
	if out == nil || !f.spend(len(out)) {
		return value{}
	}
	for i := range n {
		copy(out[i*len(u):], u)
	}
	return f.wideOf(out)
}

// replace is String.prototype.replace and replaceAll with a string as the pattern.
func replace(f *frame, s, a, b value, all bool) value {
	pattern, with := a.toText(f), b.toText(f)
	u, p, w := s.unitsOf(f), pattern.unitsOf(f), with.unitsOf(f)
	var out []uint16
	from, done := 0, 0
	for from <= len(u) {
		i := indexUnits(f, u, p, from)
		if i < 0 || f.err != nil {
			break
		}
		out = append(out, u[done:i]...)
		out = substitute(f, out, u, p, w, i)
		if !f.reserve(2*(i-done+len(w))) || len(out) > maxRoom/2 {
			return f.throw(errMemory)
		}
		if !f.spend(2 * (i - done + len(w))) { // out grows by copies of itself
			return value{}
		}
		done = i + len(p)
		from = i + max(1, len(p))
		if !all {
			break
		}
	}
	return f.wideOf(append(out, u[done:]...))
}

// substitute is GetSubstitution (ECMA-262 section 22.1.3.19.1) without captures.
func substitute(f *frame, out, u, p, w []uint16, at int) []uint16 {
	for i := 0; i < len(w); i++ {
		if w[i] != '$' || i+1 == len(w) {
			out = append(out, w[i])
			continue
		}
		i++
		switch w[i] {
		case '$':
			out = append(out, '$')
		case '&':
			out = append(out, p...)
		case '`':
			out = append(out, u[:at]...)
			f.spend(2 * at)
			f.reserve(2 * at)
		case '\'':
			out = append(out, u[at+len(p):]...)
			f.spend(2 * (len(u) - at))
			f.reserve(2 * (len(u) - at))
		default:
			out = append(out, '$', w[i])
		}
		if f.err != nil {
			return nil
		}
	}
	return out
}

// split is String.prototype.split with a string, or nothing, as the separator.
func split(f *frame, s, a, b value) value {
	limit := uint32(math.MaxUint32)
	if b.kind != undefined {
		limit = toUint32(b.toNumber(f))
	}
	sep := a.toText(f)
	if limit == 0 {
		return f.arrayOf(nil)
	}
	s.markASCII(f)
	if a.kind == undefined {
		return f.arrayOf([]value{s})
	}
	if n := sep.length(f); n == 0 {
		return splitUnits(f, s, limit)
	}
	if s.kind == text && sep.kind == text && (sep.markASCII(f) || clean(sep.b)) {
		return splitBytes(f, s, sep, limit)
	}
	u, p := s.unitsOf(f), sep.unitsOf(f)
	var items []value
	for from := 0; ; {
		i := indexUnits(f, u, p, from)
		if f.err != nil || !f.reserve(valueSize) || !f.spend(valueSize) {
			return value{}
		}
		if i < 0 {
			items = append(items, f.wideOf(u[from:]))
			return f.arrayOf(items)
		}
		items = append(items, f.wideOf(u[from:i]))
		if uint64(len(items)) >= uint64(limit) {
			return f.arrayOf(items)
		}
		from = i + len(p)
	}
}

func splitBytes(f *frame, s, sep value, limit uint32) value {
	if !f.spend(len(s.b) / 4) {
		return value{}
	}
	n := min(uint64(bytes.Count(s.b, sep.b))+1, uint64(limit))
	items := f.newItems(int(n))
	if items == nil {
		return value{}
	}
	rest := s.b
	for i := range items {
		piece := rest
		if at := bytes.Index(rest, sep.b); at >= 0 {
			piece, rest = rest[:at], rest[at+len(sep.b):]
		}
		items[i] = value{kind: text, b: piece, ascii: s.ascii}
	}
	return f.arrayOf(items)
}

func splitUnits(f *frame, s value, limit uint32) value {
	n := int(min(uint64(s.length(f)), uint64(limit)))
	items := f.newItems(n)
	if n == 0 || items == nil || !f.spend(8*n) {
		return f.arrayOf(nil)
	}
	if s.ascii {
		for i := range items {
			items[i] = asciiOf(s.b[i : i+1])
		}
		return f.arrayOf(items)
	}
	u := s.unitsOf(f)
	for i := range items {
		if i < len(u) {
			items[i] = f.wideOf(u[i : i+1])
		}
	}
	return f.arrayOf(items)
}
