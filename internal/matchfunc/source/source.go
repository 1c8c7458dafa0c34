// Package source parses the source text of a matchFunc and refuses what this service can't evaluate with the answers
// of V8: text that V8 itself refuses in strict mode, and constructs whose result would differ (see Refused).
//
// Package matchfunc's compilers call it once for every rule when a configuration loads. A Source never changes after
// Parse and may be shared, except that whoever rewrites its Program must be the only one to use it.
package source

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

// MaxSize is the longest text that Parse takes, in bytes.
const MaxSize = 64 << 10

// Source is a parsed matchFunc.
type Source struct {
	// Text is the source as the user wrote it.
	Text string
	// Program is the syntax tree of "(" + Text + ")". Its relational operators associate to the left, as ECMA-262
	// has it, which goja's own parser gets wrong.
	Program *ast.Program
	// Expr is the expression within the parentheses, which is to yield the function.
	Expr ast.Expression

	tokens []tok
}

// opening is what Program has before the first byte of Text.
const opening = "("

// Parse parses text and checks it. The error is an *Error; the Source beside it has what was understood until then: its
// Expr may be nil.
func Parse(text string) (*Source, error) {
	s := &Source{Text: text}
	if len(text) > MaxSize {
		return s, s.fail(TooLarge, 0, "the source is longer than 64 KiB")
	}
	if !utf8.ValidString(text) {
		return s, s.fail(Syntax, invalidUTF8(text), "the source is not valid UTF-8")
	}
	tokens, err := s.lex()
	if err != nil {
		return s, err
	}
	s.tokens = tokens
	if err := s.checkTokens(); err != nil {
		return s, err
	}
	s.Program, err = s.parse()
	if err != nil {
		return s, err
	}
	stmt, ok := s.Program.Body[0].(*ast.ExpressionStatement)
	if !ok || len(s.Program.Body) != 1 {
		return s, s.fail(Syntax, 0, "a rule is one expression")
	}
	s.fixRelational(stmt)
	s.Expr = stmt.Expression
	return s, s.check()
}

// Offset returns the byte of Text that a place in the syntax tree is.
func Offset(idx file.Idx) int { return int(idx) - 1 - len(opening) }

// Position returns the line and the column, in characters, of a place in the syntax tree; both count from 1.
func (s *Source) Position(idx file.Idx) (line, column int) {
	return s.place(Offset(idx))
}

// ErrorAt returns an error of this source that points at idx.
func (s *Source) ErrorAt(kind Kind, idx file.Idx, message string) *Error {
	return s.fail(kind, int(idx)-1-len(opening), message)
}

func (s *Source) parse() (program *ast.Program, err error) {
	defer func() {
		if recover() != nil { // such as on "\u{10FFFF}"
			program, err = nil, s.refuse(0, "parser", "the parser can't read this source")
		}
	}()
	program, err = parser.ParseFile(nil, "", opening+s.Text+")", parser.IgnoreRegExpErrors,
		parser.WithDisableSourceMaps)
	if err == nil {
		return program, nil
	}
	message, offset := err.Error(), 0
	var list parser.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		message = list[0].Message
		offset = s.offset(list[0].Position)
	}
	if offset >= len(s.Text) { // at the parenthesis that Program ends with
		return nil, s.fail(Syntax, len(s.Text), "the rule ends too early")
	}
	return nil, s.fail(Syntax, offset, strings.ToLower(message[:1])+message[1:])
}

// offset finds a position that goja's parser reports, whose columns count bytes of the line in Program's text.
func (s *Source) offset(at file.Position) int {
	line, rest := 1, opening+s.Text
	start := 0
	for line < at.Line {
		next := strings.IndexByte(rest[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
		line++
	}
	return start + at.Column - 1 - len(opening)
}

func invalidUTF8(text string) int {
	for i, r := range text {
		if _, n := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && n == 1 {
			return i
		}
	}
	return len(text)
}

// Locate returns the line and the column, in characters, of a position that goja reports for Program.
func (s *Source) Locate(at file.Position) (line, column int) {
	return s.place(s.offset(at))
}
