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
		l.fail("q is %s, expected a number from 0 to 1", quoted(s))
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
			value := ""
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

func readAllow(l *lexer, e *entries) {
	if r, _ := l.char(); !isTokenChar(r) {
		e.add(l, l.pos, "")
		l.end()
		return
	}
	l.tokens(',', e)
	l.end()
}

func readAllowEvents(l *lexer, e *entries) {
	l.tokens(',', e)
	l.end()
}

// tokens reads one token or more, which sep divides.
func (l *lexer) tokens(sep byte, e *entries) {
	for first := true; first || l.skip(sep); first = false {
		if !first {
			l.blanks()
		}
		from := l.pos
		token := l.token()
		e.add(l, from, token)
		l.blanks()
	}
}

// readTokens reads tokens up to the end of the line; there may be none.
func readTokens(sep byte) func(*lexer, *entries) {
	return func(l *lexer, e *entries) {
		for l.more() {
			l.tokens(sep, e)
		}
	}
}

func readSupported(l *lexer, e *entries) {
	l.blanks()
	if !l.at('\n') {
		l.tokens(',', e)
		return
	}
	e.add(l, l.pos, "")
}

// readMediaAuthorization reads P-Media-Authorization. Tokens without a comma between them all become the last one.
func readMediaAuthorization(l *lexer, e *entries) {
	began := 0
	for l.more() {
		from := l.pos
		token := l.token()
		e.add(l, from, token)
		l.blanks()
		if l.skip(',') || !l.more() {
			for ; began < len(e.list); began++ {
				e.list[began].value = token
			}
		}
		l.blanks()
	}
}

// readLanguages reads Content-Language, whose tags the stack keeps as Java's locales.
func readLanguages(l *lexer, e *entries) {
	for l.more() {
		l.tokens(',', e)
	}
	for i := range e.list {
		e.list[i].value = locale(e.list[i].value)
	}
}

// locale writes a language tag as java.util.Locale does.
func locale(tag string) string {
	language, country, _ := strings.Cut(tag, "-")
	language = asciiMap(language, 'A', 'Z', 'a'-'A')
	switch language {
	case "iw":
		language = "he"
	case "in":
		language = "id"
	case "ji":
		language = "yi"
	}
	if country == "" {
		return language
	}
	return language + "-" + asciiMap(country, 'a', 'z', 'A'-'a')
}

// asciiMap shifts the characters of a range.
func asciiMap(s string, low, high, shift rune) string {
	return strings.Map(func(r rune) rune {
		if r >= low && r <= high {
			return r + shift
		}
		return r
	}, s)
}

func readInReplyTo(l *lexer, e *entries) {
	for l.more() {
		for first := true; first || l.skip(','); first = false {
			if !first {
				l.blanks()
			}
			from := l.pos
			id := l.token()
			if l.skip('@') {
				if r, _ := l.char(); l.fault == nil && !isSafeChar(r) && r != ';' && r != '=' {
					l.fail("expected a host behind the @, found %s", l.found())
				}
				id += "@" + l.run(func(r rune) bool { return isSafeChar(r) || r == ';' })
			}
			e.add(l, from, id)
			if first {
				l.blanks()
			}
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
		l.fail("the code is %s, expected three digits", quoted(code))
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
