package source

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Kind says why a source was not taken.
type Kind uint8

// The kinds of errors.
const (
	Syntax      Kind = iota // V8 refuses it too
	NotFunction             // it yields something that isn't a function
	Refused                 // V8 takes it, but its answers can't be given here exactly or within limits
	TooLarge                // it is longer, or nests deeper, than a rule may
)

// Error says what is wrong with a source, and where.
type Error struct {
	Kind     Kind
	Category string // of a Refused source: what it was refused for, in one or two words
	Line     int    // from 1
	Column   int    // from 1, in characters
	Message  string
	Snippet  string   // the line of the source, and a caret under the place
	Further  []*Error // what else is refused in the same source, behind it; these have no further ones
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s\n%s", e.Line, e.Column, e.Message, e.Snippet)
}

// fail returns an error that points at a byte offset of the text.
func (s *Source) fail(kind Kind, offset int, message string) *Error {
	line, column := s.place(offset)
	return &Error{Kind: kind, Line: line, Column: column, Message: message, Snippet: s.snippet(line, column)}
}

// refuse returns a Refused error that points at a byte offset of the text.
func (s *Source) refuse(offset int, category, message string) *Error {
	e := s.fail(Refused, offset, message)
	e.Category = category
	return e
}

func (s *Source) place(offset int) (line, column int) {
	before := s.Text[:max(0, min(offset, len(s.Text)))]
	line = strings.Count(before, "\n") + 1
	column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}

// maxSnippet is how many characters of a line an error shows.
const maxSnippet = 100

func (s *Source) snippet(line, column int) string {
	lines := strings.Split(s.Text, "\n")
	shown := []rune(strings.Map(visible.Cell, strings.TrimSuffix(lines[line-1], "\r")))
	if from := column - 1 - maxSnippet/2; from > 0 {
		from = min(from, len(shown))
		shown, column = shown[from:], column-from
	}
	if len(shown) > maxSnippet {
		shown = shown[:maxSnippet]
	}
	return string(shown) + "\n" + strings.Repeat(" ", column-1) + "^"
}
