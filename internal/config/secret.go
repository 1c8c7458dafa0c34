package config

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Range is a part of a text, in bytes: from From up to, but without, To.
type Range struct{ From, To int }

// userinfo finds the user and password of a URL, whatever stands in them: url.Parse takes the last @ before a / too.
// ruleUserinfo is stricter: what merely looks like one in a rule, such as ://")+"@, is JavaScript.
var (
	userinfo     = regexp.MustCompile(`://[^/?#\s]*@`)
	ruleUserinfo = regexp.MustCompile(`://[^/@\s"'` + "`" + `,]+@`)
)

// Secrets returns what must not be shown of Source: the users and passwords of URLs in values, rules and comments, in
// the order of the text and apart from each other. A value in quotes that is written in a way that hides one, with
// escapes or over several lines, is a secret as a whole; its quotes aren't.
func (c *Config) Secrets() []Range {
	if c.places != nil {
		return c.secrets
	}
	d := c.drawn()
	var all []Range
	for _, m := range userinfo.FindAllIndex(c.Source, -1) {
		found := userOf(m)
		if !d.inRule(found) {
			all = append(all, found)
			continue
		}
		for _, inner := range ruleUserinfo.FindAllIndex(c.Source[m[0]:m[1]], -1) {
			user := userOf(inner)
			all = append(all, Range{m[0] + user.From, m[0] + user.To})
		}
	}
	for _, n := range d.strings {
		if written := d.of(n); hidden(n.value, c.Source[written.From:written.To]) {
			all = append(all, d.unquoted(written))
		}
	}
	return joined(all)
}

// userOf is the user and password of what userinfo found.
func userOf(found []int) Range { return Range{found[0] + len("://"), found[1] - len("@")} }

// hidden reports whether a value has a user or password that isn't found where it is written.
func hidden(value string, written []byte) bool {
	for _, m := range userinfo.FindAllString(value, -1) {
		if !bytes.Contains(written, []byte(m)) {
			return true
		}
	}
	return false
}

// drawing is where the values of a configuration stand in its source.
type drawing struct {
	lines   []int   // where each begins
	source  []byte  // without a byte order mark it begins at lines[0]
	starts  []int   // of keys and values, in order
	rules   []Range // of matchFuncs, in order
	strings []*node // the others that may hold a URL
}

func (c *Config) drawn() *drawing {
	d := &drawing{source: c.Source, lines: lineStarts(c.Source)}
	if c.root == nil { // it isn't Parse's
		return d
	}
	rules := map[*node]bool{}
	for _, p := range c.root.find("spec.processors").items {
		if n := p.child("matchFunc"); n != nil && n.kind == kindText {
			rules[n] = true
		}
	}
	d.starts = make([]int, 0, 2*c.root.size)
	var walk func(n *node)
	walk = func(n *node) { // what aliases repeat is there several times, as often as maxNodes allows
		d.starts = append(d.starts, d.offset(n.at))
		if n.kind == kindText && !rules[n] && strings.Contains(n.value, "://") {
			d.strings = append(d.strings, n)
		}
		for _, item := range n.items {
			walk(item)
		}
		for _, p := range n.pairs {
			walk(p.key)
			walk(p.value)
		}
	}
	walk(c.root)
	slices.Sort(d.starts)
	for n := range rules {
		if end := c.text.end(n); end != n.at {
			d.rules = append(d.rules, Range{d.offset(n.at), d.offset(end)})
		}
	}
	slices.SortFunc(d.rules, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	return d
}

// end is where a string ends, or where it begins where that isn't known.
func (t text) end(n *node) position {
	lines := strings.Split(n.value, "\n")
	last := len(lines) - 1
	if lines[last] == "" && last > 0 { // a block ends with its last line
		last--
	}
	return t.inside(n, last+1, utf8.RuneCountInString(lines[last])+1)
}

// of is where a value is written: up to where the next one begins.
func (d *drawing) of(n *node) Range {
	from := d.offset(n.at)
	i, _ := slices.BinarySearch(d.starts, from+1)
	if i == len(d.starts) {
		return Range{from, len(d.source)}
	}
	return Range{from, d.starts[i]}
}

// unquoted is what stands between the first quotes of a part of the source; all of it where there are none.
func (d *drawing) unquoted(part Range) Range {
	raw := d.source[part.From:part.To]
	begin := bytes.IndexAny(raw, `"'`)
	if begin < 0 {
		return part
	}
	quote := raw[begin]
	for i := begin + 1; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && quote == '"', raw[i] == quote && quote == '\'' && i+1 < len(raw) && raw[i+1] == quote:
			i++
		case raw[i] == quote:
			return Range{part.From + begin + 1, part.From + i}
		}
	}
	return part
}

// inRule reports whether a part of the source is one of a rule.
func (d *drawing) inRule(part Range) bool {
	i, _ := slices.BinarySearchFunc(d.rules, part.From, func(r Range, at int) int { return cmp.Compare(r.To, at+1) })
	return i < len(d.rules) && d.rules[i].From <= part.From && part.To <= d.rules[i].To
}

// offset is the byte at a place.
func (d *drawing) offset(at position) int {
	if at.line < 1 || at.line > len(d.lines) {
		return 0
	}
	i := d.lines[at.line-1]
	for column := 1; column < at.column && i < len(d.source); column++ {
		_, size := utf8.DecodeRune(d.source[i:])
		i += size
	}
	return i
}

// lineStarts returns where each line begins, as newText tells lines apart.
func lineStarts(source []byte) []int {
	first := 0
	if bytes.HasPrefix(source, []byte("\ufeff")) {
		first = len("\ufeff")
	}
	all := []int{first}
	for i := first; i < len(source); i++ {
		if source[i] == '\n' || source[i] == '\r' && (i+1 == len(source) || source[i+1] != '\n') {
			all = append(all, i+1)
		}
	}
	return all
}

// joined sorts ranges, and makes one of those that touch.
func joined(all []Range) (out []Range) {
	slices.SortFunc(all, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	for _, r := range all {
		if last := len(out) - 1; last >= 0 && r.From <= out[last].To {
			out[last].To = max(out[last].To, r.To)
		} else if r.From < r.To {
			out = append(out, r)
		}
	}
	return out
}
