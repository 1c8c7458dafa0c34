package admin

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// tenants is a side door of a configuration with so many processors, whose every rule has a warning.
func tenants(t *testing.T, n int) *side {
	t.Helper()
	text := "kind: MessageDispatcher\napiVersion: v2beta1\nref: x\nspec:\n  processors:\n"
	warnings := []config.Problem{{Path: "spec.timeout", Message: "is odd", Severity: config.SeverityWarning}}
	for i := range n {
		text += fmt.Sprintf("    - {ref: tenant-%d, addr: \"127.0.0.1:%d\", methods: [INVITE], matchFunc: req => "+
			"req.ref === \"%d\"}\n",
			i, i+1, i)
		warnings = append(warnings, config.Problem{
			Path: fmt.Sprintf("spec.processors[%d].matchFunc", i), Message: "is odd", Severity: config.SeverityWarning,
		})
	}
	cfg := parsed(t, text)
	return newSide(t, func(o *Options) {
		d := o.Snapshot().Dispatcher
		o.Snapshot = func() Snapshot { return Snapshot{Config: cfg, Epoch: 7, Dispatcher: d, Warnings: warnings} }
	})
}

type pageOfConfig struct {
	Total  int
	Config struct {
		Spec struct{ Processors []struct{ Ref string } }
	}
	Warnings []config.Problem
	Warned   int `json:"warningsTotal"`
}

func TestAConfigurationComesInPages(t *testing.T) {
	s := tenants(t, 50)
	for query, want := range map[string]string{
		"":                             "50 50 51 tenant-0",
		"?limit=10":                    "50 10 11 tenant-0",
		"?limit=10&offset=45":          "50 5 6 tenant-45",
		"?limit=10&offset=50":          "50 0 1 ",
		"?q=TENANT-4":                  "11 11 12 tenant-4",
		"?q=TENANT-4&limit=2":          "11 2 3 tenant-4",
		"?q=tenant-4&limit=2&offset=1": "11 2 3 tenant-40",
		"?q=127.0.0.1:50":              "1 1 2 tenant-49",
		"?q=nobody":                    "0 0 1 ",
	} {
		var got pageOfConfig
		s.get(request("GET", "/api/v1/config"+query, ""), &got)
		first := ""
		if len(got.Config.Spec.Processors) > 0 {
			first = got.Config.Spec.Processors[0].Ref
		}
		if is := fmt.Sprint(got.Total, " ", len(got.Config.Spec.Processors), " ", len(got.Warnings), " ",
			first); is != want || got.Warned != 51 {
			t.Errorf("%s: %s of %d, not %s of 51", query, is, got.Warned, want)
		}
	}
	s.refused(request("GET", "/api/v1/config?limit=0", ""), http.StatusBadRequest, "request-invalid")
}

func TestAPageOfAThousandRulesIsSmall(t *testing.T) {
	s := tenants(t, 1000)
	if w := s.do(request("GET", "/api/v1/config?limit=100", "")); w.Body.Len() > 100_000 {
		t.Errorf("%d bytes", w.Body.Len())
	}
}

func TestTheReasonsAreForPrograms(t *testing.T) {
	s := newSide(t)
	ref := "dead"
	s.reasons = []Reason{{Kind: ReasonProcessor, Ref: &ref, Text: "down"}, {Kind: ReasonReload, Text: "not reloaded"}}
	w := s.do(request("GET", "/api/v1/config", ""))
	for _, want := range []string{
		`"ready":false`, `"startedAt":"0001-01-01T00:00:00Z"`,
		`"reasons":[{"kind":"processor","ref":"dead","text":"down"},{"kind":"reload","ref":null,"text":"not reloaded"}]`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s isn't in %s", want, w.Body)
		}
	}
}

func TestSamplesComeInPages(t *testing.T) {
	s := newSide(t)
	var all, some sampleList
	s.get(request("GET", "/api/v1/samples", ""), &all)
	s.get(request("GET", "/api/v1/samples?q=REGISTER&limit=2&offset=1", ""), &some)
	if all.Total != len(all.Samples) || all.Total < 30 || some.Total < 3 || some.Total >= all.Total ||
		len(some.Samples) != 2 {
		t.Errorf("%d of %d, and %d of %d", len(all.Samples), all.Total, len(some.Samples), some.Total)
	}
}
