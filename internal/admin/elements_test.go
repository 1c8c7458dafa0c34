package admin

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/worker"
)

func TestElementsAreCountedBeforeAnythingIsMadeOfThem(t *testing.T) {
	list := func(n int, of string) string {
		return `{"matchFunc":"req => \"a,\\\"[{\"","messages":[` +
			strings.TrimSuffix(strings.Repeat(of+",", n), ",") + "]}"
	}
	for name, c := range map[string]struct {
		body    string
		refused bool
	}{
		"as many messages as there may be": {list(worker.MaxMessages, `{"sip":"a,b\",["}`), false},
		"one more":                         {list(worker.MaxMessages+1, "{}"), true},
		"690,000":                          {list(690_000, "{}"), true},
		"one with many values":             {list(1, `{"json":[`+strings.Repeat("0,", maxElements)+"0]}"), true},
		"one that nests":                   {list(1, strings.Repeat("[", maxElements)), true},
		"what never ends":                  {`{"a":"` + `\`, false},
	} {
		err := countElements([]byte(c.body))
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if p, ok := err.(*Problem); err != nil && (!ok || p.Status != http.StatusRequestEntityTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newSide(t)
	s.refused(request("POST", "/api/v1/rules/evaluate", list(690_000, "{}")), 413, "too-large")
}

// TestAnImpactTriesNoRuleHere replays in a process that has no rules of its own to try.
func TestAnImpactTriesNoRuleHere(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	snapshot := s.opts.Snapshot
	s.opts.Snapshot = func() Snapshot {
		now := snapshot()
		now.Dispatcher = nil
		return now
	}
	s.mux = http.NewServeMux()
	s.guard = Handle(s.mux, s.opts)
	if report, _ := s.impactOf(t, resourceText); report.Messages == 0 || report.Unchanged != report.Messages {
		t.Errorf("%+v", report)
	}
}
