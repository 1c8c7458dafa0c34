package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// paper is a document that isn't a configuration.
type paper struct {
	Name  string            `config:"name,required"`
	Any   json.RawMessage   `config:"any"`
	Words map[string]string `config:"words"`
	List  []string          `config:"list"`
}

func TestDocumentsAreReadLikeConfigurations(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want paper
	}{
		"everything": {"name: a\nany: {b: [1, true, ~, \"x\\ny\"], c: 1.5}\nwords: {k: v, l: w}\nlist: [p, q]\n",
			paper{"a", []byte(`{"b":[1,true,null,"x\ny"],"c":1.5}`), map[string]string{"k": "v", "l": "w"},
				[]string{"p", "q"}}},
		"JSON in text": {"name: a\nany: |\n  {\"b\": 1}\n", paper{Name: "a", Any: []byte("{\"b\": 1}\n")}},
		"JSON":         {`{"name": "a", "any": {"b": 1e3}}`, paper{Name: "a", Any: []byte(`{"b":1e3}`)}},
	} {
		var got paper
		if _, err := Decode("paper.yaml", []byte(c.text), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatIsWrongWithADocumentHasItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"nam: a":                          `p.yaml:1:1: unknown property "nam"; did you mean "name"?`,
		"any: 1":                          "p.yaml:1:1: name: required property is missing",
		"name: a\nany: text":              "p.yaml:2:6: any: must be JSON, or a mapping",
		"name: a\nany: .inf":              "p.yaml:2:6: any: must be JSON, or a mapping",
		"name: a\nwords: [a]":             "p.yaml:2:8: words: must be a mapping, not a list",
		"name: a\nwords: {k: 1}":          "p.yaml:2:12: words.k: must be a string, not a number",
		"name: a\nwords:\n  k: v\n  k: w": `p.yaml:4:3: words: property "k" is there twice`,
		"name: [":                         "p.yaml:1:",
	} {
		var e *Error
		if _, err := Decode("p.yaml", []byte(text), &paper{}); !errors.As(err, &e) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestADocumentKnowsPlaces(t *testing.T) {
	d, err := Decode("p.yaml", []byte("name: a\nlist:\n  - |\n    one\n    two\n"), &paper{})
	if err != nil {
		t.Fatal(err)
	}
	if line, column := d.Place("name"); line != 1 || column != 7 {
		t.Errorf("name is at %d:%d", line, column)
	}
	if p := d.Problem("list", "odd"); p.Line != 3 || p.Message != "odd" {
		t.Errorf("%v", p)
	}
	if p := d.Inside("list[0]", 2, 2, "odd"); p.Line != 5 || p.Column != 6 {
		t.Errorf("%v", p)
	}
}
