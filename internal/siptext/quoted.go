package siptext

import "strings"

// quoted takes a quoted string, without its quotes and with its escapes.
func (l *lexer) quoted() string {
	from := l.pos + 1
	l.expect('"')
	for l.fault == nil {
		c := l.next("the quoted string has no end")
		switch {
		case l.fault != nil:
		case c == '"':
			return l.buf[from : l.pos-1]
		case c == 0:
			l.failf("there is a NUL within the quotes")
		case c == '\\':
			l.pos++
		}
	}
	return ""
}

// next takes a byte, which has to be there.
func (l *lexer) next(missing string) byte {
	if l.pos >= len(l.buf) {
		l.failf("%s", missing)
	}
	if l.fault != nil {
		return 0
	}
	l.pos++
	return l.buf[l.pos-1]
}

// comment takes a comment in parentheses and returns what is in it.
func (l *lexer) comment() string {
	var out strings.Builder
	l.expect('(')
	for l.fault == nil {
		c := l.next("the comment has no end")
		switch {
		case l.fault != nil || c == ')':
			return out.String()
		case c == 0:
			l.failf("there is a NUL in the comment")
		case c == '\\':
			out.WriteByte(c)
			if c = l.next("the comment has no end"); c == 0 {
				l.failf("there is a NUL in the comment")
			}
		}
		out.WriteByte(c)
	}
	return ""
}
