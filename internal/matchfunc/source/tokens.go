package source

import (
	"regexp"
	"strings"
)

// checkTokens applies what ECMA-262 says of single tokens and goja's parser lets pass, and bounds the one thing on
// which that parser spends exponential time.
func (s *Source) checkTokens() error {
	if len(s.tokens) == 0 {
		return s.fail(Syntax, 0, "the source is empty: a rule is a function, such as req => true")
	}
	for i, t := range s.tokens {
		code := s.Text[t.start:t.end]
		switch {
		case t.kind == text && badEscape(code):
			return s.fail(Syntax, t.start, "this string has an escape that is not allowed")
		case t.kind == template && strings.Contains(code, `\`) && badEscape(code):
			return s.refuse(t.start, "escape", "this template has an escape that is not allowed")
		case (t.kind == word || t.kind == private) && strings.Contains(code, `\`):
			if !s.plainName(code) {
				return s.refuse(t.start, "escape", "a keyword may not be written with escapes")
			}
		}
		if s.isAsync(i) {
			return s.refuse(t.start, "async", "a rule answers at once: async functions are not available")
		}
		if t.kind == punct && code == "=>" && t.newline {
			return s.fail(Syntax, t.start, "a line may not begin with =>")
		}
	}
	return s.checkArrows()
}

// isAsync reports whether an async function begins at token i.
func (s *Source) isAsync(i int) bool {
	if !s.is(i, "async") || i+1 == len(s.tokens) || s.tokens[i+1].newline || s.is(i-1, ".") || s.is(i-1, "?.") {
		return false
	}
	next := s.tokens[i+1]
	return next.kind == word && !beforeRegexp[s.Text[next.start:next.end]] || s.is(i+1, "(") && s.is(next.mate+1, "=>")
}

// goodEscape is an EscapeSequence of ECMA-262 section 12.9.4, without the octal ones that strict mode forbids.
var goodEscape = regexp.MustCompile(`^\\(?:(?s:[^0-9xu])|0(?:[^0-9]|$)|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{0*(?:10|[0-9a-fA-F])?[0-9a-fA-F]{1,4}\})`)

// badEscape reports whether a string or template literal has an escape that strict mode forbids.
func badEscape(code string) bool {
	for {
		i := strings.IndexByte(code, '\\')
		if i < 0 {
			return false
		}
		if code = code[i:]; !goodEscape.MatchString(code) {
			return true
		}
		code = code[2:]
	}
}

var escaped = regexp.MustCompile(`\\u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))`)

// plainName reports whether an identifier with escapes isn't a keyword when they are resolved.
func (s *Source) plainName(code string) bool {
	name := escaped.ReplaceAllStringFunc(code, func(e string) string {
		digits := strings.Trim(e[2:], "{}")
		var r rune
		for _, c := range digits {
			r = r<<4 | hexValue(c)
			if r > 0x10FFFF {
				return `\`
			}
		}
		return string(r)
	})
	return !strings.Contains(name, `\`) && !contextual[name] && !reserved[name]
}

func hexValue(c rune) rune {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// reserved are the words that can't name anything in strict mode.
var reserved = set("break case catch class const continue debugger default delete do else enum export extends false " +
	"finally for " +
	"function if import in instanceof new null return super switch this throw true try typeof var void while with " +
	"implements interface let package private protected public static yield")

// contextual are words that mean something in places.
var contextual = set("async await get set of target meta from as constructor prototype eval arguments undefined")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// maxArrowDepth is how deep arrow functions may nest in each other's parameter lists. Goja reads such a list twice,
// and all that is in it.
const maxArrowDepth = 3

func (s *Source) checkArrows() error {
	var ends []int
	for i := range s.tokens {
		for len(ends) > 0 && i > ends[len(ends)-1] {
			ends = ends[:len(ends)-1]
		}
		if !s.is(i, "(") || !s.is(s.tokens[i].mate+1, "=>") {
			continue
		}
		ends = append(ends, s.tokens[i].mate)
		if len(ends) > maxArrowDepth {
			return s.fail(TooLarge, s.tokens[i].start, "functions nest too deep in parameter lists")
		}
	}
	return nil
}
