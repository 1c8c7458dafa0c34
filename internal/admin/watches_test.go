package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

func TestAWatchCatchesACall(t *testing.T) {
	s := newSide(t)
	t.Cleanup(s.opts.Decisions.Close)
	var made, listed decision.WatchState
	s.get(request("POST",
		"/api/v1/watches", `{"filter":{"user":"bob","code":["NOT_FOUND","INTERNAL"]},"for":"1m","keep":2}`), &made)
	if made.Until.Sub(made.Since) != time.Minute || made.Keep != 2 || made.Filter["code"][1] != "INTERNAL" ||
		made.Ended {
		t.Errorf("%+v", made)
	}
	s.record("call-1", "chat", 0)
	for _, call := range []string{"call-2", "call-3", "call-4"} {
		s.record(call, "", 5)
	}
	one := "/api/v1/watches/" + made.ID
	var got struct {
		decision.WatchState
		Decisions []struct {
			CallID  string
			Message map[string]any
		}
	}
	for got.Caught < 3 && t.Context().Err() == nil { // it looks when the messages are answered
		s.get(request("GET", one, ""), &got)
	}
	if len(got.Decisions) != 2 || got.Decisions[0].CallID != "call-3" || got.Decisions[1].CallID != "call-4" ||
		got.MessagesKept != 2 {
		t.Errorf("%+v", got)
	}
	if text := encode(t, got.Decisions[0].Message); !strings.Contains(text, `"userPassword":"***"`) {
		t.Error(text)
	}
	var list struct {
		Watches []decision.WatchState
		Most    int
	}
	if s.get(request("GET", "/api/v1/watches", ""), &list); len(list.Watches) != 1 || list.Watches[0].Caught != 3 ||
		list.Most != 8 {
		t.Errorf("%+v", list)
	}
	if s.get(request("DELETE", one, ""), &listed); listed.ID != made.ID {
		t.Errorf("%+v", listed)
	}
	s.refused(request("GET", one, ""), 404, "not-found")
	s.refused(request("DELETE", one, ""), 404, "not-found")
}

// TestWhatAWatchCaughtIsADecision looks at a caught message when as many others came as are kept.
func TestWhatAWatchCaughtIsADecision(t *testing.T) {
	s := newSide(t)
	t.Cleanup(s.opts.Decisions.Close)
	var made decision.WatchState
	s.get(request("POST", "/api/v1/watches", `{"filter":{"callId":"call-caught"},"for":"1m"}`), &made)
	const caught = 100 // more than are kept as examples
	for range caught {
		s.record("call-caught", "chat", 0)
	}
	var got struct{ Decisions []struct{ ID string } }
	for len(got.Decisions) < caught && t.Context().Err() == nil {
		s.get(request("GET", "/api/v1/watches/"+made.ID, ""), &got)
	}
	for range 12_000 { // the log keeps 10,000
		s.record("other", "chat", 0)
	}
	id := got.Decisions[0].ID
	var one struct {
		CallID  string
		Message map[string]any
	}
	if s.get(request("GET", "/api/v1/decisions/"+id, ""), &one); one.CallID != "call-caught" || one.Message == nil {
		t.Errorf("%+v", one)
	}
	body := `{"decision":"` + id + `"}`
	var read struct{ Messages []struct{ SIP string } }
	if s.get(request("POST", "/api/v1/messages/read", body), &read); len(read.Messages) != 1 {
		t.Errorf("%+v", read)
	}
	s.get(request("POST", "/api/v1/route/explain", `{"message":`+body+`}`), &struct{ Rules []any }{})
	for i, c := range got.Decisions {
		if _, ok := s.opts.Decisions.Request(c.ID); !ok {
			t.Errorf("message %d can't be asked about", i)
		}
	}
}

func TestWatchesThatMakeNoSenseAreRefused(t *testing.T) {
	s := newSide(t)
	t.Cleanup(s.opts.Decisions.Close)
	for body, path := range map[string]string{
		`{"filter":{"from":"x"}}`: "filter.from", `{"filter":{"code":"x"}}`: "filter.code",
		`{"filter":{"user":7}}`: "filter",
		`{"for":"1ms"}`:         "for", `{"for":"25h"}`: "for", `{"for":"x"}`: "for", `{"keep":0}`: "keep",
		`{"keep":1001}`: "keep", `{"x":1}`: "x",
	} {
		if p := s.refused(request("POST", "/api/v1/watches", body), 400,
			"request-invalid"); !strings.HasPrefix(p.Path, path) {
			t.Errorf("%s: %+v", body, p)
		}
	}
	for range decision.MaxWatches {
		if w := s.do(request("POST", "/api/v1/watches", `{}`)); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	s.refused(request("POST", "/api/v1/watches", `{}`), 409, "watches-full")
	s.refused(request("POST", "/api/v1/watches", `{}`, header("Origin", "https://elsewhere.example"),
		header("Sec-Fetch-Site", "cross-site")),
		403, "cross-origin")
	s.refused(request("DELETE", "/api/v1/watches/x", "", header("Sec-Fetch-Site", "cross-site")), 403, "cross-origin")
	if w := s.do(request("PUT", "/api/v1/watches", "")); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := s.do(request("POST", "/api/v1/watches/x", "{}")); w.Code != 405 ||
		w.Header().Get("Allow") != "GET, HEAD, DELETE" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// TestAFilterOfAnotherKindIsNamed has the term in the problem's path, and not the whole filter.
func TestAFilterOfAnotherKindIsNamed(t *testing.T) {
	s := newSide(t)
	for _, bad := range []string{`5`, `null`, `{}`, `[1]`, `true`} {
		p := s.refused(request("POST", "/api/v1/watches", `{"filter":{"user":`+bad+`}}`), 400, "request-invalid")
		if p.Path != "filter.user" || !strings.Contains(p.Detail, "a text, or a list of texts") {
			t.Errorf("%s: %+v", bad, p)
		}
		p = s.refused(request("POST", "/api/v1/rules/evaluate",
			`{"matchFunc":"req => 1","recorded":{"filter":{"user":`+bad+`}}}`), 400, "request-invalid")
		if p.Path != "recorded.filter.user" {
			t.Errorf("%s: %+v", bad, p)
		}
	}
}
