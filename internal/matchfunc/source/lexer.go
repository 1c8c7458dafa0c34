package source

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokKind is what sort of token a tok is.
type tokKind uint8

const (
	punct   tokKind = iota
	word            // identifiers and keywords
	private         // #name
	number
	text     // a string literal
	template // a piece of a template literal, its delimiters included
	pattern  // a regular expression literal, with its flags
)

// tok is one token of a source. Goja's parser doesn't keep its tokens, and it neither bounds its recursion nor tells
// parenthesised expressions from others, so the text is read here first.
type tok struct {
	kind       tokKind
	start, end int
	mate       int  // index of the bracket that belongs to this one
	newline    bool // a line terminator stands before it
}

type lexer struct {
	src     *Source
	text    string
	at      int
	newline bool
	out     []tok
	open    []int // indexes of open brackets; a template's "${" too
}

// lex splits the text into tokens and matches its brackets.
func (s *Source) lex() ([]tok, error) {
	l := &lexer{src: s, text: s.Text, out: make([]tok, 0, len(s.Text)/3+1)}
	for {
		if err := l.skip(); err != nil {
			return nil, err
		}
		if l.at == len(l.text) {
			break
		}
		if err := l.next(); err != nil {
			return nil, err
		}
		if len(l.out) > maxTokens {
			return nil, s.fail(TooLarge, l.at, "the rule has more than 16384 tokens")
		}
	}
	if n := len(l.open); n > 0 {
		return nil, l.fail(l.out[l.open[n-1]].start, "this is never closed")
	}
	return l.out, nil
}

func (l *lexer) fail(offset int, message string) error { return l.src.fail(Syntax, offset, message) }

// skip passes white space and comments.
func (l *lexer) skip() error {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case isLineTerminator(r):
			l.newline = true
			l.at += n
		case isSpace(r):
			l.at += n
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexFunc(rest, isLineTerminator)
			if end < 0 {
				return l.fail(l.at, "a comment up to the very end would hide the end of the rule: end its line")
			}
			l.at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return l.fail(l.at, "this comment is never closed")
			}
			l.newline = l.newline || strings.ContainsFunc(rest[:end], isLineTerminator)
			l.at += end + 4
		case strings.HasPrefix(rest, "<!--"), strings.HasPrefix(rest, "-->") && (l.newline || len(l.out) == 0):
			return l.fail(l.at, "comments of HTML are not allowed")
		default:
			return nil
		}
	}
	return nil
}

// next reads one token. The lexer stands at the first character of one.
func (l *lexer) next() error {
	c := l.text[l.at]
	switch {
	case c == '"' || c == '\'':
		return l.string(c)
	case c == '`':
		if err := l.push(); err != nil {
			return err
		}
		return l.template()
	case isDigit(c), c == '.' && l.at+1 < len(l.text) && isDigit(l.text[l.at+1]):
		return l.number()
	case c == '/' && l.regexpAllowed():
		return l.regexp()
	case c == '/' && l.previous() == "}":
		return l.fail(l.at,
			"put the part before or after this slash in parentheses: it could be a division or a regular expression")
	case c == '#':
		l.emit(private, l.wordEnd(l.at+1))
	case isWordStart(l.text[l.at:]):
		l.emit(word, l.wordEnd(l.at))
	case c == '}' && len(l.open) > 0 && l.out[l.open[len(l.open)-1]].kind == template:
		return l.template()
	default:
		return l.punctuator()
	}
	return nil
}

func (l *lexer) emit(kind tokKind, end int) {
	l.out = append(l.out, tok{kind: kind, start: l.at, end: end, mate: -1, newline: l.newline})
	l.newline = false
	l.at = end
}

// lineBreak is what to look at where a literal ends with its line.
const lineBreak = ` on its line; in YAML's double quotes and in JSON \n and \r are line breaks: write \\n there`

// string reads a string literal. Its escapes are checked later: see checkTokens.
func (l *lexer) string(quote byte) error {
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
			if i+1 < len(l.text) && l.text[i] == '\r' && l.text[i+1] == '\n' {
				i++
			}
		case '\n', '\r':
			return l.fail(l.at, "this string is never closed"+lineBreak)
		case quote:
			l.emit(text, i+1)
			return nil
		}
	}
	return l.fail(l.at, "this string is never closed")
}

// template reads a piece of a template literal: from "`" or "}" to "`" or "${".
func (l *lexer) template() error {
	for i := l.at + 1; i < len(l.text); i++ {
		switch {
		case l.text[i] == '\\':
			i++
		case l.text[i] == '`':
			l.open = l.open[:len(l.open)-1]
			l.emit(template, i+1)
			return nil
		case strings.HasPrefix(l.text[i:], "${"):
			if l.text[l.at] == '}' {
				l.open[len(l.open)-1] = len(l.out)
			}
			l.emit(template, i+2)
			return nil
		}
	}
	return l.fail(l.at, "this template is never closed")
}

// regexp reads a regular expression literal.
func (l *lexer) regexp() error {
	class := false
	for i := l.at + 1; i < len(l.text); {
		r, n := utf8.DecodeRuneInString(l.text[i:])
		switch {
		case isLineTerminator(r):
			return l.fail(l.at, "this regular expression is never closed"+lineBreak)
		case r == '\\':
			i++
			if next, m := utf8.DecodeRuneInString(l.text[i:]); !isLineTerminator(next) {
				n = m
			} else {
				n = 0
			}
		case r == '[':
			class = true
		case r == ']':
			class = false
		case r == '/' && !class:
			l.emit(pattern, l.wordEnd(i+1))
			return nil
		}
		i += n
	}
	return l.fail(l.at, "this regular expression is never closed")
}

// previous returns the text of the last token.
func (l *lexer) previous() string {
	if len(l.out) == 0 {
		return ""
	}
	t := l.out[len(l.out)-1]
	return l.text[t.start:t.end]
}

// beforeRegexp are the keywords after which an operand begins.
var beforeRegexp = map[string]bool{
	"return": true, "typeof": true, "instanceof": true, "in": true, "of": true, "new": true, "delete": true,
	"void":  true,
	"throw": true, "case": true, "do": true, "else": true, "yield": true, "await": true, "default": true,
	"extends": true,
}

// regexpAllowed reports whether a slash begins a regular expression here rather than being a division.
func (l *lexer) regexpAllowed() bool {
	n := len(l.out)
	if n == 0 {
		return true
	}
	last := l.out[n-1]
	switch last.kind {
	case number, text, pattern, private:
		return false
	case template:
		return l.text[last.end-1] == '{'
	case word:
		afterDot := n > 1 && l.out[n-2].kind == punct && strings.HasSuffix(l.text[l.out[n-2].start:l.out[n-2].end], ".")
		return !afterDot && beforeRegexp[l.previous()]
	}
	switch l.previous() {
	case "]", "}", "++", "--":
		return false
	case ")":
		if last.mate < 1 {
			return false
		}
		switch before := l.out[last.mate-1]; l.text[before.start:before.end] {
		case "if", "while", "for", "with":
			return before.kind == word && !(last.mate > 1 && l.text[l.out[last.mate-2].end-1] == '.')
		}
		return false
	}
	return true
}

// numeric is NumericLiteral of ECMA-262 section 12.9.3, without the legacy octal forms that strict mode forbids.
var numeric = regexp.MustCompile(`^(?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*n?|0[oO][0-7](?:_?[0-7])*n?|0[bB][01](?:_?[01])*n?` +
	`|(?:0|[1-9](?:_?[0-9])*)n` +
	`|(?:(?:0|[1-9](?:_?[0-9])*)(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?)`)

func (l *lexer) number() error {
	n := len(numeric.FindString(l.text[l.at:]))
	if rest := l.text[l.at+n:]; n == 0 || rest != "" && isWordStart(rest) {
		return l.fail(l.at, "this is not a number")
	}
	l.emit(number, l.at+n)
	return nil
}

// wordEnd returns where an identifier that begins at i ends. Unicode escapes are part of it.
func (l *lexer) wordEnd(i int) int {
	for i < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[i:])
		switch {
		case r == '\\':
			i += n
			if strings.HasPrefix(l.text[i:], "u{") {
				if end := strings.IndexByte(l.text[i:], '}'); end > 0 {
					i += end + 1
				}
			}
		case r < utf8.RuneSelf && isWordByte(byte(r)), r >= utf8.RuneSelf && !isSpace(r) && !isLineTerminator(r):
			i += n
		default:
			return i
		}
	}
	return i
}

func isWordByte(c byte) bool {
	return c == '$' || c == '_' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isWordStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '\\' || r >= utf8.RuneSelf || isWordByte(byte(r))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLineTerminator(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029'
}

// isSpace is WhiteSpace of ECMA-262 section 12.2.
func isSpace(r rune) bool {
	return r == '\t' || r == '\v' || r == '\f' || r == '\uFEFF' || unicode.Is(unicode.Zs, r)
}
