package message

import (
	"strings"
	"testing"
)

// TestErrorsAboutJSONHaveSpaces covers both spellings, of which a build has one.
func TestErrorsAboutJSONHaveSpaces(t *testing.T) {
	const want = `proto: (line 1:2): unknown field "a"`
	for _, text := range []string{want, strings.Replace(want, " ", "\u00a0", 1)} {
		if got := plainBlank(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if _, err := RequestFromJSON([]byte(`{"a":1}`)); err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
		t.Errorf("%q", err)
	}
}
