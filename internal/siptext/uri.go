package siptext

import "strings"

// uri is a URI of any scheme.
type uri struct {
	sip     bool   // sip or sips; else only other is set
	other   string // as the stack writes it again
	secure  bool
	hasUser bool
	user    located // "" where there is none
	// hasPassword tells an empty password from none.
	hasPassword bool
	password    located
	host        located
	port        port
	params      params
	headers     params
}

// write returns the URI as the stack writes it again.
func (u uri) write() string {
	if !u.sip {
		return u.other
	}
	var out strings.Builder
	if out.WriteString("sip"); u.secure {
		out.WriteString("s")
	}
	out.WriteString(":")
	if u.hasUser {
		if user := u.user.text; user != "" {
			out.WriteString(user)
		} else {
			out.WriteString("null") // an @ without a user: so does the stack write it
		}
		if u.hasPassword {
			out.WriteString(":" + u.password.text)
		}
		out.WriteString("@")
	}
	out.WriteString(u.host.text + u.port.write() + u.params.behind())
	if len(u.headers.list) > 0 {
		out.WriteString("?" + u.headers.joined("&"))
	}
	return out.String()
}

// uri reads a URI. Parameters behind it belong to it only where inner says so.
func (l *lexer) uri(inner bool) uri {
	scheme, c := l.peekScheme()
	switch {
	case l.fault != nil:
		return uri{}
	case strings.EqualFold(scheme, "sip"), strings.EqualFold(scheme, "sips"):
		if c == ':' {
			return l.sipURI(len(scheme), inner)
		}
	case strings.EqualFold(scheme, "tel"):
		if c == ':' {
			l.pos += len("tel:")
			return uri{other: "tel:" + l.telephone(inner)}
		}
	default:
		u := uri{other: l.uriText()}
		if !strings.Contains(u.other, ":") {
			l.fail("a URI needs a scheme: there is no colon in %s", quoted(u.other))
		}
		return u
	}
	l.pos += len(scheme)
	l.fail("expected a colon behind %s, found %s", scheme, l.found())
	return uri{}
}

// peekScheme looks at the token that comes next and at what is behind it.
func (l *lexer) peekScheme() (string, byte) {
	if l.fault != nil {
		return "", 0
	}
	probe := &lexer{buf: l.buf, pos: l.pos}
	scheme := probe.run(isTokenChar)
	if scheme == "" {
		probe.next("the URI is missing")
	}
	if r, _ := probe.char(); !isTokenChar(r) && probe.pos >= len(probe.buf) {
		probe.fail("the URI is missing")
	}
	if probe.fault != nil {
		l.fault = probe.fault
	}
	return scheme, probe.ahead(0)
}

// sipURI reads a SIP URI, whose scheme is known.
func (l *lexer) sipURI(scheme int, inner bool) uri {
	u := uri{sip: true, secure: scheme == len("sips")}
	l.pos += scheme + 1
	start := l.pos
	user := l.user("&?+$#/,;=")
	if l.skip(':') {
		u.password, u.hasPassword = l.user("&=+$,"), true
	}
	if l.skip('@') {
		u.user, u.hasUser = user, true
	} else {
		l.pos, u.password, u.hasPassword = start, located{}, false
	}
	u.host, u.port = l.hostPort(false)
	for l.fault == nil && l.pos < len(l.buf) && inner && l.skip(';') {
		if p, ok := l.uriParam(); ok {
			u.params.set(p)
		}
	}
	if l.skip('?') {
		l.uriHeaders(&u)
	}
	return u
}

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
				l.fail("this %% begins no escape")
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
