package config

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// A position is a place in the text; line and column count from 1, the column in characters.
type position struct {
	line, column int
}

// text is a configuration file, ready to be read and quoted from: valid UTF-8, without a byte order
// mark or control characters, every line break a single \n.
type text struct {
	name  string
	body  string
	lines []string
	ascii bool // characters are bytes, so that the places of one very long line are found at once
}

// newText checks the bytes and prepares them, or says why they are not text.
func newText(name string, source []byte) (text, *Problem) {
	t := text{name: name}
	if len(source) > MaxBytes {
		return t, t.refuse(position{}, fmt.Sprintf("the file is larger than %d MiB", MaxBytes>>20))
	}
	if bytes.HasPrefix(source, []byte("\xff\xfe")) || bytes.HasPrefix(source, []byte("\xfe\xff")) {
		return t, t.refuse(position{}, "the file is UTF-16; save it as UTF-8")
	}
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	t.body = strings.ToValidUTF8(string(source), "\ufffd")
	t.body = strings.ReplaceAll(t.body, "\r\n", "\n")
	t.body = strings.ReplaceAll(t.body, "\r", "\n")
	t.lines = strings.Split(t.body, "\n")
	t.ascii = strings.IndexFunc(t.body, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if !utf8.Valid(source) {
		return t, t.refuse(invalidUTF8(source), "the file is not valid UTF-8 here")
	}
	for i, line := range t.lines {
		if at := strings.IndexFunc(line, forbidden); at >= 0 {
			r, _ := utf8.DecodeRuneInString(line[at:])
			place := position{i + 1, utf8.RuneCountInString(line[:at]) + 1}
			return t, t.refuse(place, fmt.Sprintf("control character %U is not allowed", r))
		}
	}
	return t, nil
}

// forbidden reports a character that YAML (1.2.2, section 5.1) doesn't count as printable and a terminal
// may obey.
func forbidden(r rune) bool {
	return r != '\t' && (r < 0x20 || r >= 0x7f && r < 0xa0 && r != 0x85)
}

// invalidUTF8 returns the place of the first byte that is no UTF-8.
func invalidUTF8(source []byte) position {
	at := 0
	for at < len(source) {
		r, size := utf8.DecodeRune(source[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	before := strings.ReplaceAll(string(source[:at]), "\r\n", "\n")
	before = strings.ReplaceAll(before, "\r", "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	return position{strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1}
}

// refuse returns a problem of the file as a whole.
func (t text) refuse(at position, message string) *Problem {
	p := t.problem("", at, message)
	return &p
}

// problem returns an error at a place. The place is moved inside the text where it isn't.
func (t text) problem(path string, at position, message string) Problem {
	p := Problem{File: t.name, Path: path, Message: message, Severity: SeverityError}
	if at.line <= 0 || len(t.lines) == 0 {
		return p
	}
	p.Line = min(at.line, len(t.lines))
	p.Column = min(max(at.column, 1), t.length(p.Line)+1)
	p.Snippet = t.snippet(p.Line, p.Column)
	return p
}

// length is the number of characters of a line.
func (t text) length(line int) int {
	if t.ascii {
		return len(t.lines[line-1])
	}
	return utf8.RuneCountInString(t.lines[line-1])
}

// characters returns those of a line from one column up to, but without, another.
func (t text) characters(line, from, to int) []rune {
	rest := t.lines[line-1]
	if t.ascii {
		end := min(to-1, len(rest))
		return []rune(rest[min(from-1, end):end])
	}
	var cut []rune
	column := 1
	for _, char := range rest {
		if column >= to {
			break
		}
		if column >= from {
			cut = append(cut, char)
		}
		column++
	}
	return cut
}

// snippetWidth is how much of a line a snippet shows, in characters.
const snippetWidth = 100

// snippet shows the line with a caret under the column, cut to the neighbourhood of the column.
func (t text) snippet(line, column int) string {
	length := t.length(line)
	first := max(1, min(column-snippetWidth*2/3, length-snippetWidth+1))
	shown := strings.Map(visible.Cell, string(t.characters(line, first, first+snippetWidth)))
	margin := strings.Repeat(" ", column-first)
	if first > 1 {
		shown, margin = "…"+shown, " "+margin
	}
	if first+snippetWidth <= length {
		shown += "…"
	}
	return strings.TrimRight(fmt.Sprintf("%5d | %s", line, shown), " ") + "\n      | " + margin + "^"
}

// quoted shows a word of the file in a message.
func quoted(word string) string {
	const most = 60
	if runes := []rune(word); len(runes) > most {
		word = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", word)
}
