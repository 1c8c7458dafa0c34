package matchfunc

import (
	"slices"
	"testing"
)

func TestWhatMayBeDerivedFromAPlace(t *testing.T) {
	const (
		secret = "message.authorization.response"
		header = "message.extensions[2].value"
		entry  = `metadata["a [.] key"]`
	)
	for name, c := range map[string]struct {
		reads  string
		derive []string
	}{
		"the place itself":           {secret, []string{secret}},
		"a part of it":               {secret + "[0]", []string{secret}},
		"its length":                 {secret + ".length", []string{secret}},
		"what it is in":              {"message.authorization", []string{secret}},
		"the request":                {"", []string{secret, header, entry}},
		"its neighbour":              {"message.authorization.username", nil},
		"a name that begins alike":   {"message.authorization.responses", nil},
		"any element":                {"message.extensions[].value", []string{header}},
		"another one's":              {"message.extensions[1].value", nil},
		"another part of any":        {"message.extensions[].name", nil},
		"how many there are":         {"message.extensions.length", nil},
		"an entry by its name":       {entry, []string{entry}},
		"any entry":                  {"metadata[]", []string{entry}},
		"another entry":              {`metadata["a [.]"]`, nil},
		"an entry of a plain name":   {"metadata.key", nil},
		"a path that never ends":     {"metadata[", []string{entry}},
		"a path with an empty quote": {`metadata[""]`, []string{entry}},
	} {
		if got := Derived([]string{"ref", c.reads}, []string{secret, header, entry}); !slices.Equal(got, c.derive) {
			t.Errorf("%s: %q tells of %q, not of %q", name, c.reads, got, c.derive)
		}
	}
}
