package ruletest

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
)

// Update returns the file with the expectations of the results that failed put right, and everything else, comments
// too, as it was. It fails rather than write a file that says something else.
func (s *Suite) Update(results []Result) ([]byte, error) {
	source := string(s.source)
	want := make([]Expect, len(s.Tests))
	for i, t := range s.Tests {
		want[i] = t.Expect
	}
	for _, r := range slices.Backward(results) { // from the end, so that the places before stay what they are
		if r.Passed {
			continue
		}
		p := s.parts[r.test]
		want[r.test] = s.Tests[r.test].Expect.updated(r.got)
		line, column := p.document.Place(p.path)
		if p.start < 0 {
			return nil, fmt.Errorf("update %s: %w", s.File, errForm)
		}
		end := len(source)
		if p.size > 0 {
			end = min(end, p.start+p.size) // its last line may lack its end
		}
		edited, err := rewrite(source[p.start:end], line, column, s.Tests[r.test].Expect, want[r.test])
		if err != nil {
			return nil, fmt.Errorf("update %s: test %q: %w", s.File, r.Name, err)
		}
		source = source[:p.start] + edited + source[end:]
	}
	again, err := Parse(s.File, []byte(source))
	if err != nil {
		return nil, fmt.Errorf("update %s: %w", s.File, err)
	}
	for i, t := range again.Tests {
		if !t.Expect.equal(want[i]) {
			return nil, fmt.Errorf("update %s: test %q: its expectation is written in a way that can't be changed "+
				"in place, such as by an anchor", s.File, t.Name)
		}
	}
	return []byte(source), nil
}

// updated is the expectation of what came out. It expects the same things as before.
func (e Expect) updated(x *dispatch.Explanation) Expect {
	var n Expect
	switch {
	case e.Processor == "" && e.Code == "":
	case x.Selected != nil:
		n.Processor = *x.Selected
	default:
		n.Code = x.Code
		if n.Error = e.Error; n.Error != "" && !strings.Contains(x.Error, n.Error) {
			n.Error, _, _ = strings.Cut(x.Error, "\n")
		}
	}
	if e.Plan != nil {
		n.Plan = plan(x)
	}
	for ref := range e.Rules {
		if n.Rules == nil {
			n.Rules = map[string]string{}
		}
		for _, r := range x.Rules {
			if r.Ref == ref {
				n.Rules[ref] = string(r.Outcome)
			}
		}
	}
	return n
}

func (e Expect) equal(o Expect) bool {
	return e.Processor == o.Processor && e.Code == o.Code && e.Error == o.Error && slices.Equal(e.Plan, o.Plan) &&
		maps.Equal(e.Rules, o.Rules)
}

// entry is a key of an expectation and its value as YAML, on one line.
type entry struct{ key, value string }

func (e Expect) entries() []entry {
	var all []entry
	for _, one := range []entry{{"processor", e.Processor}, {"code", e.Code}, {"error", e.Error}} {
		if one.value != "" {
			all = append(all, entry{one.key, scalar(one.value)})
		}
	}
	if e.Plan != nil {
		refs := make([]string, len(e.Plan))
		for i, ref := range e.Plan {
			refs[i] = scalar(ref)
		}
		all = append(all, entry{"plan", list(refs)})
	}
	if e.Rules != nil {
		var rules []string
		for _, ref := range sortedKeys(e.Rules) {
			rules = append(rules, scalar(ref)+": "+e.Rules[ref])
		}
		all = append(all, entry{"rules", "{" + strings.Join(rules, ", ") + "}"})
	}
	return all
}

var (
	plainWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	notText   = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n)$`)
)

// scalar writes a string as YAML.
func scalar(word string) string {
	if plainWord.MatchString(word) && !notText.MatchString(word) {
		return word
	}
	return strconv.Quote(word)
}

var errForm = errors.New("its expectation isn't a mapping that can be changed in place")

// rewrite replaces the mapping at a place, which says was, by one that says is.
func rewrite(text string, line, column int, was, is Expect) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) {
		return "", errForm
	}
	first := []rune(lines[line-1])
	if column < 1 || column > len(first) {
		return "", errForm
	}
	before, rest := string(first[:column-1]), string(first[column-1:])
	if strings.HasPrefix(rest, "{") {
		end := closing(rest)
		if end < 0 {
			return "", errForm
		}
		var parts []string
		for _, e := range is.entries() {
			parts = append(parts, e.key+": "+e.value)
		}
		lines[line-1] = before + "{" + strings.Join(parts, ", ") + "}" + rest[end+1:]
		return strings.Join(lines, ""), nil
	}
	if strings.Trim(before, " ") != "" {
		return "", errForm
	}
	end := blockEnd(lines, line-1, len(before))
	block := rewriteBlock(lines[line-1:end], before, was.entries(), is.entries())
	return strings.Join(slices.Concat(lines[:line-1], block, lines[end:]), ""), nil
}

// closing finds the } of the { that the text begins with; -1 where it isn't on this line.
func closing(text string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// blockEnd is the line behind a block of lines with at least this indentation.
func blockEnd(lines []string, from, indent int) int {
	end := from
	for i := from; i < len(lines); i++ {
		text := strings.TrimRight(lines[i], " \r\n")
		if text == "" {
			continue
		}
		if len(text)-len(strings.TrimLeft(text, " ")) < indent {
			break
		}
		end = i + 1
	}
	return end
}

// rewriteBlock keeps comments and the entries that say the same, changes those that don't, and puts new ones where the
// first one had been that is gone.
func rewriteBlock(lines []string, indent string, was, is []entry) []string {
	added := slices.DeleteFunc(slices.Clone(is), func(e entry) bool { return find(was, e.key) != nil })
	var out []string
	for i := 0; i < len(lines); {
		text, inside := strings.CutPrefix(lines[i], indent)
		if !inside || strings.HasPrefix(text, "#") || strings.TrimSpace(text) == "" {
			out = append(out, lines[i])
			i++
			continue
		}
		next := i + 1 // behind what belongs to the entry
		for next < len(lines) && strings.HasPrefix(strings.TrimPrefix(lines[next], indent), " ") {
			next++
		}
		key, _, _ := strings.Cut(text, ":")
		key = strings.Trim(strings.TrimSpace(key), `"'`)
		before, after := find(was, key), find(is, key)
		switch {
		case after != nil && before != nil && *after == *before:
			out = append(out, lines[i:next]...)
		case after != nil:
			out = append(out, after.line(indent, comment(lines[i], before)))
		default:
			for _, e := range added {
				out = append(out, e.line(indent, comment(lines[i], before)))
			}
			added = nil
		}
		i = next
	}
	for _, e := range added {
		out = append(out, e.line(indent, ""))
	}
	return out
}

func find(list []entry, key string) *entry {
	i := slices.IndexFunc(list, func(e entry) bool { return e.key == key })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func (e entry) line(indent, comment string) string {
	return indent + e.key + ": " + e.value + comment + "\n"
}

// comment returns what is said behind an entry on its line.
func comment(line string, e *entry) string {
	at := strings.LastIndex(line, " #")
	if at < 0 || e != nil && strings.Contains(e.value, "#") {
		return ""
	}
	return " " + strings.TrimSpace(line[at:])
}
