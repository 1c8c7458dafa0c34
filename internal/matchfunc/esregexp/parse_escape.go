package esregexp

import (
	"slices"
	"strings"
	"unicode/utf16"
)

// atomEscape reads a backslash and what it means outside of a class.
func (p *parser) atomEscape() *node {
	p.pos++
	c := p.current()
	switch {
	case c == endOfPattern:
		p.fail("\\ at end of pattern")
	case '1' <= c && c <= '9':
		if index, ok := p.backrefIndex(); ok {
			return p.backref(index)
		}
		if p.unicode() {
			p.fail("Invalid escape")
		}
		if c >= '8' {
			p.pos++
			return p.char(c)
		}
		return p.char(p.octal())
	case c == '0':
		if p.unicode() && isDigit(p.next()) {
			p.fail("Invalid decimal escape")
		}
		return p.char(p.octal())
	case c == 'k' && (p.unicode() || p.anyNames(false)):
		p.pos++
		return p.namedBackref()
	}
	if set, ok := p.classEscape(); ok {
		return p.set(set)
	}
	return p.char(p.charEscape(false))
}

// octal reads up to three octal digits with a value below 256.
func (p *parser) octal() rune {
	v := rune(0)
	for range 3 {
		c := p.current()
		if c < '0' || c > '7' || v*8+c-'0' > 0xFF {
			break
		}
		v = v*8 + c - '0'
		p.pos++
	}
	return v
}

// classEscape reads \d, \p{...} and their kin, from after the backslash.
func (p *parser) classEscape() (charSet, bool) {
	c := p.current()
	var set charSet
	switch c {
	case 'd', 'D':
		set = digitSet
	case 's', 'S':
		set = spaceSet
	case 'w', 'W':
		set = p.words()
	case 'p', 'P':
		if p.unicode() {
			p.pos++
			return p.propertyEscape(c == 'P'), true
		}
		return nil, false
	default:
		return nil, false
	}
	p.pos++
	if c < 'a' {
		set = set.complement()
	}
	return set, true
}

// words is WordCharacters, ECMA-262 22.2.2.9.1.
func (p *parser) words() charSet {
	if p.fold != nil && p.unicode() {
		return p.fold.close(wordSet)
	}
	return wordSet
}

// propertyEscape reads {name} or {name=value}.
func (p *parser) propertyEscape(negated bool) charSet {
	if !p.eat('{') {
		p.fail("Invalid property name")
	}
	name := p.propertyWord()
	value, hasValue := "", p.eat('=')
	if hasValue {
		value = p.propertyWord()
	}
	if !p.eat('}') {
		p.fail("Invalid property name")
	}
	set, ok := property(name, value, hasValue)
	if !ok {
		if p.flags.has(unicodeSets) && !negated && !hasValue && slices.Contains(stringProperties, name) {
			p.unsupported("\\p{" + name + "} is a property of strings")
		}
		p.fail("Invalid property name")
	}
	p.countSpans(set)
	if negated {
		if p.fold != nil && p.flags.has(unicodeSets) {
			p.unsupported("\\P{...} with flags v and i")
		}
		set = set.complement()
	}
	return set
}

func (p *parser) propertyWord() string {
	var b strings.Builder
	for {
		c := p.current()
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if c < 0 || c > 127 || !letter && !isDigit(c) && c != '_' {
			return b.String()
		}
		b.WriteByte(byte(c))
		p.pos++
	}
}

// charEscape reads an escape that means one character, from after the backslash.
func (p *parser) charEscape(inClass bool) rune {
	c := p.current()
	if i := strings.IndexRune("fnrtv", c); i >= 0 {
		p.pos++
		return rune("\f\n\r\t\v"[i])
	}
	switch {
	case c == 'c':
		return p.controlEscape(inClass)
	case c == '0' && !isDigit(p.next()):
		p.pos++
		return 0
	case '0' <= c && c <= '7':
		if p.unicode() {
			p.fail("Invalid class escape")
		}
		return p.octal()
	case c == 'x' || c == 'u':
		return p.hexEscape(c)
	case c == endOfPattern:
		p.fail("\\ at end of pattern")
	}
	if !p.identityEscape(c, inClass) {
		p.fail("Invalid escape")
	}
	p.advance()
	return c
}

func (p *parser) identityEscape(c rune, inClass bool) bool {
	if !p.unicode() {
		return c != 'k' || !p.anyNames(inClass)
	}
	if c > 127 {
		return false
	}
	if inClass && p.flags.has(unicodeSets) && strings.ContainsRune("&-!#%,:;<=>@`~", c) {
		return true
	}
	return strings.ContainsRune("^$\\.*+?()[]{}|/", c) || inClass && c == '-'
}

// controlEscape reads \cX. Where X is no letter the backslash stands for
// itself, and the c is read again as a character.
func (p *parser) controlEscape(inClass bool) rune {
	c := p.next()
	letter := c < 128 && 'a' <= c|0x20 && c|0x20 <= 'z'
	switch {
	case letter, inClass && !p.unicode() && (isDigit(c) || c == '_'):
		p.pos += 2
		return c & 0x1F
	case p.unicode():
		p.fail("Invalid Unicode escape")
	}
	return '\\'
}

func (p *parser) hexEscape(c rune) rune {
	p.pos++
	start := p.pos
	if c == 'x' {
		if v, ok := p.hexDigits(2); ok {
			return v
		}
	} else if v, ok := p.unicodeEscape(); ok {
		return v
	}
	if p.unicode() {
		p.fail(map[rune]string{'x': "Invalid escape", 'u': "Invalid Unicode escape"}[c])
	}
	p.pos = start
	return c
}

// unicodeEscape reads what follows \u.
func (p *parser) unicodeEscape() (rune, bool) {
	if p.unicode() && p.eat('{') {
		v, digits := rune(0), false
		for ; hexValue(p.current()) >= 0; p.pos++ {
			v, digits = v*16+hexValue(p.current()), true
			if v > maxRune {
				return 0, false
			}
		}
		return v, digits && p.eat('}')
	}
	v, ok := p.hexDigits(4)
	if ok && p.unicode() && isLead(v) && p.current() == '\\' && p.next() == 'u' {
		start := p.pos
		p.pos += 2
		if t, ok := p.hexDigits(4); ok && isTrail(t) {
			return utf16.DecodeRune(v, t), true
		}
		p.pos = start
	}
	return v, ok
}

func (p *parser) hexDigits(n int) (rune, bool) {
	start, v := p.pos, rune(0)
	for range n {
		d := hexValue(p.current())
		if d < 0 {
			p.pos = start
			return 0, false
		}
		v = v*16 + d
		p.pos++
	}
	return v, true
}

func hexValue(c rune) rune {
	switch {
	case isDigit(c):
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f' && c < 128:
		return c | 0x20 - 'a' + 10
	}
	return -1
}
