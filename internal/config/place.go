package config

import (
	"strings"
	"unicode/utf8"
)

// Problem returns an error at a path of the resource, such as spec.middlewares[0].addr, for stages after
// Parse. The place is that of the value, or of the nearest value around it where the file has none there.
func (c *Config) Problem(path, message string) Problem {
	return c.text.problem(path, c.at(path).at, message)
}

// MatchFuncProblem returns an error inside the matchFunc of spec.processors[i]. Line and column count
// from 1 within the source text, the column in characters. The place in the file is exact for sources in a literal
// block (|) and for those written on one line, quoted or not; it is the start of the source where a string is
// folded over several lines.
func (c *Config) MatchFuncProblem(i, line, column int, message string) Problem {
	path := member(element("spec.processors", i), "matchFunc")
	return c.text.problem(path, c.text.inside(c.matchFunc(i), line, column), message)
}

// To returns the problem, an error inside the matchFunc of spec.processors[i], with the place where what it is about
// ends, which is given as to MatchFuncProblem. There is none where the place in the file isn't exact.
func (p Problem) To(c *Config, i, line, column int) Problem {
	end := c.MatchFuncProblem(i, line, column, "")
	if end.Line > p.Line || end.Line == p.Line && end.Column > p.Column {
		p.End = &End{end.Line, end.Column}
	}
	return p
}

// at returns the value at or around a path, once it is compact without its text; a Config that Parse didn't make has
// no places.
func (c *Config) at(path string) *node {
	switch {
	case c.root != nil:
		return c.root.find(path)
	case c.places != nil:
		return c.places.find(path)
	}
	return &node{}
}

// matchFunc returns the rule of spec.processors[i], or what is around it.
func (c *Config) matchFunc(i int) *node {
	n := c.at(member(element("spec.processors", i), "matchFunc"))
	if c.places != nil && n.kind == kindText {
		n.value = c.Spec.Processors[i].MatchFunc
	}
	return n
}

// inside finds a place of a string's value in the file.
func (t text) inside(n *node, line, column int) position {
	values := strings.Split(n.value, "\n")
	if n.kind != kindText || n.at.line < 1 || n.at.column < 1 || line < 1 || line > len(values) ||
		n.at.line > len(t.lines) {
		return n.at
	}
	column = min(max(column, 1), utf8.RuneCountInString(values[line-1])+1)
	if n.style == styleWhole {
		return position{line, column}
	}
	if n.style == styleLiteral {
		return t.insideLiteral(n, values[line-1], position{line, column})
	}
	offset := column - 1
	for _, before := range values[:line-1] {
		offset += utf8.RuneCountInString(before) + 1
	}
	return t.insideLine(n, offset)
}

// insideLiteral finds a place below a |. The value's line is the end of the file's line, after the indentation.
func (t text) insideLiteral(n *node, value string, at position) position {
	number := n.at.line + at.line
	if number > len(t.lines) {
		return n.at
	}
	indent, found := strings.CutSuffix(t.lines[number-1], value)
	if !found || strings.TrimLeft(indent, " ") != "" {
		return n.at
	}
	return position{number, len(indent) + at.column}
}

// insideLine finds a character of a string that is written on one line, by reading it again.
func (t text) insideLine(n *node, offset int) position {
	const widest = 12 // "\\ud83d\\ude00" writes one character
	raw, quote := t.characters(n.at.line, n.at.column, n.at.column+widest*(offset+1)), rune(0)
	if n.style == styleFolded || n.style == styleTagged || len(raw) == 0 {
		return n.at
	}
	skipped := 0
	if n.style == styleSingle || n.style == styleDouble {
		quote = raw[0]
		raw, skipped = raw[1:], 1
	}
	for _, want := range n.value {
		if offset == 0 {
			break
		}
		width := written(raw, want, quote)
		if width == 0 {
			return n.at
		}
		raw, skipped, offset = raw[width:], skipped+width, offset-1
	}
	return position{n.at.line, n.at.column + skipped}
}

// written is how many characters the quoted or plain text takes to write its next character, 0 when it doesn't.
func written(raw []rune, want, quote rune) int {
	switch {
	case len(raw) == 0:
		return 0
	case quote == '\'' && len(raw) > 1 && raw[0] == quote && raw[1] == quote && want == quote:
		return 2
	case quote == '"' && raw[0] == '\\' && len(raw) > 1:
		return escapeWidth(raw, want)
	case raw[0] == want && raw[0] != quote:
		return 1
	}
	return 0
}

func escapeWidth(raw []rune, want rune) int {
	width := 2
	switch raw[1] {
	case 'x':
		width = 4
	case 'u':
		width = 6
		if want > 0xffff {
			width = 12 // a surrogate pair
		}
	case 'U':
		width = 10
	}
	if width > len(raw) {
		return 0
	}
	return width
}
