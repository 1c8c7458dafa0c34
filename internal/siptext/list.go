package siptext

import "strings"

// The headers whose every value becomes an extension. Each function reads what the stack's parser for the header reads,
// and no further: some don't look at what is left of the line.

func readAccept(l *lexer, e *entries) {
	for first := true; first || l.skip(','); first = false {
		l.blanks()
		from := l.pos
		value := ""
		if r, _ := l.char(); l.fault == nil && isTokenChar(r) {
			var ps params
			value = l.mediaType()
			l.params(&ps)
			value += ps.behind()
		}
		e.add(l, from, value)
	}
}

// mediaType reads type/subtype.
func (l *lexer) mediaType() string {
	kind := l.token()
	l.expect('/')
	sub := l.token()
	l.blanks()
	return kind + "/" + sub
}

func readAcceptEncoding(l *lexer, e *entries) {
	for first := true; first || l.skip(','); first = false {
		if !first {
			l.blanks()
		}
		from := l.pos
		var ps params
		coding := l.run(isTokenChar)
		for coding != "" && l.skip(';') {
			l.encodingParam(&ps)
		}
		e.add(l, from, coding+ps.behind())
		if first && coding == "" {
			return
		}
	}
}

// encodingParam reads a parameter of Accept-Encoding.
func (l *lexer) encodingParam(ps *params) {
	l.blanks()
	p := param{name: l.token()}
	l.blanks()
	if l.skip('=') {
		l.blanks()
		p.value = l.token()
		if strings.EqualFold(p.name, "q") {
			p.name, p.value = "q", l.quality(p.value)
		}
		l.blanks()
	}
	if l.fault == nil {
		ps.setValue(p)
	}
}

// quality writes a q value again.
func (l *lexer) quality(s string) string {
	q, ok := parseFloat(s)
	if !ok || q < 0 || q > 1 {
		l.failf("q is %s, expected a number from 0 to 1", quoted(s))
	}
	return formatFloat(q)
}

func readAcceptLanguage(l *lexer, e *entries) {
	for first := true; first || l.skip(','); first = false {
		l.blanks()
		from := l.pos
		var ps params
		language := l.run(isTokenChar)
		if language != "" {
			l.blanks()
			for l.skip(';') {
				l.blanks()
				l.expect('q')
				l.blanks()
				l.expect('=')
				l.blanks()
				ps.set(param{name: "q", value: l.quality(l.token())})
				l.blanks()
			}
		}
		e.add(l, from, language+ps.behind())
	}
}

// maxAlerts is how often the stack begins anew on a line of Alert-Info.
const maxAlerts = 20

func readAlertInfo(l *lexer, e *entries) {
	for range maxAlerts {
		if !l.more() {
			return
		}
		for first := true; first || l.skip(','); first = false {
			l.blanks()
			from := l.pos
			var ps params
			var value string
			if l.skip('<') {
				value = "<" + l.uri(true).write() + ">"
				l.expect('>')
			} else {
				value = l.until(";,")
			}
			l.blanks()
			l.params(&ps)
			e.add(l, from, value+ps.behind())
		}
	}
}

func readInfo(l *lexer, e *entries) {
	for l.more() {
		for first := true; first || l.skip(','); first = false {
			l.blanks()
			from := l.pos
			var ps params
			l.expect('<')
			value := "<" + l.uri(true).write() + ">"
			l.expect('>')
			l.blanks()
			l.params(&ps)
			e.add(l, from, value+ps.behind())
		}
	}
}

func readReason(l *lexer, e *entries) {
	l.blanks()
	for l.more() {
		from := l.pos
		var ps params
		protocol := l.token()
		l.params(&ps)
		e.add(l, from, protocol+ps.behind())
		l.skip(',')
		l.blanks()
	}
}

func readWarnings(l *lexer, e *entries) {
	for l.more() {
		for first := true; first || l.skip(','); first = false {
			if !first {
				l.blanks()
			}
			l.warning(e)
		}
	}
}

// warning reads one Warning.
func (l *lexer) warning(e *entries) {
	from := l.pos
	code := l.token()
	n, ok := parseInt(code)
	if l.fault == nil && (!ok || n < 100 || n > 999) {
		l.failf("the code is %s, expected three digits", quoted(code))
	}
	l.blanks()
	agent := l.token()
	if l.skip(':') {
		agent += ":" + l.token()
	}
	l.blanks()
	text := l.quoted()
	e.add(l, from, itoa(n)+" "+agent+` "`+text+`"`)
	l.blanks()
}

func readCredentials(l *lexer, e *entries) {
	from := l.pos
	c := l.credentials()
	e.add(l, from, c.write())
}
