package siptext

// address is a name-addr or an addr-spec (RFC 3261, section 20.10), with its header's parameters.
type address struct {
	named  bool // there is a display name, maybe an empty one
	name   located
	spec   bool // the URI stood without angle brackets
	star   bool // * for all
	uri    uri
	params params
}

// write returns the address as the stack writes it again, without parameters.
func (a address) write() string {
	if a.star {
		return "*"
	}
	if a.named {
		return `"` + a.name.text + `" <` + a.uri.write() + ">"
	}
	if a.spec {
		return a.uri.write()
	}
	return "<" + a.uri.write() + ">"
}

// bracketed writes it with brackets throughout.
func (a address) bracketed() string {
	if a.spec && !a.named {
		return "<" + a.uri.write() + ">"
	}
	return a.write()
}

// address reads an address. Parameters behind a URI without brackets are its own only where inner says so.
func (l *lexer) address(inner bool) (a address) {
	for k := l.pos; l.fault == nil; k++ {
		if k >= len(l.buf) || l.buf[k] == 0 {
			l.failf("expected an address")
			return a
		}
		switch l.buf[k] {
		case '<', '"':
			return l.nameAddr()
		case ':', '/':
			return address{spec: true, uri: l.uri(inner)}
		}
	}
	return a
}

// nameAddr reads a URI in angle brackets with or without a name.
func (l *lexer) nameAddr() (a address) {
	if !l.at('<') {
		a.named = true
		from := l.pos
		if l.at('"') {
			from++
			a.name.text = l.quoted()
			l.blanks()
		} else {
			a.name.text = l.before('<')
		}
		raw := a.name.text
		a.name.text = trim(raw)
		from += leading(raw)
		a.name.at = place{from, from + len(a.name.text)}
	}
	l.expect('<')
	l.blanks()
	a.uri = l.uri(true)
	l.blanks()
	l.expect('>')
	return a
}

// leading counts the bytes that trim takes off a text's beginning; of an empty rest, none.
func leading(s string) int {
	rest := trim(s)
	if rest == "" {
		return 0
	}
	n := 0
	for s[n] <= ' ' {
		n++
	}
	return n
}

// addressParams reads an address and the parameters behind it. Where a token follows at once, without a semicolon, it
// is read as a parameter, and those parameters lose quotes and flags.
func (l *lexer) addressParams(setValue func(*params, param), noParams bool) address {
	a := l.address(false)
	l.blanks()
	if r, _ := l.char(); l.fault == nil && isTokenChar(r) {
		for l.fault == nil {
			l.blanks()
			p := l.param()
			if l.fault != nil {
				break
			}
			p.value, p.none = p.loose()
			p.flag, p.quoted = false, false
			setValue(&a.params, p)
			l.blanks()
			if !l.skip(';') {
				break
			}
		}
		return a
	}
	if noParams && l.at(';') {
		l.failf("this header takes no parameters")
	}
	l.params(&a.params)
	return a
}

// loose returns a parameter's value, and whether there is none.
func (p param) loose() (string, bool) {
	value, ok := p.text()
	return value, !ok
}

// plainValue is how most headers take a parameter that had no semicolon.
func plainValue(ps *params, p param) { ps.setValue(p) }
