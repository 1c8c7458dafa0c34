package matchfunc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Place is a place in the source of a rule. Line and Column count from 1, the column in characters (code points);
// Offset counts the UTF-16 code units in front of it from 0, as editors do.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// placeOf returns the place of a byte of a source.
func placeOf(text string, offset int) Place {
	before := text[:max(0, min(offset, len(text)))]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return Place{Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(line) + 1, Offset: units(before)}
}

// units counts the UTF-16 code units of a text.
func units(text string) (n int) {
	for _, r := range text {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// offsetAt is the byte of a source at a line and a column; as near as there is one.
func offsetAt(text string, line, column int) (offset int) {
	for ; line > 1; line-- {
		next := strings.IndexByte(text[offset:], '\n')
		if next < 0 {
			return len(text)
		}
		offset += next + 1
	}
	for ; column > 1 && offset < len(text) && text[offset] != '\n'; column-- {
		_, n := utf8.DecodeRuneInString(text[offset:])
		offset += n
	}
	return offset
}

// span returns the place at a line and a column, and the one behind the word, number, string or character that is
// there. Where no place is known it is the whole rule.
func span(text string, line, column int) (from, to Place) {
	if line < 1 {
		return placeOf(text, 0), placeOf(text, len(text))
	}
	at := offsetAt(text, line, column)
	return placeOf(text, at), placeOf(text, at+width(text[at:]))
}

// Whole returns the places where a source begins and ends.
func Whole(text string) (from, to Place) { return span(text, 0, 0) }

// width is how many bytes the word, number, string or character has that a text begins with.
func width(text string) int {
	first, n := utf8.DecodeRuneInString(text)
	switch {
	case text == "" || first == '\n':
		return 0
	case first == '"' || first == '\'' || first == '`':
		for i, r := range text[n:] {
			if r == first {
				return n + i + 1
			}
			if r == '\n' {
				break
			}
		}
		return n
	case inWord(first):
		if end := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) }); end >= 0 {
			return end
		}
		return len(text)
	}
	return n
}

func inWord(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }
