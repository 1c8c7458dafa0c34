package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// yamlReader builds nodes from the syntax tree of goccy/go-yaml.
type yamlReader struct {
	text    text
	anchors map[string]*node
}

// fault is what is wrong with the YAML itself. It ends reading.
type fault struct {
	at      position
	message string
}

func (f *fault) Error() string { return f.message }

func readYAML(t text) (*node, *Problem) {
	if root, ok := readPlain(t); ok {
		return root, nil
	}
	root, err := parseYAML(t)
	var f *fault
	if errors.As(err, &f) {
		return nil, t.refuse(f.at, f.message)
	}
	return root, nil
}

// parseYAML returns the one document of the text, or a *fault.
func parseYAML(t text) (root *node, err error) {
	defer func() {
		// The parser is known to panic on some malformed texts.
		if cause := recover(); cause != nil {
			root, err = nil, &fault{message: fmt.Sprintf("the YAML reader gave up on this file: %v", cause)}
		}
	}()
	if err := affordable(t); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(t.body)
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxFault(err)
	}
	body, err := onlyDocument(file)
	if err != nil {
		return nil, err
	}
	r := yamlReader{text: t, anchors: map[string]*node{}}
	return r.node(body)
}

// syntaxFault takes the place out of the parser's error.
func syntaxFault(err error) *fault {
	var e yaml.Error
	if !errors.As(err, &e) {
		return &fault{message: "this is not YAML: " + err.Error()}
	}
	message := "this is not YAML: " + visible.Line(e.GetMessage())
	if strings.Contains(message, "value is not allowed in this context") ||
		strings.Contains(message, "unexpected key name") {
		message += `; a value that holds ": " or " #" must be quoted, or written below a "|"`
	}
	return &fault{place(e.GetToken()), message}
}

func place(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// onlyDocument returns the body of the one document in the file.
func onlyDocument(file *ast.File) (ast.Node, error) {
	var body ast.Node
	for _, document := range file.Docs {
		if document.Body == nil && body == nil || isDirective(document.Body) {
			continue
		}
		if body != nil {
			at := place(document.Start)
			if document.Start == nil && document.Body != nil {
				at = place(document.Body.GetToken())
			}
			return nil, &fault{at, "a second YAML document starts here; the file must hold exactly one"}
		}
		body = document.Body
	}
	if body == nil {
		return nil, &fault{position{1, 1}, "the file is empty"}
	}
	return body, nil
}

func isDirective(n ast.Node) bool {
	_, is := n.(*ast.DirectiveNode)
	return is
}

func (r *yamlReader) node(n ast.Node) (*node, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, place(n.Start), n)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, place(n.Start), n)
	case *ast.SequenceNode:
		return r.sequence(n)
	case *ast.AnchorNode:
		value, err := r.node(n.Value)
		if err == nil {
			r.anchors[n.Name.GetToken().Value] = value
		}
		return value, err
	case *ast.AliasNode:
		return r.alias(n)
	case *ast.TagNode:
		return r.tagged(n)
	case *ast.MappingKeyNode:
		return r.node(n.Value)
	}
	return r.scalar(n)
}

func (r *yamlReader) sequence(n *ast.SequenceNode) (*node, error) {
	list := &node{kind: kindList, at: place(n.Start), size: 1}
	for _, value := range n.Values {
		item, err := r.node(value)
		if err != nil {
			return nil, err
		}
		list.items = append(list.items, item)
		if err := list.grow(item, value); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r *yamlReader) mapping(values []*ast.MappingValueNode, at position, from ast.Node) (*node, error) {
	m := &node{kind: kindMap, at: at, size: 1}
	var merges []*node
	for i, v := range values {
		value, err := r.node(v.Value)
		if err != nil {
			return nil, err
		}
		if v.Key.IsMergeKey() {
			merges = append(merges, value)
			continue
		}
		key, err := r.node(v.Key)
		if err != nil {
			return nil, err
		}
		if i == 0 && !isFlow(from) {
			m.at = key.at // the syntax tree starts a block mapping at its first colon
		}
		m.pairs = append(m.pairs, pair{key: key, value: value})
		if err := m.grow(value, v); err != nil {
			return nil, err
		}
	}
	for _, from := range merges {
		if err := m.merge(from); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func isFlow(n ast.Node) bool {
	m, is := n.(*ast.MappingNode)
	return is && m.IsFlowStyle
}

// merge adds the entries of a merge key's value: a mapping, or a list of mappings of which the earlier win.
func (n *node) merge(from *node) error {
	if from.kind == kindList {
		for _, item := range from.items {
			if item.kind == kindList {
				return &fault{item.at, "a merge key takes a mapping or a list of mappings"}
			}
			if err := n.merge(item); err != nil {
				return err
			}
		}
		return nil
	}
	if from.kind != kindMap {
		return &fault{from.at, "a merge key takes a mapping or a list of mappings"}
	}
	for _, p := range from.pairs {
		if n.child(p.key.value) == nil {
			n.pairs = append(n.pairs, p)
		}
	}
	if len(n.pairs) > maxKeys {
		return &fault{from.at, fmt.Sprintf("a mapping has more than %d keys", maxKeys)}
	}
	if n.size += from.size; n.size > maxNodes {
		return tooLarge(from.at)
	}
	return nil
}

// grow counts a child, however often aliases repeat it.
func (n *node) grow(child *node, at ast.Node) error {
	n.size += child.size
	if n.size > maxNodes {
		return tooLarge(place(at.GetToken()))
	}
	return nil
}

func tooLarge(at position) *fault {
	return &fault{at, fmt.Sprintf("the file holds more than %d values", maxNodes)}
}

func (r *yamlReader) alias(n *ast.AliasNode) (*node, error) {
	name := n.Value.GetToken().Value
	if target, ok := r.anchors[name]; ok {
		return target, nil
	}
	return nil, &fault{place(n.Start), fmt.Sprintf("no anchor named %s stands before this alias", quoted(name))}
}

// coreTags are the tags of YAML's core schema (1.2.2, section 10.3) and the kind each asks for.
var coreTags = map[string]kind{
	"!!str": kindText, "!!bool": kindBool, "!!int": kindNumber, "!!float": kindNumber,
	"!!null": kindNull, "!!seq": kindList, "!!map": kindMap,
}

func (r *yamlReader) tagged(n *ast.TagNode) (*node, error) {
	tag := n.Start.Value
	want, known := coreTags[tag]
	if !known {
		return nil, &fault{place(n.Start), fmt.Sprintf("tag %s is not supported", quoted(tag))}
	}
	shared, err := r.node(n.Value)
	if err != nil {
		return nil, err
	}
	own := *shared // the parser lets a tag stand before an alias
	value := &own
	if want == kindText && value.kind < kindText {
		value.kind, value.value = kindText, n.Value.GetToken().Value
	}
	if value.kind != want {
		return nil, &fault{place(n.Start), fmt.Sprintf("tag %s stands before %s", tag, value.kind)}
	}
	if value.style == stylePlain {
		value.at, value.style = place(n.Start), styleTagged // the scanner misplaces what follows a tag
	}
	return value, nil
}

func (r *yamlReader) scalar(n ast.Node) (*node, error) {
	s := &node{at: place(n.GetToken()), size: 1}
	switch n := n.(type) {
	case *ast.StringNode:
		s.kind, s.value, s.style = kindText, n.Value, quotes(n.Token.Type)
		return s, s.repair(n.Token.Origin)
	case *ast.LiteralNode:
		s.kind, s.value, s.style = kindText, n.Value.Value, styleLiteral
		if n.Start.Type == token.FoldedType {
			s.style = styleFolded
		}
	case *ast.BoolNode:
		s.kind, s.value = kindBool, strconv.FormatBool(n.Value)
	case *ast.IntegerNode:
		s.kind, s.value = kindNumber, fmt.Sprint(n.Value)
	case *ast.FloatNode:
		s.kind, s.value = kindNumber, fmt.Sprint(n.Value)
	case *ast.InfinityNode, *ast.NanNode:
		s.kind, s.value = kindNumber, n.GetToken().Value
	case *ast.NullNode:
		s.kind = kindNull
	default:
		return nil, &fault{s.at, fmt.Sprintf("%s is not expected here", n.Type())}
	}
	return s, nil
}

func quotes(t token.Type) style {
	switch t {
	case token.SingleQuoteType:
		return styleSingle
	case token.DoubleQuoteType:
		return styleDouble
	}
	return stylePlain
}

// quoteAtLineStart finds a ” that begins a line of a single quoted string.
var quoteAtLineStart = regexp.MustCompile("\n[ \t]*''[ \t]")

// repair puts right, or refuses, the strings that the scanner is known to read as something else than YAML
// defines. The origin is how the string is written.
func (n *node) repair(origin string) error {
	switch {
	case n.style == stylePlain && strings.Contains(origin, "\t"):
		n.value = foldPlain(origin) // the scanner drops tabs
	case n.style == styleSingle && quoteAtLineStart.MatchString(origin):
		return &fault{n.at, "a line of a quoted string starts with a quote and a space; write the string below a \"|\""}
	}
	if n.style == stylePlain && (strings.Contains(n.value, " #") || strings.Contains(n.value, ": ")) {
		return &fault{n.at, "a value that holds \": \" or \" #\" must be quoted, or written below a \"|\""}
	}
	return nil
}

// foldPlain returns the value of an unquoted string as YAML defines it (1.2.2, section 6.5).
func foldPlain(origin string) string {
	var b strings.Builder
	breaks := 0
	for i, line := range strings.Split(strings.Trim(origin, " \t\n"), "\n") {
		line = strings.Trim(line, " \t")
		switch {
		case line == "":
			breaks++
			continue
		case breaks > 0:
			b.WriteString(strings.Repeat("\n", breaks))
		case i > 0:
			b.WriteByte(' ')
		}
		breaks = 0
		b.WriteString(line)
	}
	return b.String()
}
