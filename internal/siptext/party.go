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
			a = address{star: true, uri: uri{sip: true, hasUser: true, user: located{"*", place{l.pos, l.pos + 1}},
				port: port{number: -1}}}
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
		l.failf("unexpected %s behind a contact", l.found())
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
			l.failf("unexpected %s behind an address", l.found())
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
