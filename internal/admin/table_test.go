package admin

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/impact"
)

// ruleList is what the call answers.
type ruleList struct {
	Epoch    uint64
	Total    int
	Rules    []ruleRow
	Unrouted uint64
}

func TestTheRulesAreListedAsTheyRun(t *testing.T) {
	s := newSide(t)
	counts := decision.NewRuleCounts([]decision.RuleKey{{Ref: "chat"}, {Ref: "calls"}}, time.Now(), nil)
	s.opts.Snapshot().Dispatcher.Counts = counts
	var r decision.Record
	r.Rules, r.Time = counts, time.Now()
	r.Picked(1, "calls")
	s.opts.Decisions.Add(&r)
	var got ruleList
	s.get(request("GET", "/api/v1/rules", ""), &got)
	if got.Epoch != 7 || got.Total != 2 || len(got.Rules) != 2 {
		t.Fatalf("%+v", got)
	}
	chat, calls := got.Rules[0], got.Rules[1]
	if chat.Ref != "chat" || chat.Index != 0 || !slices.Equal(chat.Methods, []string{"MESSAGE"}) ||
		!strings.Contains(chat.MatchFunc, "sip.local") ||
		!chat.Compiled || chat.IndexedBy != "message.requestUri.host" || chat.Place.Line != 10 || chat.CatchAll ||
		chat.Hits != 0 || chat.LastHit != nil {
		t.Errorf("%+v", chat)
	}
	if calls.Hits != 1 || calls.LastHit == nil || *calls.LastHitID == "" || calls.IndexedBy != "" {
		t.Errorf("%+v", calls)
	}
	for query, want := range map[string]string{
		"?sort=-hits": "calls chat", "?sort=hits": "chat calls", "?sort=ref": "calls chat",
		"?sort=-index": "calls chat", "?q=INVITE": "calls",
		"?q=sip.LOCAL": "chat", "?limit=1&offset=1": "calls", "?q=nothing": "", "?sort=-lastHit&limit=1": "calls",
	} {
		s.get(request("GET", "/api/v1/rules"+query, ""), &got)
		var refs []string
		for _, r := range got.Rules {
			refs = append(refs, r.Ref)
		}
		if strings.Join(refs, " ") != want {
			t.Errorf("%s: %v", query, refs)
		}
	}
	for query, parameter := range map[string]string{"?sort=x": "sort", "?limit=0": "limit", "?offset=-1": "offset",
		"?x=1": "x", "?sort=-": "sort"} {
		if p := s.refused(request("GET", "/api/v1/rules"+query, ""), 400, "request-invalid"); p.Path != parameter {
			t.Errorf("%s: %+v", query, p)
		}
	}
}

func TestOverlapsNameExamplesThatAreThere(t *testing.T) {
	var s *side
	s = newSide(t, func(o *Options) {
		o.Overlaps = func(epoch uint64, began time.Time) impact.OverlapReport {
			page, err := s.opts.Decisions.List(decision.Query{})
			if err != nil || epoch != 7 {
				t.Error(epoch, err)
			}
			there, gone := page.Entries[0].ID, "aaaaaaaa-000000000001"
			return impact.OverlapReport{Epoch: epoch, Since: began, Of: 50, Messages: 5000, Overlaps: []impact.Overlap{
				{Rule: 0, Ref: "chat", Over: 1, OverRef: "calls", Count: 12, Of: 50, Example: &there},
				{Rule: 0, Ref: "chat", Over: 1, OverRef: "calls", Count: 2, Of: 50, Example: &gone},
			}}
		}
	})
	s.record("call-1", "chat", 0)
	var got impact.OverlapReport
	s.get(request("GET", "/api/v1/rules/overlaps", ""), &got)
	if len(got.Overlaps) != 2 || got.Overlaps[0].Example == nil || got.Overlaps[1].Example != nil || got.Of != 50 {
		t.Errorf("%+v", got)
	}
}
