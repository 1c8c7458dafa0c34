package siptext

import (
	"strconv"
	"strings"
)

// The headers that are numbers.

func readMIMEVersion(l *lexer, e *entries) {
	from := l.pos
	major := l.wholeNumber()
	l.expect('.')
	minor := l.wholeNumber()
	l.blanks()
	e.add(l, from, itoa(major)+"."+itoa(minor))
	l.end()
}

// wholeNumber reads a number where the stack's parser throws if there is none.
func (l *lexer) wholeNumber() int32 {
	if l.fault != nil {
		return 0
	}
	n, ok := parseInt(l.digits())
	if !ok {
		l.crashf("expected a number up to 2147483647, and without one the EdgePort's parser fails")
	}
	return n
}

// wholeLong reads a number of 64 bits alike.
func (l *lexer) wholeLong() int64 {
	if l.fault != nil {
		return 0
	}
	n, ok := parseLong(l.digits())
	if !ok {
		l.crashf("expected a number, and without one the EdgePort's parser fails")
	}
	return n
}

func readMinExpires(l *lexer, e *entries) {
	from := l.pos
	n := l.wholeNumber()
	l.blanks()
	e.add(l, from, itoa(n))
	l.end()
}

// maxSequence is the largest number that the stack takes in RSeq and RAck.
const maxSequence = 1 << 31

func readRSeq(l *lexer, e *entries) {
	from := l.pos
	n := l.wholeLong()
	if n <= 0 || n > maxSequence {
		l.failf("RSeq is %d, expected 1 to 2147483648", n)
	}
	l.blanks()
	e.add(l, from, strconv.FormatInt(n, 10))
	l.end()
}

func readRAck(l *lexer, e *entries) {
	from := l.pos
	rseq := l.wholeLong()
	if rseq <= 0 {
		l.failf("the first number is %d, expected 1 or more", rseq)
	}
	l.blanks()
	cseq := l.wholeLong()
	if cseq <= 0 || cseq > maxSequence {
		l.failf("the second number is %d, expected 1 to 2147483648", cseq)
	}
	l.blanks()
	method := l.token()
	l.blanks()
	e.add(l, from, strconv.FormatInt(rseq, 10)+" "+strconv.FormatInt(cseq, 10)+" "+method)
	l.end()
}

// readSeconds reads Session-Expires and Min-SE.
func readSeconds(l *lexer, e *entries) {
	var ps params
	from := l.pos
	text := l.run(isTokenChar)
	n, ok := parseInt(text)
	if !ok || n < 0 {
		l.failf("%s is no number up to 2147483647", quoted(text))
	}
	l.params(&ps)
	e.add(l, from, itoa(n)+ps.behind())
}

func readRetryAfter(l *lexer, e *entries) {
	var ps params
	from := l.pos
	seconds := l.digits()
	n, ok := parseInt(seconds)
	if !ok {
		l.failf("expected a number of seconds")
	}
	l.blanks()
	comment := ""
	if l.at('(') {
		comment = " (" + l.comment() + ")"
	}
	l.blanks()
	for l.skip(';') {
		l.blanks()
		name := l.token()
		if !strings.EqualFold(name, "duration") {
			l.blanks()
		}
		l.expect('=')
		l.blanks()
		if strings.EqualFold(name, "duration") {
			d, ok := parseInt(l.digits())
			if !ok {
				l.failf("expected a duration in seconds")
			}
			ps.set(param{name: "duration", value: itoa(d)})
		} else {
			ps.setValue(param{name: name, value: l.token()})
		}
		l.blanks()
	}
	e.add(l, from, itoa(n)+comment+ps.behind())
}

// atLeast reads a parameter's number.
func (l *lexer) atLeast(p param, least int32) int32 {
	n, ok := parseInt(p.value)
	if l.fault == nil && (!ok || n < least) {
		l.failf("%s is %s, expected a number of %d or more", p.name, quoted(p.value), least)
	}
	return n
}

func readTimestamp(l *lexer, e *entries) {
	from := l.pos
	whole, fraction, dot := l.decimal()
	var value string
	if dot {
		value = l.float(whole + "." + fraction)
	} else {
		n, ok := parseLong(whole)
		if !ok {
			l.failf("expected a number")
		}
		value = strconv.FormatInt(n, 10)
	}
	l.blanks()
	if l.more() {
		whole, fraction, dot = l.decimal()
		if dot {
			value += " " + l.float(whole+"."+fraction)
		} else {
			n, ok := parseInt(whole)
			if !ok {
				l.failf("the delay isn't a number")
			}
			value += " " + formatFloat(float32(n))
		}
	}
	e.add(l, from, value)
}

// decimal reads digits, and digits behind a dot.
func (l *lexer) decimal() (whole, fraction string, dot bool) {
	whole = l.digits()
	if l.skip('.') {
		return whole, l.digits(), true
	}
	return whole, "", false
}

// float writes a number with a fraction again.
func (l *lexer) float(s string) string {
	f, ok := parseFloat(s)
	if !ok {
		l.failf("%s is no number", quoted(s))
	}
	return formatFloat(f)
}

func itoa(n int32) string { return strconv.FormatInt(int64(n), 10) }
