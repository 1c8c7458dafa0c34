package siptext

import "strings"

// The headers of IMS and their like (RFC 3325, 3327, 3329, 3608, 7315).

func readAssertedIdentity(l *lexer, e *entries) { l.addressList(e, true, ",") }

func readAddresses(l *lexer, e *entries) { l.addressList(e, false, ";") }

// addressList reads addresses up to the end of the line.
func (l *lexer) addressList(e *entries, noParams bool, sep string) {
	for first := true; first || l.skip(','); first = false {
		if !first {
			l.blanks()
		}
		from := l.pos
		a := l.addressParams(plainValue, noParams)
		value := a.bracketed()
		if len(a.params.list) > 0 {
			value += sep + a.params.joined(";")
		}
		e.add(l, from, value)
		l.blanks()
	}
	l.end()
}

func readRoutes(l *lexer, e *entries) {
	for first := true; first || l.skip(','); first = false {
		if !first {
			l.blanks()
		}
		from := l.pos
		a := l.addressParams(plainValue, false)
		e.add(l, from, a.bracketed()+a.params.behind())
		l.blanks()
	}
	if !l.at('\n') {
		l.failf("unexpected %s behind an address", l.found())
	}
}

// readParty reads one address, and doesn't look at what is behind it.
func readParty(l *lexer, e *entries) {
	from := l.pos
	a := l.addressParams(plainValue, false)
	e.add(l, from, a.bracketed()+a.params.behind())
}

// readPartyLine reads an address that is all of the line.
func readPartyLine(l *lexer, e *entries) {
	readParty(l, e)
	l.end()
}

// readIdentity reads an address and leaves its parameters out.
func readIdentity(l *lexer, e *entries) {
	from := l.pos
	a := l.addressParams(plainValue, false)
	e.add(l, from, a.bracketed())
}

func readServedUser(l *lexer, e *entries) {
	from := l.pos
	a := l.addressParams(plainValue, false)
	e.add(l, from, a.write()+a.params.served("regstate")+a.params.served("sescase"))
	l.end()
}

// served writes a parameter of P-Served-User again; one whose value can't be read becomes null.
func (ps *params) served(name string) string {
	if !ps.has(name) {
		return ""
	}
	text, ok := ps.get(name)
	if !ok {
		text = "null"
	}
	return ";" + name + "=" + text
}

func readAccessNetwork(l *lexer, e *entries) {
	from := l.pos
	var ps params
	value, extension, extended := l.token(), "", false
	l.blanks()
	for l.skip(';') {
		l.blanks()
		if r, _ := l.char(); isTokenChar(r) {
			ps.set(l.param())
		} else {
			extended = true
			if l.at('"') {
				extension = `"` + l.quoted() + `"`
			} else {
				extension = l.run(isSafeChar)
			}
		}
		l.blanks()
	}
	if len(ps.list) > 0 {
		value += "; " + ps.joined(";")
	}
	if extended {
		value += "; " + extension
	}
	e.add(l, from, value)
	l.end()
}

func readDatabase(l *lexer, e *entries) {
	from := l.pos
	l.expect('<')
	if l.fault != nil {
		return
	}
	name := strings.NewReplacer(">", "", "\n", "").Replace(l.rest())
	if name == " " {
		l.crashf("a P-User-Database of a space makes the EdgePort's parser fail")
	}
	if !strings.Contains(name, "aaa://") {
		name = "aaa://" + name
	}
	e.add(l, from, "<"+name+">")
}

func readNetworks(l *lexer, e *entries) {
	for first := true; first || l.skip(','); first = false {
		if !first {
			l.blanks()
		}
		from := l.pos
		var ps params
		var value string
		if l.at('"') {
			value = `"` + l.network() + `"`
		} else {
			value = l.token()
		}
		l.params(&ps)
		e.add(l, from, value+ps.behind())
		l.blanks()
	}
	if !l.at('\n') {
		l.failf("unexpected %s behind a network", l.found())
	}
}

// network reads a quoted name; unlike elsewhere an escaped NUL passes.
func (l *lexer) network() string {
	l.expect('"')
	from := l.pos
	for l.fault == nil {
		switch l.next("the quoted string has no end") {
		case '"':
			return l.buf[from : l.pos-1]
		case 0:
			l.failf("there is a NUL within the quotes")
		case '\\':
			l.next("the quoted string has no end")
		}
	}
	return ""
}

func readSecurity(l *lexer, e *entries) {
	from := l.pos
	var ps params
	mechanism := l.token()
	l.blanks()
	if l.at('\n') {
		e.add(l, from, mechanism+"; ")
		return
	}
	l.skip(';')
	l.blanks()
	for l.more() {
		ps.set(l.param())
		l.blanks()
		if c := l.ahead(0); c == '\n' || c == 0 {
			break
		}
		if l.at(',') {
			e.add(l, from, mechanism+"; "+ps.joined(";"))
			l.skip(',')
			l.blanks()
			from, ps = l.pos, params{}
			mechanism = l.token()
		}
		l.blanks()
		l.skip(';')
		l.blanks()
	}
	e.add(l, from, mechanism+"; "+ps.joined(";"))
}
