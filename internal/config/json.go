package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep values nest. A configuration nests five deep.
const maxDepth = 64

// read turns the text into its one document.
//
// JSON is nearly, but not quite, a subset of YAML (tabs, some escapes, long lines), so JSON text is read as what it is.
func read(t text) (*node, *Problem) {
	body := strings.TrimLeft(t.body, " \t\n")
	switch {
	case strings.HasPrefix(body, "{") && (strings.HasSuffix(t.name, ".json") || json.Valid([]byte(body))):
		return readJSON(t)
	default:
		return readYAML(t)
	}
}

// jsonReader builds nodes from the tokens of encoding/json, which has no positions but offsets.
type jsonReader struct {
	text    text
	decoder *json.Decoder
	offset  int      // of the place found last
	at      position // of the place found last
	values  int
}

// The limits on JSON text. They are the same as for YAML.
var (
	errTooDeep = fmt.Errorf("values nest deeper than %d levels", maxDepth)
	errTooMany = fmt.Errorf("the file holds more than %d values", maxNodes)
)

func readJSON(t text) (*node, *Problem) {
	r := jsonReader{text: t, decoder: json.NewDecoder(strings.NewReader(t.body)), at: position{1, 1}}
	r.decoder.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, t.refuse(r.failure(err), jsonMessage(err))
	}
	end := r.next()
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, t.refuse(end, "the file holds more than one JSON value")
	}
	return root, nil
}

// value reads one value; depth is how many values are around it.
func (r *jsonReader) value(depth int) (*node, error) {
	at := r.next()
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if r.values++; r.values > maxNodes {
		return nil, errTooMany
	}
	n := &node{at: at, size: 1, style: styleDouble}
	switch v := token.(type) {
	case json.Delim:
		return n, r.fill(n, v, depth+1)
	case string:
		n.kind, n.value = kindText, v
	case json.Number:
		n.kind, n.value = kindNumber, v.String()
	case bool:
		n.kind, n.value = kindBool, map[bool]string{true: "true", false: "false"}[v]
	}
	return n, nil
}

// fill reads the rest of a list or object, its opening delimiter being read.
func (r *jsonReader) fill(n *node, open json.Delim, depth int) error {
	n.kind = kindList
	if open == '{' {
		n.kind = kindMap
	}
	for r.decoder.More() {
		child, err := r.value(depth)
		if err != nil {
			return err
		}
		n.size += child.size
		if n.kind == kindList {
			n.items = append(n.items, child)
			continue
		}
		value, err := r.value(depth)
		if err != nil {
			return err
		}
		n.size += value.size
		n.pairs = append(n.pairs, pair{key: child, value: value})
	}
	_, err := r.decoder.Token()
	return err
}

// next is the place of the next token.
func (r *jsonReader) next() position {
	offset := int(r.decoder.InputOffset())
	rest := r.text.body[offset:]
	return r.position(offset + len(rest) - len(strings.TrimLeft(rest, " \t\n,:")))
}

// position moves forward to an offset; it is asked for ascending offsets.
func (r *jsonReader) position(offset int) position {
	for r.offset < min(offset, len(r.text.body)) {
		char, size := utf8.DecodeRuneInString(r.text.body[r.offset:])
		r.offset += size
		r.at.column++
		if char == '\n' {
			r.at = position{r.at.line + 1, 1}
		}
	}
	return r.at
}

// failure is the place of an error. The tokens' reader doesn't say where exactly the syntax is wrong; reading the text
// once more as a whole does.
func (r *jsonReader) failure(err error) position {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && errors.As(json.Unmarshal([]byte(r.text.body), new(json.RawMessage)), &syntax) {
		r.offset, r.at = 0, position{1, 1} // next has looked further
		return r.position(int(syntax.Offset) - 1)
	}
	return r.next()
}

func jsonMessage(err error) string {
	if errors.Is(err, errTooDeep) || errors.Is(err, errTooMany) {
		return err.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the JSON text ends too early"
	}
	return "this is not JSON: " + err.Error()
}
