package admin

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/impact"
)

// candidateOf is a configuration with one rule.
func candidateOf(rule string) string {
	return fmt.Sprintf("kind: MessageDispatcher\napiVersion: v2beta1\nref: x\nspec:\n  processors:\n"+
		"  - {ref: a, addr: \"127.0.0.1:1\", methods: [MESSAGE], matchFunc: %q}\n", rule)
}

func (s *side) impactOf(t *testing.T, config string) (report impact.Report, text string) {
	t.Helper()
	r := request("POST", "/api/v1/config/impact", encode(t, map[string]any{"config": config, "last": 10}))
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.get(request("POST", "/api/v1/config/impact", encode(t, map[string]any{"config": config, "last": 10})), &report)
	return report, w.Body.String()
}

func TestACandidateCantReadCredentials(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	_, text := s.impactOf(t, candidateOf(`req => { throw new Error(req.message.authorization.response + " " + req.message.requestUri.userPassword) }`))
	if strings.Contains(text, "s3cret") || !strings.Contains(text, "*** ***") {
		t.Errorf("thrown: %s", text)
	}
	for name, rule := range map[string]string{
		"its first letter": `req => req.message.authorization.response[0] === "s"`,
		"its length":       `req => req.message.requestUri.userPassword.length === "s3cret-uri".length`,
		"its letters":      `req => /^s3cret/.test(req.message.authorization.response)`,
	} {
		if report, _ := s.impactOf(t, candidateOf(rule)); report.Codes.After["OK"] != 0 {
			t.Errorf("%s is told by where the message goes: %+v", name, report)
		}
	}
	if report, _ := s.impactOf(t, resourceText); report.Messages != 1 || report.Unchanged != 1 {
		t.Errorf("the running configuration would change something: %+v", report)
	}
}

func TestASavedTestSaysWhenACredentialDecides(t *testing.T) {
	for name, c := range map[string]struct {
		rule string
		says bool
	}{
		"no rule reads it":     {"req => req.message.requestUri.user === 'bob'", false},
		"its presence":         {"req => !!req.message.authorization.response", false},
		"a digest's form":      {"req => req.message.authorization.response.length === 32", false},
		"the credential's own": {"req => req.message.requestUri.userPassword === 's3cret-uri'", true},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := parsed(t, candidateOf(c.rule))
			s := newSide(t, func(o *Options) {
				d := dispatcherOf(t, cfg)
				o.Snapshot = func() Snapshot { return Snapshot{Config: cfg, Epoch: 7, Dispatcher: d} }
			})
			s.recordWith("6629fae49393a05397450978507c4ef1", "a")
			w := httptest.NewRecorder()
			list := struct{ Decisions []struct{ ID string } }{}
			s.get(request("GET", "/api/v1/decisions", ""), &list)
			s.mux.ServeHTTP(w, request("GET", "/api/v1/decisions/"+list.Decisions[0].ID+"/test", ""))
			text := w.Body.String()
			if w.Code != 200 || strings.Contains(text, "s3cret") || strings.Contains(text, "6629fae4") ||
				!strings.Contains(text, "processor: a") {
				t.Errorf("%d %s", w.Code, text)
			}
			if says := strings.HasPrefix(text, "# A rule reads a credential"); says != c.says {
				t.Errorf("it says so: %t\n%s", says, text)
			}
		})
	}
}

// TestAUrlsPasswordIsCoveredWhateverStandsInIt has characters in it that end a word elsewhere.
func TestAUrlsPasswordIsCoveredWhateverStandsInIt(t *testing.T) {
	for _, password := range []string{"s3cret,x", "s3cret'x", `s3cret"x`, "s3cret@x", "s3crétx"} {
		text := strings.Replace(resourceText, `"nats://dispatcher:s3cret-nats@127.0.0.1:4222"`,
			fmt.Sprintf("%q", "nats://dispatcher:"+password+"@127.0.0.1:4222"), 1)
		cfg := parsed(t, text)
		s := newSide(t, func(o *Options) {
			d := o.Snapshot().Dispatcher
			o.Snapshot = func() Snapshot { return Snapshot{Config: cfg, Epoch: 7, Dispatcher: d} }
		})
		for _, path := range []string{"/api/v1/config", "/api/v1/config/source"} {
			if w := s.do(request("GET", path, "")); strings.Contains(w.Body.String(), "s3cr") || w.Code != 200 {
				t.Errorf("%s of %s: %d %s", path, password, w.Code, w.Body)
			}
		}
	}
}
