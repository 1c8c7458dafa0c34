package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/impact"
)

// lastDecision is the id of the newest one.
func (s *side) lastDecision() string { return s.opts.Decisions.Kept(1, nil)[0].ID }

func TestAMaskedMessageThatIsHandedInNamesTheRulesThatReadWhatIsMasked(t *testing.T) {
	s := runningSide(t, everyMethod([]string{
		`req => req.message.requestUri.userPassword === "word"`, // the index leaves it out
		`req => req.message.authorization.response.length > 10 && req.ref !== "call-1"`,
		`req => req.message.requestUri.user === "bob"`, `req => req.message.authorization.nonce`,
	}))
	s.record("call-1", "r2", 0)
	var shown struct{ Message any }
	s.get(request("GET", "/api/v1/decisions/"+s.lastDecision(), ""), &shown)
	for _, rules := range []string{"all", "decisive"} {
		var x explained
		body := encode(t, map[string]any{"rules": rules, "message": map[string]any{"json": shown.Message}})
		s.get(request("POST", "/api/v1/route/explain", body), &x)
		got := fmt.Sprint(x.Masked)
		if got != "[{r0 [message.requestUri.userPassword]} {r1 [message.authorization.response]}]" || x.Epoch != 7 {
			t.Errorf("%s: masked reads %s of epoch %d", rules, got, x.Epoch)
		}
		body = encode(t, map[string]any{"rules": rules, "message": map[string]any{"decision": s.lastDecision()}})
		if s.get(request("POST", "/api/v1/route/explain", body), &x); len(x.Rules) == 0 || x.Processor != "r2" {
			t.Errorf("%s: by its decision: %+v", rules, x)
		}
	}
}

func TestARuleIsTriedOnADecision(t *testing.T) {
	const ours = `req => req.message.authorization.response.length === 13`
	s := runningSide(t, everyMethod([]string{ours}))
	s.record("call-1", "r0", 0)
	for _, c := range []struct {
		rule, outcome string
		reads         int
	}{
		{ours, "match", 0},                 // it sees the message as it came
		{ours + " && true", "no-match", 1}, // a foreign one doesn't
		{`req => req.message.requestUri.user === "bob"`, "match", 0},
	} {
		body := map[string]any{"matchFunc": c.rule, "messages": []any{map[string]any{"decision": s.lastDecision()}}}
		var got evaluated
		s.get(request("POST", "/api/v1/rules/evaluate", encode(t, body)), &got)
		r := got.Results[0]
		if r.Outcome != c.outcome || len(r.MaskedReads) != c.reads {
			t.Errorf("%s: %+v", c.rule, r)
		}
		masked := strings.Contains(c.rule, "response")
		if r.Masked != masked || masked != (r.Operands[0].Value == "***") {
			t.Errorf("%s: masked: %+v", c.rule, r)
		}
		got, body["explain"] = evaluated{}, false
		if s.get(request("POST", "/api/v1/rules/evaluate", encode(t, body)), &got); len(got.Results[0].Operands) != 0 ||
			got.Results[0].Value != "" || got.Results[0].Outcome != c.outcome {
			t.Errorf("%s: without explanation: %+v", c.rule, got.Results[0])
		}
	}
	for body, path := range map[string]string{
		`{"decision":"none"}`: "message.decision", `{"decision":"none","json":{}}`: "message",
	} {
		w := s.do(request("POST", "/api/v1/route/explain", `{"message":`+body+`}`))
		if w.Code < 400 || !strings.Contains(w.Body.String(), `"path":"`+path+`"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestAnImpactTellsTheIdsOfAMove(t *testing.T) {
	s := newSide(t)
	var want []string
	for i := range 5 {
		s.record(fmt.Sprint("call-", i), "chat", 0)
		want = append([]string{s.lastDecision()}, want...)
	}
	s.record("another", "calls", 0)
	var report impact.Report
	ask := func(recorded string, offset int) {
		t.Helper()
		body := map[string]any{"config": candidateOf("req => false"), "offset": offset,
			"move": map[string]any{"from": "chat", "to": "NOT_FOUND"}}
		text := strings.TrimSuffix(encode(t, body), "}") + `,"recorded":` + recorded + `}`
		report = impact.Report{}
		s.get(request("POST", "/api/v1/config/impact", text), &report)
	}
	ask(`{"filter":{"processor":"chat"}}`, 2)
	if report.Messages != 5 || fmt.Sprint(report.IDs) != fmt.Sprint(want[2:]) || report.Next != 0 {
		t.Errorf("%+v", report)
	}
	if ask(`{"last":2,"filter":{"callId":["call-3"]}}`, 0); fmt.Sprint(report.IDs) != fmt.Sprint(want[1:2]) {
		t.Errorf("%+v", report)
	}
	for recorded, path := range map[string]string{
		`{"last":0}`: "recorded.last", `{"filter":{"nobody":"x"}}`: "recorded.filter.nobody",
		`{"filter":{"limit":"1"}}`: "recorded.filter.limit", `{"filter":{"code":"NONE"}}`: "recorded.filter.code",
	} {
		body := `{"config":"x","recorded":` + recorded + `}`
		if p := s.refused(request("POST", "/api/v1/config/impact", body), 400, "request-invalid"); p.Path != path {
			t.Errorf("%s: %+v", recorded, p)
		}
	}
}

// TestASecondQuestionLoadsNothing counts the processes that two questions about the same texts start.
func TestASecondQuestionLoadsNothing(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	for range 2 {
		s.impactOf(t, candidateOf("req => true"))
		body := `{"message":` + chat + `,"config":` + encode(t, candidateOf("req => true")) + `}`
		w := s.do(request("POST", "/api/v1/route/explain", body))
		if w.Code != 200 {
			t.Fatal(w.Body)
		}
	}
	if n := s.opts.Workers.Started(); n != 2 {
		t.Errorf("%d processes were started, not one for each side", n)
	}
}
