package siptext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// snippetWidth is how many characters of a long line a snippet shows.
const snippetWidth = 100

// Error is one problem in the text of a message, and its place.
type Error struct {
	Line    int    // counted from 1, leading blank lines included
	Column  int    // counted from 1, in characters
	Message string // what is wrong there, on one line
	Snippet string // the line, and below it a caret under the column
}

// Error returns the place, the message and the snippet.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s\n%s", e.Line, e.Column, e.Message, e.Snippet)
}

// errorAt makes an Error of a byte offset into the text.
func (src *source) errorAt(off int, format string, args ...any) error {
	begin := strings.LastIndexByte(src.text[:off], '\n') + 1
	line, _, _ := strings.Cut(src.text[begin:], "\n")
	line = strings.TrimSuffix(line, "\r")
	e := &Error{
		Line:    strings.Count(src.text[:begin], "\n") + 1,
		Column:  utf8.RuneCountInString(src.text[begin:off]) + 1,
		Message: fmt.Sprintf(format, args...),
	}
	e.Snippet = snippet(line, e.Line, e.Column)
	return e
}

// snippet draws the line with a caret under the column, both counted from 1.
func snippet(line string, number, column int) string {
	shown := []rune(strings.Map(visible.Cell, line))
	before, after := "", ""
	if from := column - 1 - snippetWidth/2; from > 0 && len(shown) > snippetWidth {
		shown, column, before = shown[from:], column-from+1, "…"
	}
	if len(shown) > snippetWidth {
		shown, after = shown[:snippetWidth], "…"
	}
	margin := fmt.Sprintf("%4d | ", number)
	return margin + before + string(shown) + after + "\n" +
		strings.Repeat(" ", len(margin)-2) + "| " + strings.Repeat(" ", column-1) + "^"
}

// quoted renders a piece of foreign text for an error message, short and on one line.
func quoted(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
