package siptext

import "strings"

// The headers that are lists of tokens.

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
					l.failf("expected a host behind the @, found %s", l.found())
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
