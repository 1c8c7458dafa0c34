//go:build interop

package esregexp_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf16"
)

// generator makes up patterns and subjects that are likely to meet.
type generator struct {
	*rand.Rand
	flags string
	depth int
}

var (
	letters = strings.Split("a b c A B s S ſ k K \u212A ß ẞ é É ÿ Ÿ µ μ Μ σ ς Σ İ ı i I 𐐀 𐐨 😀 ǆ ǅ ﬅ ﬆ ΐ \u1FD3 θ ϑ "+
		"ϴ ᾀ ᾈ 北 0 1 _ - , . / ! & ~ # @ : ; = < >", " ")
	blanks = []string{"\n", "\r", "\u2028", "\u2029", " ", "\ufeff", "\x00", "\x7f"}
	lone   = []uint16{0xD83D, 0xDE00, 0xD801, 0xDC00}
	syntax = strings.Split(
		`\ ( ) [ ] { } * + ? | ^ $ . - , : = ! < > / & 0 1 2 8 k u x c p q b B d w (?: (?= (?! (?<= (?<! `+
			`(?<a> \k<a> \k \1 \2 \08 \u0061 \u{61} `+
			`\ud83d \ude00 \x4 \c \ca \c1 \p{L} {1 {1,} {,2} {2,1} [^ && -- \q{ a b`,
		" ",
	)
	classes = strings.Split(`\d \D \s \S \w \W`, " ")
	props   = strings.Split(
		`L Lu Ll Lt N Nd P S Z Cn Cs Letter Alphabetic Any ASCII Assigned Uppercase Lowercase White_Space `+
			`Emoji ID_Start CWCF Script=Greek sc=Latin scx=Grek scx=Deva gc=Lu Script_Extensions=Han XIDC Cased Nope`,
		" ",
	)
)

func (g *generator) pick(list []string) string { return list[g.IntN(len(list))] }

func (g *generator) one(of int) bool { return g.IntN(of) == 0 }

func (g *generator) unicode() bool { return strings.ContainsAny(g.flags, "uv") }

func (g *generator) newFlags() string {
	var b strings.Builder
	for _, f := range []string{"d", "g", "i", "m", "s", "y"} {
		if g.one(4) || f == "i" && g.one(3) {
			b.WriteString(f)
		}
	}
	switch g.IntN(8) {
	case 0, 1, 2:
		b.WriteString("u")
	case 3:
		b.WriteString("v")
	}
	return b.String()
}

// pattern makes up a pattern for g.flags; one in six is then damaged.
func (g *generator) pattern() []uint16 {
	p := utf16.Encode([]rune(g.alternatives()))
	if g.one(12) {
		p = append(p, lone[g.IntN(len(lone))])
	}
	for g.one(6) {
		at := g.IntN(len(p) + 1)
		if g.one(2) && at < len(p) {
			p = append(p[:at:at], p[at+1:]...)
			continue
		}
		p = append(p[:at:at], append(utf16.Encode([]rune(g.pick(syntax))), p[at:]...)...)
	}
	return p
}

func (g *generator) alternatives() string {
	var parts []string
	for {
		parts = append(parts, g.terms())
		if !g.one(4) {
			return strings.Join(parts, "|")
		}
	}
}

func (g *generator) terms() string {
	var b strings.Builder
	for n := g.IntN(4); n >= 0; n-- {
		b.WriteString(g.term())
	}
	return b.String()
}

func (g *generator) term() string {
	switch g.IntN(12) {
	case 0:
		return g.pick([]string{"^", "$", `\b`, `\B`})
	case 1:
		return g.look()
	}
	return g.atom() + g.quantifier()
}

func (g *generator) look() string {
	if g.depth > 3 {
		return "^"
	}
	g.depth++
	defer func() { g.depth-- }()
	return g.pick([]string{"(?=", "(?!", "(?<=", "(?<!"}) + g.alternatives() + ")"
}

func (g *generator) quantifier() string {
	q := ""
	switch g.IntN(9) {
	case 0:
		q = "*"
	case 1:
		q = "+"
	case 2:
		q = "?"
	case 3:
		least := g.IntN(4)
		q = "{" + strconv.Itoa(least) + g.pick([]string{"", ",", "," + strconv.Itoa(least+g.IntN(3))}) + "}"
	}
	if q != "" && g.one(3) {
		q += "?"
	}
	return q
}

func (g *generator) atom() string {
	switch n := g.IntN(16); {
	case n == 0:
		return "."
	case n == 1:
		return g.pick(classes)
	case n <= 3:
		return g.class()
	case n <= 7 && g.depth < 4:
		g.depth++
		defer func() { g.depth-- }()
		return g.pick([]string{"(", "(", "(", "(?:", "(?<a>", "(?<b1>"}) + g.alternatives() + ")"
	case n == 8:
		return `\` + strconv.Itoa(1+g.IntN(4))
	case n == 9 && g.unicode():
		return g.property()
	case n == 10:
		return g.escape()
	case n == 11 && g.one(2):
		return `\k<a>`
	}
	return g.literal()
}

func (g *generator) property() string {
	name := g.pick(props)
	if name == "Any" && strings.Contains(g.flags, "v") {
		name = "ASCII" // Node 20 itself crashes on /[\P{Any}]./v
	}
	return g.pick([]string{`\p{`, `\P{`}) + name + "}"
}

func (g *generator) escape() string {
	all := []string{`\n`, `\cJ`, `\x61`, `\u0061`, `\ud83d`, `\ude00`, `\ud83d\ude00`, `\/`, `\.`, `\0`}
	if g.unicode() {
		return g.pick(append(all, `\u{1F600}`, `\u{10400}`, `\u{17f}`))
	}
	return g.pick(append(all, `\-`, `\a`, `\101`, `\08`, `\8`, `\377`, `\400`, `\c1`, `\c`, `\u{61}`, `\x6`, `]`, `{`,
		`}`, `a{`, `\k`))
}

func (g *generator) literal() string {
	if g.one(12) {
		return g.pick(blanks)
	}
	l := g.pick(letters)
	if g.one(2) {
		l = g.pick([]string{"a", "b", "c"})
	}
	if strings.Contains("./", l) {
		return `\` + l
	}
	return l
}

func (g *generator) class() string {
	var b strings.Builder
	b.WriteString("[")
	if g.one(4) {
		b.WriteString("^")
	}
	v := strings.Contains(g.flags, "v")
	op := ""
	if v && g.one(3) {
		op = g.pick([]string{"--", "&&"})
	}
	for n := g.IntN(4); n >= 0; n-- {
		b.WriteString(g.member(v && g.depth < 3, op != ""))
		if n > 0 {
			b.WriteString(op)
		}
	}
	return b.String() + "]"
}

func (g *generator) member(sets, single bool) string {
	switch n := g.IntN(10); {
	case n == 0:
		return g.pick(classes)
	case n == 1 && g.unicode():
		return g.property()
	case n <= 3 && sets:
		g.depth++
		defer func() { g.depth-- }()
		return g.class()
	case n == 4 && sets:
		return `\q{` + g.pick([]string{"a", "ab|b", "abc|a|", "", "ß|ss"}) + "}"
	case n == 5:
		return g.pick([]string{`\b`, `\n`, `\cA`, `\x41`, `\u0061`, `\ud83d`, `\ud83d\ude00`, `\-`, `\]`, `\0`})
	case n == 6 && !single:
		return g.pick([]string{"a-c", "A-Z", "a-z", "0-9", "α-ω", "\u0080-\u00ff", "\u0100-\uffff", "à-þ"})
	case n == 7 && !g.unicode():
		return g.pick([]string{`\1`, `\c_`, `\c`, `\8`, `a-\d`, `\w-z`, "-", "[", "(", "^"})
	}
	return g.literal()
}

// subject makes up a string out of what patterns are made of.
func (g *generator) subject() []uint16 {
	s := []uint16{}
	for n := g.IntN(9); n > 0; n-- {
		switch g.IntN(10) {
		case 0:
			s = append(s, lone[g.IntN(len(lone))])
		case 1:
			s = append(s, utf16.Encode([]rune(g.pick(blanks)))...)
		case 2, 3, 4, 5:
			s = append(s, utf16.Encode([]rune(g.pick([]string{"a", "b", "c", "aa", "ab"})))...)
		default:
			s = append(s, utf16.Encode([]rune(g.pick(letters)))...)
		}
	}
	if g.one(4) && len(s) > 0 {
		s = append(s, s...)
	}
	return s
}
