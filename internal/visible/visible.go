// Package visible shows text that came from outside: what a terminal would obey, and what a reader would not see, is
// written out. Exceptions, messages, sources and names may hold any character.
//
// The command writes everything through a Writer; what is put in a line or a cell goes through Line first, and lines
// that stand over a caret through Cell. All of it is free of state but the Writer, which is safe for concurrent use.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text writes out every character that isn't for a reader's eyes as \u and four hexadecimal digits, as JSON does, and
// each byte that is no UTF-8 as \x and two. Line breaks and tabs stay. JSON that goes through it still says the same:
// such characters are only in its strings, where this is how they are escaped.
func Text(s string) string { return escape(s, false) }

// Line is Text for what stands in a line or a cell: it writes out line breaks and tabs, too.
func Line(s string) string { return escape(s, true) }

func escape(s string, line bool) string {
	if strings.IndexFunc(s, func(r rune) bool { return hidden(r, line) || r == utf8.RuneError }) < 0 {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, s[0])
		case line && r == '\n':
			b = append(b, `\n`...)
		case line && r == '\t':
			b = append(b, `\t`...)
		case hidden(r, line):
			b = appendEscape(b, r)
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return string(b)
}

// hidden reports a character that a terminal obeys or that isn't seen: controls, line and paragraph separators, those
// that turn the direction of text, private and unassigned ones. The joiners of words and emoji stay.
func hidden(r rune, line bool) bool {
	switch {
	case r >= ' ' && r < 0x7f, r == '\u200c', r == '\u200d':
		return false
	case r == '\n' || r == '\t':
		return line
	}
	return !unicode.IsGraphic(r)
}

func appendEscape(b []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// Cell shows a character in one column, for a line with a caret below: a control character as its picture (U+2400 and
// those after it), a tab as a space, what else isn't seen as U+FFFD. It has the shape of strings.Map's function.
func Cell(r rune) rune {
	switch {
	case unicode.IsPrint(r):
		return r
	case r == '\t' || unicode.Is(unicode.Zs, r):
		return ' '
	case r < ' ':
		return '\u2400' + r
	case r == 0x7f:
		return '\u2421'
	}
	return utf8.RuneError
}
