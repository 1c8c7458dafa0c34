package siptext

import "strings"

// located is a text and its place in the line.
type located struct {
	text string
	at   place
}

// port is a port number: -1 where there is none.
type port struct {
	number int32
	at     place
}

// hostPort reads a host and the port behind it. White space around the colon passes where blanks says so; then anything
// may follow.
func (l *lexer) hostPort(blanks bool) (located, port) {
	host, p := l.host(), port{number: -1}
	if blanks {
		l.blanks()
	}
	if l.fault != nil || l.pos >= len(l.buf) {
		return host, p
	}
	switch r, _ := l.char(); {
	case r == ':':
		l.pos++
		if blanks {
			l.blanks()
		}
		from := l.pos
		n, ok := parseInt(l.digits())
		if !ok {
			l.failf("expected a port number")
		}
		p = port{n, place{from, l.pos}}
	case isOneOf(r, ",;?> \t\r\n/"), blanks:
	default:
		l.failf("unexpected %s behind the host", l.found())
	}
	return host, p
}

// host reads a name or address. An IPv6 address gets brackets where it has none.
func (l *lexer) host() located {
	from := l.pos
	var text string
	switch {
	case l.at('['):
		text = l.reference()
	case l.fault == nil && twoColons(l.buf[min(l.pos, len(l.buf)):]):
		text = "[" + l.run(func(r rune) bool { return isAlphanumeric(r) || r == ':' }) + "]"
	default:
		text = l.run(func(r rune) bool { return isAlphanumeric(r) || isOneOf(r, "-._") })
	}
	if text == "" {
		l.failf("the host is missing")
	}
	return located{text, place{from, l.pos}}
}

// reference reads an IPv6 address in brackets.
func (l *lexer) reference() string {
	from := l.pos
	l.run(func(r rune) bool { return isHex(r) || isOneOf(r, ".:[") })
	if !l.skip(']') {
		l.failf("unexpected %s in an address in brackets", l.found())
		return ""
	}
	return l.buf[from:l.pos]
}

// twoColons reports whether two colons stand before the next comma, question mark or semicolon: by that the stack knows
// an IPv6 address without brackets.
func twoColons(s string) bool {
	s, _, _ = strings.Cut(s, ",")
	end := strings.IndexByte(s, '?')
	if semicolon := strings.IndexByte(s, ';'); end < 0 || semicolon >= 0 && end > semicolon {
		end = semicolon
	}
	if end >= 0 {
		s = s[:end]
	}
	return strings.Count(s, ":") >= 2
}
