package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// plainReader reads YAML that is written as nearly every configuration is: blocks of mappings and lists, strings on one
// line or below a "|", lists of words in brackets. It makes the nodes that goccy/go-yaml's reader does, which a fuzz
// test holds it to, with a tenth of the time and of the memory, so that many rules are loaded beside messages. Whatever
// it isn't sure of, and whatever is wrong, it leaves to that reader.
type plainReader struct {
	lines []string
	line  int // of the content that is read next, from 0; len(lines) at the end
	depth int
	count int // of values, not of the names of properties

	slab  []node  // from which nodes are cut
	items []*node // of the lists that are open
	pairs []pair  // of the mappings that are open
}

const (
	plainDepth = 16 // deeper than a configuration nests
	plainBlank = 32 // lines in a row within a string
)

// readPlain returns the root of a text; false where the other reader has to read it.
func readPlain(t text) (root *node, ok bool) {
	if strings.ContainsAny(t.body, "\t\u0085\u2028\u2029\ufeff") {
		return nil, false
	}
	r := plainReader{lines: t.lines, line: -1}
	r.advance()
	if r.line < len(r.lines) && r.lines[r.line] == "---" {
		r.advance()
	}
	if r.line == len(r.lines) {
		return nil, false
	}
	if root, ok = r.mapping(0); !ok || r.line < len(r.lines) {
		return nil, false
	}
	return root, true
}

// advance goes on to the next line that isn't blank or a comment.
func (r *plainReader) advance() {
	for r.line++; r.line < len(r.lines); r.line++ {
		if content := strings.TrimLeft(r.lines[r.line], " "); content != "" && content[0] != '#' {
			return
		}
	}
}

// indent is how many spaces begin the line that is read next; -1 at the end.
func (r *plainReader) indent() int {
	if r.line == len(r.lines) {
		return -1
	}
	line := r.lines[r.line]
	return len(line) - len(strings.TrimLeft(line, " "))
}

// node returns a new one at a column of the current line, from 0. All before it is ASCII.
func (r *plainReader) node(kind kind, column int) *node {
	if len(r.slab) == 0 {
		r.slab = make([]node, 128)
	}
	n := &r.slab[0]
	r.slab = r.slab[1:]
	n.kind, n.at, n.size = kind, position{r.line + 1, column + 1}, 1
	return n
}

// block reads the mapping or list that begins at a column of the current line.
func (r *plainReader) block(column int) (*node, bool) {
	if !r.mayRead() {
		return nil, false
	}
	r.depth++
	defer func() { r.depth-- }()
	if isEntry(r.lines[r.line][column:]) {
		return r.list(column)
	}
	return r.mapping(column)
}

// mayRead counts a value, and reports whether there may be one more, as deep.
func (r *plainReader) mayRead() bool {
	r.count++
	return r.depth < plainDepth && r.count <= maxNodes
}

func isEntry(content string) bool { return strings.HasPrefix(content, "- ") }

// mapping reads one whose keys begin at a column, the first of them in the current line.
func (r *plainReader) mapping(column int) (*node, bool) {
	m, first := r.node(kindMap, column), len(r.pairs)
	for at := column; at == column; at = r.indent() {
		line := r.lines[r.line]
		name := plainKey(line[column:])
		if name == "" || len(r.pairs)-first == maxKeys {
			return nil, false
		}
		key := r.node(kindText, column)
		key.value = name
		value, ok := r.value(column, column+len(name)+len(":"))
		if !ok {
			return nil, false
		}
		m.size += value.size
		r.pairs = append(r.pairs, pair{key, value})
	}
	m.pairs = slices.Clone(r.pairs[first:])
	r.pairs = r.pairs[:first]
	return m, r.indent() < column
}

// plainKey returns the name of a property that a line begins with; empty where there is none, or not a plain one.
func plainKey(line string) string {
	n := 0
	for n < len(line) && (isLetter(line[n]) || n > 0 && (isDigit(line[n]) || line[n] == '_' || line[n] == '-')) {
		n++
	}
	if n == 0 || n > maxKeyLength || n == len(line) || line[n] != ':' || n+1 < len(line) && line[n+1] != ' ' {
		return ""
	}
	if reserved(line[:n]) {
		return ""
	}
	return line[:n]
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// reserved reports a word that isn't a string in YAML's core schema.
func reserved(word string) bool {
	switch word {
	case "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	return false
}

// value reads that of a key at a column, which is written from another column on, or below.
func (r *plainReader) value(key, from int) (*node, bool) {
	line := r.lines[r.line]
	from += len(line[from:]) - len(strings.TrimLeft(line[from:], " "))
	if from < len(line) && line[from] != '#' {
		return r.inline(key, from)
	}
	r.advance()
	column := r.indent()
	if column > key || column == key && isEntry(r.lines[r.line][column:]) {
		return r.block(column)
	}
	return nil, false // it is left out
}

// list reads one whose dashes are at a column, the first of them in the current line.
func (r *plainReader) list(column int) (*node, bool) {
	list, first := r.node(kindList, column), len(r.items)
	for at := column; at == column && isEntry(r.lines[r.line][column:]); at = r.indent() {
		line := r.lines[r.line]
		from := column + 1 + len(line[column+1:]) - len(strings.TrimLeft(line[column+1:], " "))
		var (
			item *node
			ok   bool
		)
		switch {
		case from == len(line) || line[from] == '#' || isEntry(line[from:]):
		case plainKey(line[from:]) != "":
			item, ok = r.block(from)
		default:
			item, ok = r.inline(column, from)
		}
		if !ok {
			return nil, false
		}
		list.size += item.size
		r.items = append(r.items, item)
	}
	list.items = slices.Clone(r.items[first:])
	r.items = r.items[:first]
	return list, r.indent() <= column
}

// inline reads a value that is written in the current line, or below a "|" there. What is around it begins at a column.
func (r *plainReader) inline(around, from int) (n *node, ok bool) {
	if !r.mayRead() {
		return nil, false
	}
	switch r.lines[r.line][from] {
	case '|':
		return r.literal(around, from)
	case '[', '{', '"', '\'':
		r.count-- // flow counts it
		var end int
		n, end, ok = r.flow(from)
		ok = ok && isOver(r.lines[r.line][end:])
	default:
		n, ok = r.plain(from)
	}
	if !ok {
		return nil, false
	}
	r.advance()
	return n, r.indent() <= around // else it goes on there
}

// isOver reports whether nothing but a comment follows a value.
func isOver(rest string) bool {
	content := strings.TrimLeft(rest, " ")
	return content == "" || content[0] == '#' && len(content) < len(rest)
}

// plain reads a string, a number or a boolean without quotes.
func (r *plainReader) plain(from int) (*node, bool) {
	written, _, commented := strings.Cut(r.lines[r.line][from:], " #")
	n := r.node(kindText, from)
	n.value = strings.TrimRight(written, " ")
	return n, n.plain() && (commented || n.value == written) // the other reader misplaces it before spaces
}

// plain sets the kind of a value without quotes; false where it isn't sure.
func (n *node) plain() bool {
	written := n.value
	if written == "" || strings.Contains(written, ": ") || strings.HasSuffix(written, ":") ||
		strings.Contains(written, "<<") {
		return false
	}
	switch c := written[0]; {
	case written == "true", written == "false":
		n.kind = kindBool
	case isDigit(c):
		if token.ToNumber(written) == nil {
			break
		}
		n.kind = kindNumber
		return isUsual(written)
	case !isLetter(c) && c != '_' && c != '(' && c != '/':
		return false
	}
	return n.kind == kindBool || !reserved(written)
}

// isUsual reports a number that is written as Go writes it, so that there is one spelling.
func isUsual(written string) bool {
	if whole, err := strconv.ParseInt(written, 10, 64); err == nil {
		return strconv.FormatInt(whole, 10) == written
	}
	number, err := strconv.ParseFloat(written, 64)
	return err == nil && strings.Trim(written, "0123456789.") == "" && fmt.Sprint(number) == written
}

// literal reads the lines below a "|".
func (r *plainReader) literal(around, from int) (*node, bool) {
	header := r.lines[r.line][from:]
	n := r.node(kindText, from)
	n.style = styleLiteral
	r.line++
	begin, indent := r.line, r.indent()
	if header != "|" && header != "|-" || indent <= around || r.lines[r.line][indent:] == "" {
		return nil, false
	}
	end := begin // of its last line that isn't empty
	for ; r.line < len(r.lines); r.line++ {
		line := r.lines[r.line]
		if line == "" {
			if r.line-end > plainBlank {
				return nil, false
			}
			continue
		}
		own := r.indent()
		if own < indent || own == len(line) {
			break
		}
		end = r.line + 1
	}
	var b strings.Builder
	for i, line := range r.lines[begin:end] {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line[min(indent, len(line)):])
	}
	if header == "|" {
		b.WriteByte('\n')
	}
	n.value = b.String()
	if end == len(r.lines) || r.line < len(r.lines) && r.indent() == len(r.lines[r.line]) ||
		strings.HasSuffix(r.lines[end-1], " ") {
		return nil, false // it ends without a line break or with blanks, or there are some below it
	}
	r.line--
	r.advance()
	return n, r.indent() <= around
}
