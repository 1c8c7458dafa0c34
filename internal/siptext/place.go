package siptext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// snippetWidth is how many characters of a long line a snippet shows.
const snippetWidth = 100

// Error is one problem in a text, and its place.
type Error struct {
	Line    int    // counted from 1
	Column  int    // counted from 1, in characters
	Message string // what is wrong there, on one line
	Snippet string // the line, and below it a caret under the column
}

// Error returns the place, the message and the snippet.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s\n%s", e.Line, e.Column, e.Message, e.Snippet)
}

// At makes an Error of what is to be said about a byte of a text.
func At(text string, offset int, message string) *Error {
	line, column, whole := locate(text, offset)
	return &Error{Line: line, Column: column, Message: message, Snippet: snippet(decode(whole), line, column)}
}

// Place returns the line and the column of a byte of a text, both counted from 1, the column in characters.
func Place(text string, offset int) (line, column int) {
	line, column, _ = locate(text, offset)
	return line, column
}

func locate(text string, offset int) (line, column int, whole string) {
	offset = min(max(offset, 0), len(text))
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	whole, _, _ = strings.Cut(text[begin:], "\n")
	return strings.Count(text[:begin], "\n") + 1, utf8.RuneCountInString(decode(text[begin:offset])) +
		1, strings.TrimSuffix(whole, "\r")
}

// Err returns why a message isn't converted, at its place in Text; nil where it is.
func (r Result) Err() *Error {
	if r.Outcome == Converted {
		return nil
	}
	for _, n := range r.Notes {
		if n.Message == r.Reason {
			return At(r.Text, n.From, r.Reason)
		}
	}
	return At(r.Text, 0, r.Reason)
}

// snippet draws the line with a caret under the column, both counted from 1.
func snippet(line string, number, column int) string {
	shown := []rune(strings.Map(visible.Cell, line))
	before, after := "", ""
	if from := column - 1 - snippetWidth/2; from > 0 && len(shown) > snippetWidth {
		shown, column, before = shown[min(from, len(shown)):], column-from+1, "…"
	}
	if len(shown) > snippetWidth {
		shown, after = shown[:snippetWidth], "…"
	}
	margin := fmt.Sprintf("%4d | ", number)
	return margin + before + string(shown) + after + "\n" +
		strings.Repeat(" ", len(margin)-2) + "| " + strings.Repeat(" ", column-1) + "^"
}
