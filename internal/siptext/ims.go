package siptext

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

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
		l.fail("unexpected %s behind an address", l.found())
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
	value := a.write()
	for _, name := range []string{"regstate", "sescase"} {
		if a.params.has(name) {
			text, ok := a.params.get(name)
			if !ok {
				text = "null"
			}
			value += ";" + name + "=" + text
		}
	}
	e.add(l, from, value)
	l.end()
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

// readChargingVector reads P-Charging-Vector, which has to have an icid-value.
func readChargingVector(l *lexer, e *entries) {
	from := l.pos
	var ps params
	l.paramLine(ps.set)
	if _, ok := ps.get("icid-value"); !ok {
		l.fail("the icid-value is missing")
	}
	e.add(l, from, ps.joined(";"))
}

// paramLine reads parameters that semicolons divide.
func (l *lexer) paramLine(set func(param)) {
	for l.more() {
		p := l.param()
		if l.fault != nil {
			return
		}
		set(p)
		l.blanks()
		if c := l.ahead(0); c == '\n' || c == 0 {
			return
		}
		l.expect(';')
		l.blanks()
	}
}

// readChargingAddresses reads P-Charging-Function-Addresses, whose parameters come out in the order of a Java HashMap.
func readChargingAddresses(l *lexer, e *entries) {
	from := l.pos
	var all []param
	l.paramLine(func(p param) { all = append(all, p) })
	ordered := params{list: hashOrder(all)}
	e.add(l, from, ordered.joined(";"))
}

// hashOrder sorts parameters as a HashMap of their names iterates: by bucket, then by when the name came first.
func hashOrder(all []param) []param {
	var names []string
	of := map[string][]param{}
	for _, p := range all {
		name := lower(p.name)
		if _, seen := of[name]; !seen {
			names = append(names, name)
		}
		of[name] = append(of[name], p)
	}
	size := uint32(2)
	for uint32(len(names)) > size*3/4 {
		size *= 2
	}
	bucket := func(name string) uint32 { h := hash(name); return (h ^ h>>16) & (size - 1) }
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(bucket(a), bucket(b)) })
	var out []param
	for _, name := range names {
		out = append(out, of[name]...)
	}
	return out
}

// hash is Java's String.hashCode.
func hash(s string) (h uint32) {
	for _, r := range s {
		if r > 0xFFFF {
			r -= 0x10000
			h = 31*h + uint32(0xD800+r>>10)
			r = 0xDC00 + r&0x3FF
		}
		h = 31*h + uint32(r)
	}
	return h
}

func readDatabase(l *lexer, e *entries) {
	from := l.pos
	l.expect('<')
	if l.fault != nil {
		return
	}
	name := strings.NewReplacer(">", "", "\n", "").Replace(l.rest())
	if name == " " {
		l.crash("a P-User-Database of a space makes the EdgePort's parser fail")
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
		value := ""
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
		l.fail("unexpected %s behind a network", l.found())
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
			l.fail("there is a NUL within the quotes")
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

// The parts of a service's name (RFC 6050).
const (
	serviceURN       = "urn:urn-7:"
	serviceLabel     = "3gpp-service"
	applicationLabel = "3gpp-application"
)

// readService reads P-Asserted-Service and P-Preferred-Service, by cutting the whole line at the labels.
func readService(preferred bool) func(*lexer, *entries) {
	return func(l *lexer, e *entries) {
		from := l.pos
		value, fails := serviceURN, ""
		if strings.Contains(l.buf, serviceURN) {
			switch {
			case strings.Contains(l.buf, serviceLabel):
				value, fails = l.service(serviceLabel, serviceLabel+".", preferred)
			case strings.Contains(l.buf, applicationLabel):
				pattern := applicationLabel + "."
				if preferred {
					pattern = applicationLabel
				}
				value, fails = l.service(applicationLabel, pattern, false)
			}
		}
		l.before(':')
		l.rest()
		e.add(l, from, value)
		e.list[0].fails = fails
	}
}

// service returns the service's name, and why the EdgePort fails on it. The pattern is a regular expression, whose dot is
// any character.
func (l *lexer) service(label, pattern string, dotted bool) (value, fails string) {
	second, ok := splitSecond(regexp.MustCompile(pattern), l.buf)
	if !ok {
		l.crash("nothing is behind %s, which makes the EdgePort's parser fail", label)
		return "", ""
	}
	if trim(second) == "" {
		return serviceURN, ""
	}
	if dotted {
		second = "." + second
	} else {
		second, _ = splitSecond(regexp.MustCompile(regexp.QuoteMeta(label)), l.buf)
	}
	if second == "" {
		return serviceURN, "nothing is behind " + label
	}
	if rest, dot := strings.CutPrefix(second, "."); dot {
		second = trim(rest)
	}
	return serviceURN + label + "." + second, ""
}

// splitSecond returns the second part of a text that a pattern divides.
func splitSecond(pattern *regexp.Regexp, text string) (string, bool) {
	parts := pattern.Split(text, -1)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) < 2 {
		return "", false
	}
	return parts[1], true
}
