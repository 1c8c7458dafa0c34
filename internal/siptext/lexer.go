package siptext

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// lexer reads one line, whose last character is a line feed, by the rules of the stack. Its first fault stays: from
// then on nothing matches and nothing is consumed, so that a caller asks for the fault once, at the end.
type lexer struct {
	buf   string
	pos   int
	fault *fault
	line  *line            // where buf comes from
	start int              // where the value begins
	now   func() time.Time // the EdgePort's clock
}

// fault is why a line can't be read.
type fault struct {
	at      int // byte of the line
	message string
	crash   bool // the stack's parser throws, instead of saying so
}

// failf notes a fault at the present place, unless there is one.
func (l *lexer) failf(format string, args ...any) {
	if l.fault == nil {
		l.fault = &fault{at: min(l.pos, len(l.buf)), message: fmt.Sprintf(format, args...)}
	}
}

// crashf notes a fault that the stack's parser doesn't expect.
func (l *lexer) crashf(format string, args ...any) {
	if l.fault == nil {
		l.failf(format, args...)
		l.fault.crash = true
	}
}

// forgive takes the fault back, as the stack does in some places, and reports whether there was one. A crash stays.
func (l *lexer) forgive() bool {
	if l.fault == nil || l.fault.crash {
		return false
	}
	l.fault = nil
	return true
}

// ahead returns the byte k behind the present one, 0 behind the end.
func (l *lexer) ahead(k int) byte {
	if l.pos+k < len(l.buf) {
		return l.buf[l.pos+k]
	}
	return 0
}

// char returns the present character and its length.
func (l *lexer) char() (rune, int) {
	if l.pos >= len(l.buf) {
		return 0, 0
	}
	return utf8.DecodeRuneInString(l.buf[l.pos:])
}

// at reports whether c comes next.
func (l *lexer) at(c byte) bool { return l.fault == nil && l.ahead(0) == c }

// more reports whether something comes before the line's end.
func (l *lexer) more() bool { return l.fault == nil && l.ahead(0) != '\n' }

// blanks skips spaces and tabs.
func (l *lexer) blanks() {
	for l.at(' ') || l.at('\t') {
		l.pos++
	}
}

// skip takes c where it comes next.
func (l *lexer) skip(c byte) bool {
	if !l.at(c) {
		return false
	}
	l.pos++
	return true
}

// expect takes c, which has to come next.
func (l *lexer) expect(c byte) {
	if !l.skip(c) {
		l.failf("expected %s, found %s", shown(c), l.found())
	}
}

// end expects the end of the line.
func (l *lexer) end() {
	if !l.skip('\n') {
		l.failf("unexpected %s", l.found())
	}
}

// found describes what comes next.
func (l *lexer) found() string {
	if r, n := l.char(); n > 0 && r != '\n' {
		return fmt.Sprintf("%q", r)
	}
	return "the end of the line"
}

func shown(c byte) string {
	if c == '\n' {
		return "the end of the line"
	}
	return fmt.Sprintf("%q", rune(c))
}

// run takes characters as long as they are of a kind; there may be none.
func (l *lexer) run(kind func(rune) bool) string {
	from := l.pos
	for l.fault == nil {
		r, n := l.char()
		if n == 0 || !kind(r) {
			break
		}
		l.pos += n
	}
	if from > len(l.buf) {
		return ""
	}
	return l.buf[from:l.pos]
}

// token takes a token, which has to come next.
func (l *lexer) token() string {
	if r, _ := l.char(); l.fault == nil && !isTokenChar(r) {
		l.failf("expected a token, found %s", l.found())
	}
	return l.run(isTokenChar)
}

// digits takes a number, "" where none comes next.
func (l *lexer) digits() string { return l.run(isDigit) }

// until takes what is before one of the stops or the end of the line, whichever comes first.
func (l *lexer) until(stops string) string {
	return l.run(func(r rune) bool { return r != 0 && r != '\n' && !isOneOf(r, stops) })
}

// before takes what is before c, which has to come.
func (l *lexer) before(c byte) string {
	s := l.run(func(r rune) bool { return r != rune(c) && r != 0 })
	if !l.at(c) {
		l.failf("expected %s", shown(c))
	}
	return s
}

// rest takes everything up to the end.
func (l *lexer) rest() string {
	from := min(l.pos, len(l.buf))
	l.pos = len(l.buf)
	return l.buf[from:]
}
