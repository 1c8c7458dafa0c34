package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// processors renders a configuration with these rules, each REF METHODS RULE.
func processors(rules ...string) string {
	yaml := "kind: MessageDispatcher\napiVersion: v2beta1\nref: d\nspec:\n  bindAddr: 127.0.0.1:0\n  processors:\n"
	for _, r := range rules {
		parts := strings.SplitN(r, " ", 3)
		yaml += "    - {ref: " + parts[0] + ", addr: 'x:1', methods: [" + parts[1] +
			"], matchFunc: '" + parts[2] + "'}\n"
	}
	return yaml
}

func review(t *testing.T, yaml string) *Review {
	t.Helper()
	r, err := CheckText("dispatcher.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheckNamesTheRulesThatNoMessageReaches(t *testing.T) {
	const here = "no message gets here: "
	for name, tc := range map[string]struct {
		rules []string
		want  map[string]string // by path
	}{
		"one takes all": {[]string{`a INVITE,BYE req => true`, `b BYE req => req.ref`},
			map[string]string{"spec.processors[1]": here + `processor "a" above matches every message of its methods`}},
		"two together": {[]string{`a INVITE req => true`, `b BYE () => 1`, `c BYE,INVITE req => req.ref`},
			map[string]string{
				"spec.processors[2]": here + `processor "b" and processor "a" above match every message of its methods`,
			}},
		"the first that takes it is named": {
			[]string{`a BYE req => true`, `b BYE,ACK req => true`, `c BYE,ACK req => true`},
			map[string]string{
				"spec.processors[2]": here + `processor "a" and processor "b" above match every message of its methods`,
			},
		},
		"one method is left":       {[]string{`a INVITE req => true`, `b BYE,INVITE req => true`}, map[string]string{}},
		"the one above may say no": {[]string{`a BYE req => req.ref`, `b BYE req => true`}, map[string]string{}},
		"the one below takes all":  {[]string{`a BYE req => req.ref`, `b BYE,ACK req => true`}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for _, w := range review(t, processors(tc.rules...)).Warnings {
				got[w.Path] = w.Message
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckPlacesWarningsInTheFile(t *testing.T) {
	r := review(t, processors(`a INVITE req => req.method === "INVTE"`, `b BYE req => [...req.ref].length`))
	want := []config.Problem{{
		File: r.Config.Name, Path: "spec.processors[0].matchFunc",
		Line: 7, Column: 82, End: &config.End{Line: 7, Column: 89},
		Message: `req.method is never "INVTE": did you mean "INVITE"?`, Severity: config.SeverityWarning,
	}}
	if len(r.Warnings) != 1 || !strings.HasSuffix(r.Warnings[0].Snippet, "^") {
		t.Fatalf("got %v, want one warning with a caret", r.Warnings)
	}
	r.Warnings[0].Snippet = ""
	if diff := cmp.Diff(want, r.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestCheckSaysWhyARuleRunsInTheEngine(t *testing.T) {
	r := review(t, processors(`a INVITE req => true`, `b BYE req => new Set(req.localnets).size`))
	if len(r.InEngine) != 1 {
		t.Fatalf("got %v, want one rule in the engine", r.InEngine)
	}
	got := r.InEngine[0]
	if got.Path != "spec.processors[1].matchFunc" || got.Line != 8 ||
		!strings.HasPrefix(got.Message, "runs in the JavaScript engine: ") {
		t.Errorf("got %v", got)
	}
}

func TestWarningsAreLoggedAtStart(t *testing.T) {
	r := start(t, Options{}, processors(`a INVITE req => req.nope`))
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	want := `"level":"WARN","msg":"req has no \"nope\"","path":"spec.processors[0].matchFunc","line":7,`
	if got := r.log.String(); strings.Count(got, want) != 1 {
		t.Errorf("the log doesn't say %s once:\n%s", want, got)
	}
}

// TestTheLogHasTheFirstWarnings: ten thousand rules may have as many.
func TestTheLogHasTheFirstWarnings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	text := strings.ReplaceAll(manyProcessors(loggedWarnings+50, "127.0.0.1:1"), "req.ref", "req.nowhere")
	write(t, path, text)
	s := serveFile(t, path)
	check := func(when string, times int) {
		t.Helper()
		got := s.log.String()
		if n := strings.Count(got, "nowhere"); n != times*loggedWarnings {
			t.Errorf("%s: %d warnings", when, n)
		}
		if n := strings.Count(got, `"more":50`); n != times {
			t.Errorf("%s: it is said %d times how many more there are", when, n)
		}
	}
	check("at the start", 1)
	write(t, path, text+"# changed\n")
	if _, err := s.Reload(t.Context(), TriggerAPI); err != nil {
		t.Fatal(err)
	}
	check("after a reload", 2)
}
