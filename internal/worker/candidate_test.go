package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// resource is a configuration with these rules, one a processor.
func resource(rules ...string) []byte {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: foreign\nspec:\n  middlewares:\n" +
		"    - {ref: auth, addr: 'auth:1', postProcessor: false}\n" +
		"    - {ref: cdr, addr: 'cdr:1', postProcessor: true}\n  processors:\n")
	for i, r := range rules {
		fmt.Fprintf(&b, "    - {ref: p%d, addr: 'h:%d', methods: [INVITE, MESSAGE], matchFunc: %q}\n", i, i+1, r)
	}
	return []byte(b.String())
}

func TestAForeignConfigurationIsReadInItsOwnProcess(t *testing.T) {
	p := pool(t, realChild, Options{})
	s, c, err := p.OpenConfig(t.Context(), "c.yaml", resource(`req => req.method === "MESSAGE"`, "req => true",
		"req => req.message.form"))
	if err != nil || s == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	defer s.Close()
	if len(c.Processors) != 3 || c.Processors[1].Addr != "h:2" || len(c.Processors[1].Methods) != 2 ||
		len(c.Pre) != 1 || c.Pre[0].Ref != "auth" || c.Post[0].Addr != "cdr:1" {
		t.Errorf("%+v", c)
	}
	if !cmp.Equal(c.Processors[2].Shadows, []string{"p1"}) || len(c.Problems) != 2 ||
		c.Problems[1].Severity != config.SeverityWarning || c.Problems[1].Line != 11 {
		t.Errorf("%+v", c.Problems)
	}
	if routed, err := s.Route(messages(t)); err != nil || len(routed) != len(messages(t)) || s.Ref(1) != "p1" {
		t.Errorf("%+v, %v", routed, err)
	}
}

func TestWhatIsWrongWithAForeignConfigurationIsSaid(t *testing.T) {
	p := pool(t, realChild, Options{})
	for text, want := range map[string]string{
		"kind: [":                "c.yaml:1",
		"kind: x":                "kind",
		string(resource("(")):    "spec.processors[0].matchFunc",
		string(resource(""))[1:]: "ind",
	} {
		s, c, err := p.OpenConfig(t.Context(), "c.yaml", []byte(text))
		if s != nil || err != nil || config.NewError(c.Problems) == nil ||
			!strings.Contains(config.NewError(c.Problems).Error(), want) {
			t.Errorf("%.60q: %+v, %v", text, c, err)
		}
	}
	if _, _, err := p.OpenConfig(t.Context(), "c.yaml", make([]byte, config.MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one that is too large: %v", err)
	}
	// More than a frame holds: warnings are left out, and what is wrong is kept.
	c := &Candidate{Problems: make([]config.Problem, 200_000)}
	for i := range c.Problems {
		c.Problems[i] = config.Problem{Path: "spec", Message: strings.Repeat("m", 100),
			Severity: config.SeverityWarning}
	}
	c.Problems[len(c.Problems)-1].Severity = config.SeverityError
	c.fit()
	data, err := json.Marshal(c)
	if err != nil || len(data) > maxFrame || len(c.Problems) < 1000 || c.usable() {
		t.Errorf("%d bytes, %d problems, %v", len(data), len(c.Problems), err)
	}
}

// allocated is how many bytes this process has ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestACostlyConfigurationCostsItsProcess gives texts that take hundreds of times their size to read.
func TestACostlyConfigurationCostsItsProcess(t *testing.T) {
	p := pool(t, realChild, Options{TableMemoryLimit: 160 << 20})
	for name, text := range map[string]string{
		"many values": "kind: [" + strings.Repeat("0,", 1_000_000) + "]",
		"many keys":   "kind:\n" + strings.Repeat(" - {a: 0, b: 0}\n", 125_000),
		"JSON":        `{"kind":[` + strings.Repeat("{},", 600_000) + "{}]}",
	} {
		before := allocated()
		s, _, err := p.OpenConfig(t.Context(), "c.yaml", []byte(text))
		if s != nil {
			t.Errorf("%s: it can be used", name)
		}
		var limit *LimitError
		if err != nil && !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
		if grown := allocated() - before; grown > 16<<20 {
			t.Errorf("%s: reading %d bytes cost this process %d MiB", name, len(text), grown>>20)
		}
		serves(t, p)
	}
}
