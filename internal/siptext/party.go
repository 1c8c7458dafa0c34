package siptext

// fromOrTo reads a From or To.
func (l *lexer) fromOrTo() address {
	a := l.addressParams(plainValue, false)
	l.end()
	return a
}

// contacts reads a Contact's values.
func (l *lexer) contacts() (all []address) {
	for l.fault == nil {
		var a address
		if next := l.ahead(1); l.at('*') && (next == ' ' || next == '\t' || next == '\r' || next == '\n') {
			a = address{star: true, uri: uri{sip: true, hasUser: true, user: located{"*", place{l.pos, l.pos + 1}}, port: port{number: -1}}}
			l.pos++
		} else {
			a = l.addressParams(contactValue, false)
		}
		all = append(all, a)
		l.blanks()
		if l.skip(',') {
			l.blanks()
			continue
		}
		if c := l.ahead(0); c == '\n' || c == 0 {
			break
		}
		l.fail("unexpected %s behind a contact", l.found())
	}
	return all
}

// contactValue is how a Contact takes a parameter that had no semicolon.
func contactValue(ps *params, p param) {
	p.quoted = lower(p.name) == "methods"
	ps.setValue(p)
}

// routes reads the addresses of a Route and its like, which commas divide.
func (l *lexer) routes() (all []address) {
	for l.fault == nil {
		all = append(all, l.addressParams(plainValue, false))
		l.blanks()
		if l.skip(',') {
			l.blanks()
			continue
		}
		if !l.at('\n') {
			l.fail("unexpected %s behind an address", l.found())
		}
		break
	}
	return all
}

// credentials are an Authorization or a challenge.
type credentials struct {
	scheme located
	params params
}

// write returns them as the stack writes them again.
func (c credentials) write() string { return c.scheme.text + " " + c.params.joined(",") }

// credentials reads a scheme and its parameters.
func (l *lexer) credentials() (c credentials) {
	l.blanks()
	c.scheme.at.from = l.pos
	c.scheme.text = l.token()
	c.scheme.at.to = l.pos
	l.blanks()
	for l.more() {
		p := l.param()
		if l.fault != nil {
			break
		}
		c.params.set(p)
		l.blanks()
		if next := l.ahead(0); next == '\n' || next == 0 {
			break
		}
		l.expect(',')
		l.blanks()
	}
	return c
}

// via is one Via.
type via struct {
	transport located
	host      located
	port      port
	params    params
}

// vias reads a Via's values.
func (l *lexer) vias() (all []via) {
	for l.fault == nil {
		all = append(all, l.via())
		l.blanks()
		if l.skip(',') {
			l.blanks()
		}
		if l.at('\n') {
			break
		}
	}
	l.end()
	return all
}

func (l *lexer) via() (v via) {
	for range 2 { // protocol and version, which nobody looks at
		l.token()
		l.blanks()
		l.expect('/')
		l.blanks()
	}
	v.transport.at.from = l.pos
	v.transport.text = l.token()
	v.transport.at.to = l.pos
	l.blanks()
	v.host, v.port = l.hostPort(true)
	l.blanks()
	for l.skip(';') {
		l.blanks()
		p := l.viaParam()
		if p.name == "branch" && p.none {
			l.fail("the branch is empty")
		}
		if l.fault != nil {
			return v
		}
		v.params.set(p)
		l.blanks()
	}
	if l.skip('(') {
		l.viaComment()
	}
	return v
}

// viaParam reads a parameter of a Via: unlike others it has no IPv6 addresses but in received, and no flags.
func (l *lexer) viaParam() param {
	p := param{at: place{from: l.pos}}
	p.name = l.token()
	p.at.to = l.pos
	l.blanks()
	if l.fault != nil {
		return p
	}
	if !l.skip('=') {
		p.name, p.none = lower(p.name), true
		return p
	}
	l.blanks()
	p.at.from = l.pos
	switch {
	case lower(p.name) == "received":
		p.value = l.until(";,")
	case l.at('"'):
		p.value, p.quoted = l.quoted(), true
		p.at.from++
	default:
		p.value = l.token()
	}
	p.at.to = l.pos
	if p.quoted {
		p.at.to--
	}
	if l.forgive() {
		return param{name: p.name, none: true, at: place{p.at.from, p.at.from}}
	}
	p.name = lower(p.name)
	return p
}

// viaComment skips a comment behind a Via. One that ends in a backslash keeps the stack busy for ever.
func (l *lexer) viaComment() {
	for l.more() && !l.skip(')') {
		if l.at('\\') {
			l.pos++
		}
		if l.pos++; l.pos >= len(l.buf) {
			l.crash("a Via's comment that ends in a backslash never comes to an end in the EdgePort")
		}
	}
}
