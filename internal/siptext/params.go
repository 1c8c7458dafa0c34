package siptext

import "strings"

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
