package admin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/sample"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// secretive are rules that look at credentials in every way, and throw what they read. None has a secret in its text.
var secretive = []string{
	`req => req.message.authorization?.response.endsWith("t-digest") && req.message.requestUri?.user !== "bob"`,
	`req => req.message.authorization?.response?.length === 13 && req.message.from.tag === "none"`,
	`req => req.message.extensions.find(e => e.name === "X-Auth-Token")?.value.startsWith("s3") && req.ref === "none"`,
	`req => req.message.requestUri?.userPassword > "s3" && req.message.contact.expires > 5`,
	`req => /^s3cret-[a-z]+$/.test(req.message.authorization?.response) && req.method === "REGISTER"`,
	`req => {
		const token = req.metadata.token
		if (token?.endsWith("metadata") && req.method === "ACK") throw new Error(token)
		return false
	}`,
	`req => req.message.authorization?.nonce.charCodeAt(0) % 2 === 0 && req.method !== "OPTIONS"`,
	`req => req.method !== "BYE"`,
}

// leaks reports whether one of the secrets of seasoned is in a text.
var leaks = regexp.MustCompile(`s3cret-(digest|nonce|metadata|header|uri)`).MatchString

// everyMethod is a configuration with these rules for all methods.
func everyMethod(rules []string) string {
	text := tableOf(rules...)
	var all []string
	for n, name := range routrpb.Method_name {
		if n != 0 {
			all = append(all, name)
		}
	}
	return strings.ReplaceAll(text, "[INVITE]", "["+strings.Join(all, ", ")+"]")
}

// seasoned are the samples and the corpus, each as it is and with secrets in it.
func seasoned(t *testing.T) (all [][]byte) {
	t.Helper()
	var plain []*routrpb.MessageRequest
	for _, m := range sample.All() {
		plain = append(plain, m.Request)
	}
	text, err := os.ReadFile("../message/testdata/messages.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var m struct{ Protobuf string }
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		data, err := base64.StdEncoding.DecodeString(m.Protobuf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
		req := &routrpb.MessageRequest{}
		if proto.Unmarshal(data, req) == nil && req.Message != nil {
			plain = append(plain, req)
		}
	}
	for _, m := range plain {
		m.Metadata = map[string]string{"token": "s3cret-metadata", "tenant": "t"}
		m.Message.Authorization = &routrpb.Authorization{Response: "s3cret-digest", Nonce: "s3cret-nonce"}
		token := &routrpb.Extension{Name: "X-Auth-Token", Value: "s3cret-header"}
		m.Message.Extensions = append(m.Message.Extensions, token)
		if uri := m.Message.GetRequestUri(); uri != nil {
			uri.UserPassword = "s3cret-uri"
		}
		data, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// arrives records a message as traffic does, and returns its decision's id and what the rules did with it.
func (s *side) arrives(d *dispatch.Dispatcher, epoch uint64, wire []byte) (id string, was verdict) {
	s.t.Helper()
	r := decision.Record{Time: time.Now(), Epoch: epoch, Request: wire}
	req, err := dispatch.Parse(wire)
	if err == nil {
		r.CallID, r.Method, r.Routed = req.CallID(), req.Method(), wire
		var i int
		if i, err = d.Table.Match(s.t.Context(), req, nil); err == nil {
			r.Processor = d.Table.Rules()[i].Ref
		}
	}
	var failed *routing.RuleError
	switch {
	case errors.Is(err, routing.ErrNoMatch):
		r.Code = status.NotFound
	case errors.As(err, &failed):
		r.Code, r.Error = status.Internal, failed.Error()
	case err != nil:
		r.Code, r.Error = status.InvalidArgument, err.Error()
	}
	s.opts.Decisions.Add(&r)
	kept := s.opts.Decisions.Kept(1, nil)
	return kept[0].ID, verdict{r.Processor, r.Code.String()}
}

// TestExplanationsImpactTestsAndTrafficAgree is one truth about every message, whatever secrets are in it and whatever
// rules make of them, and no secret in what is told of it.
func TestExplanationsImpactTestsAndTrafficAgree(t *testing.T) {
	text := everyMethod(secretive)
	s := runningSide(t, text)
	d := s.opts.Snapshot().Dispatcher
	s.truths(t, d, d, 7)
	var report struct {
		Messages, Unchanged int
		MaskedDecides       struct{ Count int }
	}
	body := encode(t, map[string]any{"config": text})
	w := s.do(request("POST", "/api/v1/config/impact", body))
	s.get(request("POST", "/api/v1/config/impact", body), &report)
	if report.Messages < 100 || report.Unchanged != report.Messages || leaks(w.Body.String()) {
		t.Errorf("the same rules change something, or tell of a secret: %s", w.Body)
	}
	if report.MaskedDecides.Count == 0 {
		t.Error("of no message it says that what is masked decides")
	}
}

// TestADecisionIsExplainedByTheRulesThatMadeIt asks of an epoch that is over whatever is asked of the one that runs.
func TestADecisionIsExplainedByTheRulesThatMadeIt(t *testing.T) {
	before := parsed(t, everyMethod(secretive))
	was := dispatcherOf(t, before)
	now := parsed(t, everyMethod([]string{"req => req.ref !== ''"}))
	running := dispatcherOf(t, now)
	s := newSide(t, func(o *Options) {
		o.Snapshot = func() Snapshot { return Snapshot{Config: now, Epoch: 8, Dispatcher: running} }
		o.Past = func(epoch uint64) (Source, bool) {
			return Source{Epoch: 7, Name: "dispatcher.yaml", Text: before.Source}, epoch == 7
		}
	})
	s.truths(t, was, running, 7)
}

// truths sends every message through the dispatcher that made an epoch's decisions, and asks what became of it.
func (s *side) truths(t *testing.T, made, running *dispatch.Dispatcher, epoch uint64) {
	for i, wire := range seasoned(t) {
		id, was := s.arrives(made, epoch, wire)
		if was.code == status.InvalidArgument.String() {
			continue
		}
		var x explained
		body := `{"message":{"decision":"` + id + `"},"evaluateAll":true}`
		w := s.do(request("POST", "/api/v1/route/explain", body))
		s.get(request("POST", "/api/v1/route/explain", body), &x)
		if got := (verdict{x.Processor, x.Code}); got != was || x.Epoch != epoch || x.Of != 0 || len(x.Masked) > 0 {
			t.Errorf("message %d: explained as %v of epoch %d, and traffic: %v", i, got, x.Epoch, was)
		}
		if leaks(w.Body.String()) {
			t.Errorf("message %d: a secret is told: %.2000s", i, w.Body)
		}
		if made != running {
			req, err := message.Parse(wire)
			if err != nil {
				t.Fatal(err)
			}
			_, err = running.Table.Match(t.Context(), req, nil)
			if x.Now == nil || x.Now.Epoch != 8 || (x.Now.Selected == nil) != (err != nil) {
				t.Errorf("message %d: today %+v, and the rules that run say %v", i, x.Now, err)
			}
		}
		s.savedTestPasses(t, i, id, made, was)
	}
}

// savedTestPasses holds a decision's test against the rules that made the decision, and against traffic.
func (s *side) savedTestPasses(t *testing.T, i int, id string, made *dispatch.Dispatcher, was verdict) {
	t.Helper()
	saved := s.do(request("GET", "/api/v1/decisions/"+id+"/test", "")).Body.String()
	suite, err := ruletest.Parse("saved.test.yaml", []byte(saved))
	if err != nil {
		t.Fatalf("message %d: %v\n%s", i, err, saved)
	}
	explain := func(wire []byte) (*dispatch.Explanation, error) { return made.Explain(t.Context(), wire) }
	results, err := suite.Run(ruletest.Options{Target: &ruletest.Target{Config: &config.Config{}, Explain: explain}})
	if err != nil || len(results) != 1 || !results[0].Passed {
		t.Errorf("message %d: the saved test fails: %v %+v\n%s", i, err, results, saved)
	}
	if leaks(saved) {
		t.Errorf("message %d: a secret is saved: %s", i, saved)
	}
	if says := strings.HasPrefix(saved, "# "); says == strings.HasSuffix(saved, was.String()+"\n") {
		t.Errorf("message %d: it says that traffic did otherwise: %t; traffic: %v\n%s", i, says, was, saved)
	}
}

func TestRulesOfAnEpochThatIsGoneAreNotMadeUp(t *testing.T) {
	s := newSide(t, func(o *Options) { o.Past = func(uint64) (Source, bool) { return Source{}, false } })
	s.opts.Decisions.Add(&decision.Record{Time: time.Now(), Epoch: 3, Request: seasoned(t)[0], Processor: "gone"})
	id := s.opts.Decisions.Kept(1, nil)[0].ID
	var x explained
	s.get(request("POST", "/api/v1/route/explain", `{"message":{"decision":"`+id+`"}}`), &x)
	if x.Epoch != 7 || x.Of != 3 || x.Now == nil || x.Now.Epoch != 7 {
		t.Errorf("epoch %d, of %d, now %+v", x.Epoch, x.Of, x.Now)
	}
	saved := s.do(request("GET", "/api/v1/decisions/"+id+"/test", "")).Body.String()
	if !strings.Contains(saved, "those of epoch 3") {
		t.Errorf("the test says nothing of it: %s", saved)
	}
}
