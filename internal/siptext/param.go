package siptext

import "strings"

// param is one name=value, as the stack keeps it.
type param struct {
	name, value string
	flag        bool  // there is no value
	none        bool  // there was to be a value, and it can't be read
	quoted      bool  // the value stood in quotes
	at          place // of the value; of the name where there is none
}

// place is a piece of a line: the bytes from from up to to.
type place struct{ from, to int }

// text returns the value as the stack gives it back, and whether there is one.
func (p param) text() (string, bool) {
	if p.flag {
		return "", true
	}
	return p.value, !p.none
}

// write appends the parameter as the stack writes it again.
func (p param) write(out *strings.Builder) {
	out.WriteString(p.name)
	switch {
	case p.none || p.flag:
	case p.quoted:
		out.WriteString(`="` + p.value + `"`)
	default:
		out.WriteString("=" + p.value)
	}
}

// param reads one parameter. A value that can't be read is none, and where it should have begun is where reading goes
// on.
func (l *lexer) param() param {
	p := param{at: place{from: l.pos}}
	p.name = l.token()
	p.at.to = l.pos
	if l.fault != nil {
		return p
	}
	l.blanks()
	if !l.skip('=') {
		p.flag = true
		return p
	}
	l.blanks()
	p.at.from = l.pos
	switch {
	case l.at('"'):
		p.value, p.quoted = l.quoted(), true
		p.at.from++
	case l.at('['):
		p.value, p.flag = l.addressValue()
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
	return p
}

// addressValue reads an IPv6 address in brackets; where it is none, nothing is taken and the parameter has no value.
func (l *lexer) addressValue() (value string, flag bool) {
	probe := &lexer{buf: l.buf, pos: l.pos}
	host, _ := probe.hostPort(true)
	if probe.fault != nil {
		return "", true
	}
	l.pos += len(host.text)
	return host.text, false
}
