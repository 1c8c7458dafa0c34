package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

func TestAFleetIsSummedUpInALine(t *testing.T) {
	r := func(hash string, epoch uint64) bus.Replica {
		return bus.Replica{State: bus.State{Name: "r", Hash: hash + "123456789", Epoch: epoch}}
	}
	silent, draining := r("a", 9), r("a", 9)
	silent.Silent, draining.Draining = true, true
	for want, all := range map[string][]bus.Replica{
		"1 replica":                                             {r("a", 9)},
		"3 replicas, all have epoch 9":                          {r("a", 9), r("a", 9), r("a", 9)},
		"3 replicas, two of three have epoch 9":                 {r("b", 8), r("a", 9), r("a", 9)},
		"2 replicas, all have configuration a1234567":           {r("a", 1), r("a", 9)},
		"3 replicas, all have epoch 9, 1 draining, 1 silent":    {silent, draining, r("a", 9)},
		"4 replicas, three of four have configuration a1234567": {r("a", 1), r("a", 2), r("a", 3), r("b", 1)},
		"3 replicas with three configurations":                  {r("a", 1), r("b", 1), r("c", 1)},
		"3 replicas, two of three have configuration a1234567":  {r("a", 1), r("b", 1), r("a", 1)},
		"2 replicas with two configurations, 1 silent":          {r("b", 4), silent},
		"2 replicas, all have epoch 9, 1 draining":              {r("a", 9), draining},
	} {
		v := fleetView{Replicas: all, Configurations: configurations(all)}
		v.Agree = len(v.Configurations) == 1
		if got := summaryOf(v); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestPlacesAreReadAsTheyWereWritten(t *testing.T) {
	const text = "aaaaaaaa-000000000012,bbbbbbbb"
	p, err := placesIn(text, "before")
	if err != nil || p.String() != text || p["aaaaaaaa"] == "" || p["bbbbbbbb"] != "" {
		t.Errorf("%v: %v", p, err)
	}
	many := make([]string, maxPlaces+1)
	for i := range many {
		many[i] = fmt.Sprintf("%c%c%caaaaa", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)
	}
	for _, bad := range []string{"x", "aaaaaaaa-1", text + ",", "aaaaaaa!", strings.Join(many, ",")} {
		if _, err := placesIn(bad, "before"); err == nil {
			t.Errorf("%.40q is taken", bad)
		}
	}
}

// TestPagesOfAllHoldEachDecisionOnce reads lists of different lengths and ages page by page.
func TestPagesOfAllHoldEachDecisionOnce(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	logs := map[string][]decision.Entry{} // newest first
	total := 0
	for i, boot := range []string{"aaaaaaaa", "bbbbbbbb", "cccccccc"} {
		for n := 10 * i; n > 0; n-- {
			at := began.Add(time.Duration(n*(i+1)) * time.Second)
			logs[boot] = append(logs[boot], decision.Entry{ID: fmt.Sprintf("%s-%012d", boot, n), Time: at})
			total++
		}
	}
	const limit = 7
	page := func(boot, before string) decisionList {
		all, from := logs[boot], 0
		for from < len(all) && before != "" && all[from].ID >= before {
			from++
		}
		l := decisionList{Decisions: all[from:min(from+limit, len(all))]}
		if from+limit < len(all) {
			l.Next = &l.Decisions[len(l.Decisions)-1].ID
		}
		return l
	}
	var (
		from places
		last time.Time
		seen = map[string]bool{}
	)
	for {
		var all []part[decisionList]
		for boot := range logs {
			if before, there := from[boot]; from == nil || there {
				all = append(all, part[decisionList]{bus.Replica{State: bus.State{BootID: boot}}, page(boot, before)})
			}
		}
		merged := mergeDecisions(all, limit, from)
		for _, e := range merged.Decisions {
			if seen[e.ID] || !last.IsZero() && e.Time.After(last) {
				t.Fatalf("%s comes twice, or out of order", e.ID)
			}
			seen[e.ID], last = true, e.Time
		}
		if merged.Next == nil {
			break
		}
		var err error
		if from, err = placesIn(*merged.Next, "before"); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != total {
		t.Errorf("%d of %d are there", len(seen), total)
	}
}

func TestWithoutAFleetThereIsThisReplicaAlone(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	for _, path := range []string{
		"/fleet", "/decisions?scope=fleet", "/watches?scope=fleet", "/rules?scope=fleet", "/decisions?scope=replica",
		"/calls?scope=fleet", "/calls?scope=fleet&state=pending", "/calls?scope=replica",
	} {
		var into map[string]any
		s.get(request(http.MethodGet, "/api/v1"+path, ""), &into)
	}
	for _, path := range []string{
		"/decisions?scope=all", "/decisions?scope=fleet&before=x",
		"/calls?scope=all", "/calls?scope=fleet&before=x", "/calls?scope=fleet&state=odd",
	} {
		s.refused(request(http.MethodGet, "/api/v1"+path, ""), http.StatusBadRequest, "request-invalid")
	}
}

// TestReplicasAskForLittle looks for calls that another replica may make beside those that it needs.
func TestReplicasAskForLittle(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	for path, want := range map[string]int{
		"/decisions?limit=1": http.StatusOK, "/fleet/hits": http.StatusOK, "/fleet/messages?last=5": http.StatusOK,
		"/calls?limit=1": http.StatusOK, "/calls?scope=fleet": http.StatusOK,
		"/config/source": http.StatusNotFound, "/fleet": http.StatusNotFound, "/decisions?scope=fleet": http.StatusOK,
		"/fleet/messages?last=0": http.StatusBadRequest, "\x00": http.StatusBadRequest, "": http.StatusNotFound,
	} {
		got := s.guard.Answer(context.Background(), bus.Question{Method: http.MethodGet, Path: path})
		if got.Status != want {
			t.Errorf("%q: %d %s", path, got.Status, got.Body)
		}
	}
	for _, q := range []bus.Question{
		{Method: http.MethodPost, Path: "/reload"},
		{Method: http.MethodPost, Path: "/config/check", Body: []byte("{}")},
		{Method: "BAD METHOD", Path: "/decisions"},
	} {
		if got := s.guard.Answer(context.Background(), q); got.Status < 400 {
			t.Errorf("%s %s: %d", q.Method, q.Path, got.Status)
		}
	}
}

// TestWhatReplicasTellEachOtherIsMasked looks for a secret in what another replica is told.
func TestWhatReplicasTellEachOtherIsMasked(t *testing.T) {
	s := newSide(t)
	const secret = "0123456789abcdef0123456789abcde7"
	s.recordWith(secret, "chat")
	var told sharedMessages
	for _, path := range []string{"/decisions", "/decisions/" + s.lastDecision(), "/fleet/messages", "/fleet/hits"} {
		got := s.guard.Answer(t.Context(), bus.Question{Method: http.MethodGet, Path: path})
		if got.Status != http.StatusOK || strings.Contains(string(got.Body), secret) {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
		if path == "/fleet/messages" {
			if err := json.Unmarshal(got.Body, &told); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(told.Messages) != 1 || strings.Contains(string(told.Messages[0].Request), secret) ||
		!strings.Contains(string(told.Messages[0].Request), "bob") {
		t.Errorf("%+v", told)
	}
}

// TestAReplicaTellsABoundedPartOfItsMessages keeps more than it tells another one.
func TestAReplicaTellsABoundedPartOfItsMessages(t *testing.T) {
	s := newSide(t)
	const each, many = 60 << 10, 100
	for i := range many {
		req := bodied(t, fmt.Sprint("call-", i), each)
		s.opts.Decisions.Add(&decision.Record{Time: time.Now(), Request: req.Bytes(), Method: req.Method()})
	}
	got := s.guard.Answer(t.Context(), bus.Question{Method: http.MethodGet, Path: "/fleet/messages?last=100"})
	var told sharedMessages
	if err := json.Unmarshal(got.Body, &told); err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, m := range told.Messages {
		size += len(m.Request)
	}
	if size > maxShared || size < maxShared/2 || told.LeftOut == 0 || told.LeftOut+len(told.Messages) != many {
		t.Errorf("%d messages of %d bytes, %d left out", len(told.Messages), size, told.LeftOut)
	}
}

// bodied is a message with a body of so many bytes.
func bodied(t *testing.T, callID string, n int) *message.Request {
	t.Helper()
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: callID, Method: routrpb.Method_MESSAGE, Message: &routrpb.SIPMessage{Body: strings.Repeat("b", n)},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// TestCallsOfAnOlderReplicaAreWholeRows has one that tells of no lost responses: a page would stumble over null.
func TestCallsOfAnOlderReplicaAreWholeRows(t *testing.T) {
	var old, now callList
	for text, list := range map[string]*callList{
		`{"calls":[{"callId":"a"},{"callId":"b"}]}`: &old, `{"calls":[{"callId":"b","lostResponses":["OK"]}]}`: &now,
	} {
		if err := json.Unmarshal([]byte(text), list); err != nil {
			t.Fatal(err)
		}
	}
	merged := mergeCalls([]part[callList]{{said: old}, {said: now}})
	text, err := json.Marshal(merged.Calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"callId":"a"`, `"lostResponses":[]`, `"lostResponses":["OK"]`} {
		if len(merged.Calls) != 2 || strings.Count(string(text), want) != 1 {
			t.Errorf("%s isn't there once in %s", want, text)
		}
	}
}
