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
			l.failf("a URI needs a scheme: there is no colon in %s", quoted(u.other))
		}
		return u
	}
	l.pos += len(scheme)
	l.failf("expected a colon behind %s, found %s", scheme, l.found())
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
		probe.failf("the URI is missing")
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
