package esregexp

import (
	"slices"
	"strings"
)

// class reads a bracketed class, from its "[" to its "]".
func (p *parser) class() *node {
	p.pos++
	if p.flags.has(unicodeSets) {
		return p.stringsNode(p.setClass())
	}
	negated := p.eat('^')
	var set charSet
	for !p.eat(']') {
		set = append(set, p.classRange()...)
	}
	set = normalize(set)
	if p.fold != nil {
		set = p.fold.close(set)
	}
	if negated {
		set = set.complement()
	}
	return p.exactSet(set)
}

// classRange reads one member of a class without flag v: a character, an
// escape like \d, or a range.
func (p *parser) classRange() charSet {
	lo, loSet := p.classAtom()
	if p.current() != '-' {
		return loSet
	}
	p.pos++
	if p.current() == ']' || p.current() == endOfPattern {
		return append(slices.Clone(loSet), span{'-', '-'})
	}
	hi, hiSet := p.classAtom()
	if lo < 0 || hi < 0 {
		if p.unicode() {
			p.fail("Invalid character class")
		}
		return append(append(slices.Clone(loSet), span{'-', '-'}), hiSet...)
	}
	if lo > hi {
		p.fail("Range out of order in character class")
	}
	return charSet{{lo, hi}}
}

// classAtom reads a character, or an escape for a set: then c is -1.
func (p *parser) classAtom() (c rune, set charSet) {
	switch c = p.current(); c {
	case endOfPattern:
		p.fail("Unterminated character class")
	case '\\':
		p.pos++
		if set, ok := p.classEscape(); ok {
			return -1, set
		}
		if p.eat('b') {
			return '\b', single('\b')
		}
		c = p.charEscape(true)
	default:
		p.advance()
	}
	return c, single(c)
}

// setClass reads a class with flag v, from after its "[".
func (p *parser) setClass() classSet {
	p.enter()
	defer p.leave()
	negated := p.eat('^')
	var set classSet
	if !p.eat(']') {
		set = p.setOperations()
	}
	if !negated {
		return set
	}
	if set.mayStrings {
		p.fail("Negated character class may contain strings")
	}
	p.refuseFold("a negated class")
	return classSet{chars: set.chars.complement()}
}

// refuseFold refuses what flag i makes ambiguous in classes with flag v.
func (p *parser) refuseFold(what string) {
	if p.fold != nil {
		p.unsupported(what + " with flags v and i")
	}
}

// setOperations reads a union, an intersection or a subtraction up to "]".
func (p *parser) setOperations() classSet {
	set, isChar := p.setOperand()
	switch {
	case p.ahead("--"):
		p.refuseFold("a set operation")
		p.setChain("--", func() {
			other, _ := p.setOperand()
			set = set.subtract(other)
		})
	case p.ahead("&&"):
		p.refuseFold("a set operation")
		p.setChain("&&", func() {
			other, _ := p.setOperand()
			set = set.intersect(other)
		})
	default:
		set = p.setUnion(set, isChar)
	}
	return set
}

func (p *parser) setChain(operator string, operand func()) {
	for !p.eat(']') {
		if !p.ahead(operator) {
			p.fail("Invalid set operation in character class")
		}
		p.pos += 2
		if operator == "&&" && p.current() == '&' {
			p.fail("Invalid character in character class")
		}
		operand()
	}
}

// setUnion reads the rest of a union that began with set.
func (p *parser) setUnion(set classSet, isChar bool) classSet {
	last := set
	for {
		if p.current() == '-' && isChar {
			p.pos++
			lo := last.chars[0].lo
			hi, ok := p.setOperand()
			if !ok {
				p.fail("Invalid character class")
			}
			if lo > hi.chars[0].lo {
				p.fail("Range out of order in character class")
			}
			set = set.union(classSet{chars: charSet{{lo, hi.chars[0].lo}}})
		}
		if p.eat(']') {
			return set
		}
		if p.ahead("--") || p.ahead("&&") {
			p.fail("Invalid set operation in character class")
		}
		last, isChar = p.setOperand()
		set = set.union(last)
	}
}

// setOperand reads one operand; isChar says that it is a plain character.
func (p *parser) setOperand() (set classSet, isChar bool) {
	c := p.current()
	switch {
	case c == endOfPattern:
		p.fail("Unterminated character class")
	case c == '[':
		p.pos++
		return p.setClass(), false
	case c == '\\' && p.next() == 'q':
		p.pos += 2
		return p.quotedStrings(), false
	case c == '\\':
		p.pos++
		if chars, ok := p.classEscape(); ok {
			return classSet{chars: chars}, false
		}
		p.pos--
	}
	return classSet{chars: single(p.setChar())}, true
}

// setChar reads ClassSetCharacter.
func (p *parser) setChar() rune {
	c := p.current()
	if c == '\\' {
		p.pos++
		if p.eat('b') {
			return '\b'
		}
		return p.charEscape(true)
	}
	if strings.ContainsRune("()[]{}/-|", c) {
		p.fail("Invalid character in character class")
	}
	if c == p.next() && strings.ContainsRune("&!#$%*+,.:;<=>?@^`~", c) {
		p.fail("Invalid set operation in character class")
	}
	p.advance()
	return c
}

// quotedStrings reads {a|bc|...} after \q.
func (p *parser) quotedStrings() classSet {
	if !p.eat('{') {
		p.fail("Invalid escape")
	}
	p.refuseFold("\\q{...}")
	var set classSet
	var word []rune
	for {
		switch c := p.current(); c {
		case endOfPattern:
			p.fail("Invalid character class")
		case '|', '}':
			p.pos++
			if len(word) == 1 {
				set.chars = append(set.chars, span{word[0], word[0]})
			} else {
				set.strings = append(set.strings, word)
				set.mayStrings = true
			}
			word = nil
			if c == '}' {
				set.chars = normalize(set.chars)
				return set
			}
		default:
			word = append(word, p.setChar())
		}
	}
}

func (p *parser) ahead(s string) bool {
	return p.current() == rune(s[0]) && p.next() == rune(s[1])
}
