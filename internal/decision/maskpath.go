package decision

import (
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/spelling"
)

// add reads a path to mask beside the defaults. It is made of the names that rules use; brackets name a map's key or a
// header: message.extensions[X-Token]. The last part is a text, or everything below it.
func (c *cover) add(path string) error {
	t, rest := message.RequestSchema, path
	for {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		f := t.Field(rest[:end])
		if f == nil {
			return fmt.Errorf("%s has no %q%s", t.Name, rest[:end], nearest(rest[:end], t))
		}
		c = c.make(f)
		rest = rest[end:]
		keyed := f.Map || f.Type == extensionType
		switch {
		case rest == "" && (f.Map || f.Kind == message.Message || f.Kind == message.String):
			c.all = true
			return nil
		case rest == "":
			return fmt.Errorf("%q holds no text", f.Name)
		case keyed && (rest[0] == '[' || f.Map):
			key, err := keyOf(rest)
			c.keys = append(c.keys, key)
			return err
		case rest[0] == '.' && f.Kind == message.Message:
			t, rest = f.Type, rest[1:]
		default:
			return fmt.Errorf("nothing is below %q at %q", f.Name, rest)
		}
	}
}

func (c *cover) make(f *message.Field) *cover {
	if c.fields == nil {
		c.fields = map[*message.Field]*cover{}
	}
	if c.fields[f] == nil {
		c.fields[f] = &cover{}
	}
	return c.fields[f]
}

// keyOf reads .key or [key], which end the path.
func keyOf(rest string) (string, error) {
	key, bracket := strings.CutPrefix(rest, "[")
	closed := true
	if bracket {
		key, closed = strings.CutSuffix(key, "]")
	} else {
		key = rest[1:]
	}
	if key = strings.TrimSpace(key); key == "" || !closed {
		return "", fmt.Errorf("%q names no key: write [key]", rest)
	}
	return key, nil
}

// nearest returns `; did you mean "x"?` for the field of t whose name is nearest, or nothing where none is near.
func nearest(word string, t *message.Type) string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	best := spelling.Nearest(word, names)
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
