package config

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// flow reads a value in brackets, braces or quotes, or a word between them, that begins in the current line and ends
// there, before end.
func (r *plainReader) flow(from int) (n *node, end int, ok bool) {
	if !r.mayRead() {
		return nil, 0, false
	}
	r.depth++
	defer func() { r.depth-- }()
	line := r.lines[r.line]
	switch {
	case from == len(line):
		return nil, 0, false
	case line[from] == '"', line[from] == '\'':
		return r.quoted(from)
	case line[from] != '[' && line[from] != '{':
		return r.word(from)
	case strings.IndexFunc(line[from:], isWide) >= 0: // columns of what follows aren't its bytes
		return nil, 0, false
	case line[from] == '[':
		return r.flowList(from)
	}
	return r.flowMapping(from)
}

// quoted reads a string in quotes, without escapes.
func (r *plainReader) quoted(from int) (n *node, end int, ok bool) {
	written := r.lines[r.line][from:]
	length := strings.IndexByte(written[1:], written[0])
	if length < 0 || len(written) > length+2 && written[length+2] == written[0] {
		return nil, 0, false
	}
	n = r.node(kindText, from)
	n.value, n.style = written[1:length+1], styleSingle
	if written[0] == '"' {
		n.style = styleDouble
	}
	return n, from + length + 2, n.style == styleSingle || !strings.Contains(n.value, `\`)
}

// word reads one such as INVITE, example.com or 5s.
func (r *plainReader) word(from int) (n *node, end int, ok bool) {
	line := r.lines[r.line]
	for end = from; end < len(line) && isInWord(line[end]); end++ {
	}
	n = r.node(kindText, from)
	n.value = line[from:end]
	return n, end, n.plain()
}

func isWide(r rune) bool { return r >= utf8.RuneSelf }

func isInWord(c byte) bool { return isLetter(c) || isDigit(c) || strings.IndexByte("_.-/", c) >= 0 }

func skipSpaces(line string, from int) int {
	return len(line) - len(strings.TrimLeft(line[from:], " "))
}

// flowList reads a list in brackets.
func (r *plainReader) flowList(from int) (list *node, end int, ok bool) {
	line := r.lines[r.line]
	first := len(r.items)
	list = r.node(kindList, from)
	for at, separator := skipSpaces(line, from+1), byte(','); separator == ','; {
		if len(r.items) == first && at < len(line) && line[at] == ']' {
			return list, at + 1, true
		}
		item, after, ok := r.flow(at)
		if !ok {
			return nil, 0, false
		}
		r.items = append(r.items, item)
		list.size += item.size
		if end = skipSpaces(line, after); end == len(line) || line[end] != ',' && line[end] != ']' {
			return nil, 0, false
		}
		separator, at = line[end], skipSpaces(line, end+1)
	}
	list.items = slices.Clone(r.items[first:])
	r.items = r.items[:first]
	return list, end + 1, true
}

// flowMapping reads a mapping in braces.
func (r *plainReader) flowMapping(from int) (m *node, end int, ok bool) {
	line := r.lines[r.line]
	first := len(r.pairs)
	m = r.node(kindMap, from)
	for at, separator := skipSpaces(line, from+1), byte(','); separator == ','; {
		if len(r.pairs) == first && at < len(line) && line[at] == '}' {
			return m, at + 1, true
		}
		name := plainKey(line[at:])
		if name == "" || len(r.pairs)-first == maxKeys {
			return nil, 0, false
		}
		key := r.node(kindText, at)
		key.value = name
		value, after, ok := r.flow(skipSpaces(line, at+len(name)+len(":")))
		if !ok {
			return nil, 0, false
		}
		r.pairs = append(r.pairs, pair{key, value})
		m.size += value.size
		if end = skipSpaces(line, after); end == len(line) || line[end] != ',' && line[end] != '}' {
			return nil, 0, false
		}
		separator, at = line[end], skipSpaces(line, end+1)
	}
	m.pairs = slices.Clone(r.pairs[first:])
	r.pairs = r.pairs[:first]
	return m, end + 1, true
}
