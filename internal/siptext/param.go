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

// params are the parameters of a header or a URI: names count once, in any case.
type params struct {
	list   []param
	byName map[string]int // index by lower-case name, once there are many
}

// manyParams is from how many parameters on they are found by a map.
const manyParams = 16

// index finds a parameter by its name; -1 where it isn't there.
func (ps *params) index(name string) int {
	name = lower(name)
	if ps.byName != nil {
		if i, ok := ps.byName[name]; ok {
			return i
		}
		return -1
	}
	for i := range ps.list {
		if lower(ps.list[i].name) == name {
			return i
		}
	}
	return -1
}

// add appends a parameter of a new name.
func (ps *params) add(p param) {
	ps.list = append(ps.list, p)
	switch {
	case ps.byName != nil:
		ps.byName[lower(p.name)] = len(ps.list) - 1
	case len(ps.list) == manyParams:
		ps.byName = map[string]int{}
		for i := range ps.list {
			ps.byName[lower(ps.list[i].name)] = i
		}
	}
}

// get returns a parameter's value, and whether there is one.
func (ps *params) get(name string) (string, bool) {
	if i := ps.index(name); i >= 0 {
		return ps.list[i].text()
	}
	return "", false
}

// has reports whether a parameter is there, with or without a value.
func (ps *params) has(name string) bool { return ps.index(name) >= 0 }

// set puts a parameter into the place of one of the same name, or behind the others.
func (ps *params) set(p param) {
	if i := ps.index(p.name); i >= 0 {
		ps.list[i] = p
		return
	}
	ps.add(p)
}

// setValue gives a parameter that is there a value, and keeps how it was written; otherwise it adds it.
func (ps *params) setValue(p param) {
	if i := ps.index(p.name); i >= 0 {
		ps.list[i].value, ps.list[i].none, ps.list[i].at = p.value, p.none, p.at
		return
	}
	ps.add(p)
}

// joined writes the parameters again, divided by sep.
func (ps *params) joined(sep string) string {
	var out strings.Builder
	for i, p := range ps.list {
		if i > 0 {
			out.WriteString(sep)
		}
		p.write(&out)
	}
	return out.String()
}

// behind writes the parameters again, each behind a semicolon.
func (ps *params) behind() string {
	if len(ps.list) == 0 {
		return ""
	}
	return ";" + ps.joined(";")
}

// param reads one parameter. A value that can't be read is none, and where it should have begun is where reading goes on.
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

// params reads parameters, each behind a semicolon.
func (l *lexer) params(into *params) {
	l.blanks()
	for l.skip(';') {
		l.blanks()
		p := l.param()
		if l.fault != nil {
			return
		}
		into.set(p)
		l.blanks()
	}
}
