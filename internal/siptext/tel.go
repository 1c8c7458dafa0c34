package siptext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// telephone reads a telephone number (RFC 3966) and returns it as the stack writes it again. The EdgePort has no place
// for one but in extensions.
func (l *lexer) telephone(inner bool) string {
	var plus, number string
	if l.skip('+') {
		plus = "+"
		number = l.phoneDigits(func(r rune) bool { return isDigit(r) || isOneOf(r, "-.()") })
	} else {
		number = l.phoneDigits(func(r rune) bool { return isHex(r) || isOneOf(r, "*#-.()") })
	}
	var ps params
	if inner && l.skip(';') {
		ps = l.phoneParams()
	}
	return plus + number + ps.behind()
}

// phoneDigits reads a number's digits and visual separators, of which there has to be one.
func (l *lexer) phoneDigits(kind func(rune) bool) string {
	digits := l.run(kind)
	if digits == "" && l.pos < len(l.buf) {
		l.failf("expected a telephone number, found %s", l.found())
	}
	return digits
}

// phoneParams reads a number's parameters.
func (l *lexer) phoneParams() (ps params) {
	for l.fault == nil {
		name := l.user("[]/:&+$").text
		p := param{name: name, flag: true}
		switch {
		case strings.EqualFold(name, "phone-context"):
			p = param{name: "phone-context", value: l.phoneContext()}
		case l.skip('='):
			p = param{name: name, value: l.user("[]/:&+$").text}
		}
		ps.set(p)
		if !l.skip(';') {
			break
		}
	}
	return ps
}

// phoneContext reads a domain name or the beginning of a global number.
func (l *lexer) phoneContext() string {
	l.expect('=')
	if l.skip('+') {
		return "+" + l.phoneDigits(func(r rune) bool { return isDigit(r) || isOneOf(r, "-.()") })
	}
	if r, _ := l.char(); l.fault == nil && !isAlphanumeric(r) {
		l.failf("expected a phone-context, found %s", l.found())
	}
	return l.token()
}

// write returns the port behind its colon, "" where there is none.
func (p port) write() string {
	if p.number == -1 {
		return ""
	}
	return ":" + strconv.Itoa(int(p.number))
}

// lastChar returns the last character of a text and its length.
func lastChar(s string) (rune, int) { return utf8.DecodeLastRuneInString(s) }
