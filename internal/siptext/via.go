package siptext

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
			l.failf("the branch is empty")
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
			l.crashf("a Via's comment that ends in a backslash never comes to an end in the EdgePort")
		}
	}
}
