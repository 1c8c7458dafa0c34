package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Document is a YAML or JSON text other than a configuration, such as a file of rule tests, that is read as strictly.
type Document struct {
	text text
	root *node
}

// Decode reads a text of at most MaxBytes into the struct that into points to, whose tags are those of Config. Beside
// what Config uses, a field may be a json.RawMessage, for any value or for text that holds JSON, and a
// map[string]string. The error is an *Error that holds every problem; the Document beside it is nil only where the
// text couldn't be read as one YAML or JSON document.
func Decode(name string, source []byte, into any) (*Document, error) {
	t, problem := newText(name, source)
	d := &Document{text: t}
	if problem == nil {
		d.root, problem = read(t)
	}
	if problem != nil {
		return nil, NewError([]Problem{*problem})
	}
	return d, NewError(decode(t, d.root, into))
}

// Problem returns an error at a path of the document, such as tests[0].expect.
func (d *Document) Problem(path, message string) Problem {
	return d.text.problem(path, d.root.find(path).at, message)
}

// Inside returns an error inside the string at a path, as Config.MatchFuncProblem does.
func (d *Document) Inside(path string, line, column int, message string) Problem {
	return d.text.problem(path, d.text.inside(d.root.find(path), line, column), message)
}

// Place returns where the value at a path begins, or the nearest one around it; both count from 1.
func (d *Document) Place(path string) (line, column int) {
	at := d.root.find(path).at
	return at.line, at.column
}

var jsonType = reflect.TypeFor[json.RawMessage]()

// json keeps a value as the JSON that it is, or holds.
func (d *decoder) json(n *node, path string, into reflect.Value) {
	text := []byte(n.value)
	if n.kind != kindText {
		text = n.appendJSON(nil)
	}
	if !json.Valid(text) {
		d.report(n.at, path, "must be JSON, or a mapping")
		return
	}
	into.SetBytes(text)
}

// appendJSON writes the value as JSON. A number that JSON doesn't have makes it invalid.
func (n *node) appendJSON(out []byte) []byte {
	switch n.kind {
	case kindNull:
		return append(out, "null"...)
	case kindBool, kindNumber:
		return append(out, n.value...)
	case kindText:
		return appendJSONText(out, n.value)
	case kindList:
		out = append(out, '[')
		for i, item := range n.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.appendJSON(out)
		}
		return append(out, ']')
	}
	out = append(out, '{')
	for i, p := range n.pairs {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendJSONText(out, p.key.value), ':')
		out = p.value.appendJSON(out)
	}
	return append(out, '}')
}

func appendJSONText(out []byte, value string) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic("config: encode a string: " + err.Error()) // strings always encode
	}
	return append(out, text...)
}

// words fills a map of strings.
func (d *decoder) words(n *node, path string, into reflect.Value) {
	if n.kind != kindMap {
		d.report(n.at, path, fmt.Sprintf("must be a mapping, not %s", n.kind))
		return
	}
	values := make(map[string]string, len(n.pairs))
	for _, p := range n.pairs {
		if _, twice := values[p.key.value]; twice {
			d.report(p.key.at, path, "property "+strconv.Quote(p.key.value)+" is there twice")
		}
		word, err := p.value.text("a string")
		if err != nil {
			d.report(p.value.at, member(path, p.key.value), err.Error())
		}
		values[strings.Clone(p.key.value)] = strings.Clone(word)
	}
	into.Set(reflect.ValueOf(values))
}

// Text returns a document that is one string, such as a SIP message in a file of its own. Every path leads to it.
func Text(name string, source []byte) *Document {
	t, _ := newText(name, source) // what is wrong with it is for its reader to say
	return &Document{text: t, root: &node{kind: kindText, style: styleWhole, value: t.body, at: position{1, 1}}}
}
