package siptext

import "strings"

// user reads a user or a password: unreserved and escaped characters, and those in more.
func (l *lexer) user(more string) located {
	from := l.pos
	for l.fault == nil {
		r, n := l.char()
		if n > 0 && (isUnreserved(r) || isOneOf(r, more)) {
			l.pos += n
		} else if n = l.escape(); n > 0 {
			l.pos += n
		} else {
			break
		}
	}
	return located{l.buf[min(from, len(l.buf)):l.pos], place{from, l.pos}}
}

// escape returns the length of the escaped character that comes next, 0 where there is none.
func (l *lexer) escape() int {
	if l.ahead(0) != '%' {
		return 0
	}
	n := 1
	for range 2 {
		probe := &lexer{buf: l.buf, pos: l.pos + n}
		r, size := probe.char()
		if !isHex(r) {
			return 0
		}
		n += size
	}
	return n
}

// uriParam reads one parameter of a URI; one without name and value isn't one.
func (l *lexer) uriParam() (param, bool) {
	name := l.user("[]/:&+$")
	p := param{name: name.text, flag: true, at: name.at}
	if l.skip('=') {
		value := l.user("[]/:&+$")
		p.value, p.flag, p.at = value.text, false, value.at
	}
	return p, p.name != "" || p.value != ""
}

// uriHeaders reads what is behind a question mark.
func (l *lexer) uriHeaders(u *uri) {
	for l.fault == nil && l.pos < len(l.buf) {
		name := l.before('=')
		l.skip('=')
		u.headers.set(param{name: name, value: l.headerValue()})
		if l.pos < len(l.buf) && l.ahead(0) != '&' {
			return
		}
		l.pos++
	}
}

// headerValue reads the value of a URI's header.
func (l *lexer) headerValue() string {
	from := min(l.pos, len(l.buf))
	for l.fault == nil {
		r, n := l.char()
		switch {
		case n > 0 && (isAlphanumeric(r) || isOneOf(r, `+?:[]/$_-"!~*.()`)):
			l.pos += n
		case r == '%':
			if n = l.escape(); n == 0 {
				l.failf("this %% begins no escape")
			}
			l.pos += n
		default:
			return l.buf[from:l.pos]
		}
	}
	return ""
}

// uriText reads a URI of another scheme. The stack writes an escaped character again without its last digit.
func (l *lexer) uriText() string {
	var out strings.Builder
	for l.fault == nil {
		r, n := l.char()
		switch escape := l.escape(); {
		case n > 0 && (isUnreserved(r) || isOneOf(r, ";/?:=@&+$,")):
			out.WriteString(l.buf[l.pos : l.pos+n])
			l.pos += n
		case escape > 0:
			_, last := lastChar(l.buf[l.pos : l.pos+escape])
			out.WriteString(l.buf[l.pos : l.pos+escape-last])
			l.pos += escape
		case r == '[':
			host, p := l.hostPort(false)
			out.WriteString(host.text + p.write())
		default:
			return out.String()
		}
	}
	return out.String()
}
