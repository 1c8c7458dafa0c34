package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

func TestTheEpochsTellOfEachAttempt(t *testing.T) {
	s := newSide(t)
	rules := RuleChanges{Reordered: true}
	rules.Added.Note("a", 1)
	rules.Added.Note("b", 1)
	problem := config.Problem{Path: "spec", Line: 3, Message: "not nats://u:s3cret@h", Severity: config.SeverityError}
	s.attempts = []Attempt{
		{Time: time.Unix(3, 0), Times: 1, Trigger: "api", Epoch: 7, Result: AttemptFailed, Error: errBroken},
		{Time: time.Unix(2, 0), Times: 1, Trigger: "file", Epoch: 7, Hash: "h2", Result: AttemptFailed,
			Error: config.NewError([]config.Problem{problem})},
		{Time: time.Unix(1, 0), Times: 4, Trigger: "signal", Epoch: 7, Hash: "h1", Result: AttemptNew, Rules: rules},
	}
	s.past = map[uint64]Source{6: {}, 5: {}}
	var got epochs
	w := s.do(request("GET", "/api/v1/epochs", ""))
	s.get(request("GET", "/api/v1/epochs", ""), &got)
	if got.Epoch != 7 || len(got.Kept) != 3 || got.Kept[0] != 5 || got.Kept[2] != 7 || len(got.Attempts) != 3 {
		t.Fatalf("%+v", got)
	}
	if a := got.Attempts[0]; a.Hash != nil || *a.Detail != errBroken.Error() || a.Result != "failed" {
		t.Errorf("%+v", a)
	}
	if a := got.Attempts[1]; *a.Hash != "h2" || len(a.Problems) != 1 || strings.Contains(w.Body.String(), "s3cret") {
		t.Errorf("%+v", a)
	}
	a := got.Attempts[2]
	if a.Rules.Added.Count != 2 || len(a.Rules.Added.Refs) != 1 || !a.Rules.Reordered || a.Times != 4 ||
		a.Detail != nil {
		t.Errorf("%+v", a)
	}
}

func TestAReloadIsOfTheFileThatIfMatchNames(t *testing.T) {
	s := newSide(t)
	p := s.refused(request("POST", "/api/v1/reload", "", header("If-Match", `"nope"`)), http.StatusPreconditionFailed,
		"changed")
	if p.Hash != "0ther" || !strings.Contains(p.Detail, "0ther") {
		t.Errorf("%+v", p)
	}
	for _, match := range []string{`"0ther"`, `"nope", "0ther"`, "*"} {
		var got struct {
			Epoch   uint64
			Changed bool
		}
		s.get(request("POST", "/api/v1/reload", "", header("If-Match", match)), &got)
		if got.Epoch != 8 || !got.Changed {
			t.Errorf("%s: %+v", match, got)
		}
	}
}
