package matchfunc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRemarksAreOnTheSourceAsItWasWritten covers both compilers: the engine's rewrites the syntax tree.
func TestRemarksAreOnTheSourceAsItWasWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		rule   string
		native bool
		want   []Warning
	}{
		"native": {`req => req.method === "INVTE"`, true,
			[]Warning{{Place{1, 23, 22}, Place{1, 30, 29}, `req.method is never "INVTE": did you mean "INVITE"?`}}},
		"in the engine": {`req => req.message.form && new Set([...req.ref]).size`, false,
			[]Warning{{Place{1, 20, 19}, Place{1, 24, 23}, `req.message has no "form": did you mean "from"?`}}},
		"nothing to say": {`req => req.method === "INVITE"`, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Compile(tc.rule, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, f.Warnings()); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if native, _, _ := f.Native(); native != tc.native {
				t.Errorf("native: %v, want %v", native, tc.native)
			}
			if f.Always() {
				t.Error("it always matches")
			}
		})
	}
}

func TestARuleThatAlwaysMatchesIsKnownTo(t *testing.T) {
	f, err := Compile(`req => true`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !f.Always() {
		t.Error("req => true isn't known to match every message")
	}
}
