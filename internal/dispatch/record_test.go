package dispatch

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// recorded handles a message and returns its decision.
func (p *pipeline) recorded(t *testing.T, m *routrpb.MessageRequest) decision.Entry {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	req, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	rec := &decision.Record{}
	rec.Read(req)
	_, _ = p.Process(t.Context(), req, nil, rec)
	log, err := decision.NewLog(decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log.Add(rec)
	page, err := log.List(decision.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Entries[0]
}

func TestARecordSaysWhatWasMadeOfTheMessage(t *testing.T) {
	const throws, refuses = "req => req.nothing.there", "req => false"
	for name, c := range map[string]struct {
		pre, post  []stop
		processors []stop
		skip       bool
		rule       int32 // -1 for none
		failedRule string
		answer     string
		changedBy  string
	}{
		"a request goes on": {processors: []stop{{ref: "no", answer: pass, rule: refuses},
			{ref: "p", answer: pass}}, rule: 1, answer: "message"},
		"middlewares change it": {
			pre:        []stop{{ref: "same", answer: pass}, {ref: "signs", answer: sign("signs")}},
			processors: []stop{{ref: "p", answer: pass}}, post: []stop{{ref: "after", answer: sign("after")}},
			answer: "message", changedBy: "signs after",
		},
		"the processor answers": {processors: []stop{{ref: "p",
			answer: respond(routrpb.ResponseType_UNAUTHORIZED)}}, answer: "UNAUTHORIZED"},
		"a middleware answers": {pre: []stop{{ref: "m", answer: respond(routrpb.ResponseType_FORBIDDEN)}},
			rule: -1, answer: "FORBIDDEN", changedBy: "m"},
		"a rule throws": {processors: []stop{{ref: "bad", answer: pass, rule: throws},
			{ref: "p", answer: pass}}, rule: -1, failedRule: "bad"},
		"a failed one is passed": {processors: []stop{{ref: "bad", answer: pass, rule: throws},
			{ref: "p", answer: pass}}, skip: true, rule: 1, failedRule: "bad", answer: "message"},
		"nobody takes it": {processors: []stop{{ref: "no", answer: pass, rule: refuses}}, rule: -1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t, c.pre, c.processors, c.post)
			p.Table = routing.New(p.Table.Rules(), routing.Options{SkipFailedRules: c.skip})
			e := p.recorded(t, request(sipRequest()))
			index := int32(-1)
			if e.Rule != nil {
				index = *e.Rule
			}
			if index != c.rule || e.FailedRule != c.failedRule || e.Answer != c.answer ||
				strings.Join(e.ChangedBy, " ") != c.changedBy {
				t.Errorf("rule %d, failed %q, answer %q, changed by %v", index, e.FailedRule, e.Answer, e.ChangedBy)
			}
		})
	}
}
