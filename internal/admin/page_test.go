package admin

import (
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// TestThePageWritesOutWhatABrowserHides has characters in a rule and its ref that YAML's double quotes make.
func TestThePageWritesOutWhatABrowserHides(t *testing.T) {
	cfg, err := config.Parse("dispatcher.yaml", []byte(`kind: MessageDispatcher
apiVersion: v2beta1
ref: "of\u202Eone"
spec:
  processors:
    - {ref: "a\ab", addr: "127.0.0.1:1", methods: [INVITE], matchFunc: "req =>\n  /\bfoo\b/.test(req.ref) || req.ref === '\e[31m'"}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := newSide(t, func(o *Options) {
		d := o.Snapshot().Dispatcher
		o.Snapshot = func() Snapshot { return Snapshot{Config: cfg, Dispatcher: d} }
	})
	text := s.do(request("GET", "/", "")).Body.String()
	for _, want := range []string{`of\u202eone`, `a\u0007b`, "req =&gt;\n", `\u0008foo\u0008`, `\u001b[31m`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't have %q", want)
		}
	}
	if i := strings.IndexAny(text, "\a\b\x1b\u202e"); i >= 0 {
		t.Errorf("the page has %q", text[i:i+1])
	}
}
