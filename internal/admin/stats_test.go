package admin

import (
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

func TestStatsAndFailuresAreShown(t *testing.T) {
	s := newSide(t)
	s.opts.Decisions.Began(7, time.Now())
	s.opts.Decisions.Tick(time.Now(), 3)
	s.record("call-1", "chat", 0)
	s.record("call-2", "", 5)
	s.opts.Decisions.Tick(time.Now().Add(2*time.Second), 0)
	var got decision.Timeline
	s.get(request("GET", "/api/v1/stats", ""), &got)
	var messages, failed, notFound uint32
	for i := range got.Series.Messages {
		messages += got.Series.Messages[i]
		failed += got.Series.Failed[i]
		notFound += got.Series.ByCode["NOT_FOUND"][i]
	}
	if got.Step != 1 || messages != 2 || failed != 1 || notFound != 1 || len(got.Epochs) != 1 ||
		got.Epochs[0].Epoch != 7 {
		t.Errorf("%+v", got)
	}
	s.get(request("GET", "/api/v1/stats?window=24h&after="+time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		""), &got)
	if got.Step != 60 || len(got.Series.Messages) != 0 {
		t.Errorf("%+v", got)
	}
	var fails struct {
		Step     int
		Failures []decision.Fault
	}
	s.get(request("GET", "/api/v1/failures?window=1h", ""), &fails)
	if fails.Step != 900 || len(fails.Failures) != 1 || fails.Failures[0].Code != "NOT_FOUND" ||
		fails.Failures[0].Example == nil {
		t.Errorf("%+v", fails)
	}
	if w := s.do(request("GET", "/api/v1/decisions/"+*fails.Failures[0].Example, "")); w.Code != 200 {
		t.Errorf("the example: %d", w.Code)
	}
	for path, parameter := range map[string]string{
		"/stats?window=0s": "window", "/stats?window=25h": "window", "/stats?window=x": "window",
		"/stats?after=now": "after", "/failures?window=x": "window",
		"/failures?after=x": "after",
	} {
		if p := s.refused(request("GET", "/api/v1"+path, ""), 400, "request-invalid"); p.Path != parameter {
			t.Errorf("%s: %+v", path, p)
		}
	}
}
