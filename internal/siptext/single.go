package siptext

import (
	"strconv"
	"strings"
)

// The headers of which the first one becomes an extension.

func readCSeq(l *lexer, e *entries) {
	from := l.pos
	digits := l.digits()
	n, ok := parseLong(digits)
	if !ok || n > 1<<31 {
		l.failf("the CSeq is %s, expected a number up to 2147483648 and a method", quoted(trim(l.buf[from:])))
	}
	l.blanks()
	method := l.run(isTokenChar)
	if method == "" {
		l.failf("the CSeq has no method")
	}
	l.blanks()
	e.add(l, from, strconv.FormatInt(n, 10)+" "+strings.ToUpper(method))
	l.end()
}

func readAuthenticationInfo(l *lexer, e *entries) {
	from := l.pos
	l.blanks()
	scheme := ""
	p := l.param()
	if p.flag || p.value == "" && !p.quoted && !p.none {
		scheme = p.name + " "
		p = l.param()
	}
	var ps params
	ps.set(p)
	l.blanks()
	for l.skip(',') {
		l.blanks()
		ps.set(l.param())
		l.blanks()
	}
	e.add(l, from, scheme+ps.joined(","))
	l.end()
}

func readDisposition(l *lexer, e *entries) {
	var ps params
	l.blanks()
	from := l.pos
	kind := l.token()
	l.params(&ps)
	e.add(l, from, kind+ps.behind())
	l.blanks()
	l.end()
}

func readEvent(l *lexer, e *entries) { readDisposition(l, e) }

func readContentType(l *lexer, e *entries) {
	var ps params
	from := l.pos
	kind := l.token()
	l.blanks()
	l.expect('/')
	kind += "/" + l.token()
	l.params(&ps)
	e.add(l, from, kind+ps.behind())
	l.end()
}

// readText reads a header that is free text.
func readText(l *lexer, e *entries) {
	from := l.pos
	text := trim(l.rest())
	e.add(l, from, text)
}

func readPriority(l *lexer, e *entries) {
	from := l.pos
	text := l.run(func(r rune) bool { return isSafeChar(r) || r == ';' })
	l.blanks()
	e.add(l, from, text)
	l.end()
}

func readETag(l *lexer, e *entries) {
	from := l.pos
	tag := l.token()
	l.blanks()
	e.add(l, from, tag)
	l.end()
}

// readDialog reads Join and Replaces.
func readDialog(l *lexer, e *entries) {
	var ps params
	from := l.pos
	id := l.until(";,")
	l.params(&ps)
	e.add(l, from, id+ps.behind())
}

func readReferences(l *lexer, e *entries) { readDialog(l, e) }

func readSubscription(l *lexer, e *entries) {
	from := l.pos
	var ps params
	state, reason, expires, retry := l.token(), "", "", ""
	for l.skip(';') {
		l.blanks()
		p := l.param()
		switch lower(p.name) {
		case "reason":
			if p.none {
				l.crashf("an empty reason makes the EdgePort's parser fail")
			}
			reason = ";reason=" + p.value
		case "expires":
			expires = ";expires=" + itoa(l.atLeast(p, 0))
		case "retry-after":
			retry = ";retry-after=" + itoa(l.atLeast(p, 1))
		default:
			ps.set(p)
		}
		l.blanks()
	}
	e.add(l, from, state+reason+expires+retry+ps.behind())
}
