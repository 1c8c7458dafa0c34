package spelling

import (
	"strings"
	"testing"
)

func TestTheWordThatWasMeantIsNearest(t *testing.T) {
	all := []string{"matchFunc", "methods", "addr", "ref", "retry", "from", "body", "INVITE", "authorization"}
	for word, want := range map[string]string{
		"matchFunk": "matchFunc", "MATCHFUNC": "matchFunc", "adr": "addr", "form": "from", "invite": "INVITE",
		"auth": "authorization", "methodlist": "methods", "x": "", "nonsense": "", "": "", strings.Repeat("a", 65): "",
		"authorisation": "authorization",
	} {
		if got := Nearest(word, all); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
