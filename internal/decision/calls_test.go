package decision

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// said is one message of a call: a request's method or a response's type, what came back, and whether it failed.
type said struct {
	method routrpb.Method
	is     routrpb.ResponseType // 0 for a request
	back   routrpb.ResponseType // 0 for a message to be sent on
	fails  bool
}

// addCall adds the messages of a call, a second apart.
func addCall(t testing.TB, l *Log, callID string, start time.Time, all ...said) {
	t.Helper()
	for i, s := range all {
		m := invite()
		m.Method, m.Message.CallId.CallId = s.method, callID
		m.Message.From.Address.Uri.User = callID
		if s.is != 0 {
			m.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: s.is}
		}
		r := recordOf(t, m)
		r.Time = start.Add(time.Duration(i) * time.Second)
		r.Picked(0, "im")
		r.Answer = AnswerOf(message.SIPRequest, 0)
		if s.back != 0 {
			r.Answer = AnswerOf(message.SIPResponse, message.ResponseType(s.back))
		}
		if s.fails {
			r.Code, r.Error, r.Answer = 13, "no luck", 0
		}
		l.Add(r)
	}
}

func TestACallIsARow(t *testing.T) {
	const (
		invite, bye, cancel, register = routrpb.Method_INVITE, routrpb.Method_BYE, routrpb.Method_CANCEL,
			routrpb.Method_REGISTER
		trying, ringing, ok, busy = routrpb.ResponseType_TRYING, routrpb.ResponseType_RINGING,
			routrpb.ResponseType_OK, routrpb.ResponseType_BUSY_HERE
		unauthorized = routrpb.ResponseType_UNAUTHORIZED
	)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		said  []said
		state CallState
		last  string
	}{
		"just begun": {[]said{{method: invite}, {method: invite, is: trying}}, CallPending, "TRYING"},
		"rings": {[]said{{method: invite}, {method: invite, is: trying},
			{method: invite, is: ringing}}, CallRinging, "RINGING"},
		"is answered": {[]said{{method: invite}, {method: invite, is: ringing}, {method: invite, is: ok}},
			CallAnswered, "OK"},
		"is over": {[]said{{method: invite}, {method: invite, is: ok}, {method: bye},
			{method: bye, is: ok}}, CallEnded, "OK"},
		"is busy": {[]said{{method: invite}, {method: invite, is: ringing}, {method: invite, is: busy}},
			CallRefused, "BUSY_HERE"},
		"is given up": {[]said{{method: invite}, {method: invite, is: ringing}, {method: cancel}},
			CallCancelled, "RINGING"},
		"is challenged": {[]said{{method: register, back: unauthorized}}, CallPending, "UNAUTHORIZED"},
		"is registered": {[]said{{method: register, back: unauthorized}, {method: register, back: ok}},
			CallAnswered, "OK"},
		"fails on a ringing": {[]said{{method: invite}, {method: invite, is: ringing, fails: true},
			{method: invite, is: ok}}, CallFailed, "OK"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, Options{})
			addCall(t, l, "a@h", start, c.said...)
			p, err := l.Calls(Query{}, nil)
			if err != nil || len(p.Calls) != 1 {
				t.Fatalf("%+v, %v", p, err)
			}
			row := p.Calls[0]
			span := time.Duration(len(c.said)-1) * time.Second
			if row.State != c.state || row.LastResponse != c.last || row.Messages != len(c.said) ||
				row.Last.Sub(row.First) != span ||
				row.From != "a@h@sip.example.com" || row.Method != c.said[0].method.String() ||
				!slices.Equal(row.Processors, []string{"im"}) {
				t.Errorf("%+v", row)
			}
			if failed := c.state == CallFailed; failed != (row.Error == "no luck") ||
				failed != (row.Code == "INTERNAL") {
				t.Errorf("%+v", row)
			}
			for split := 1; split < 1<<len(c.said)-1; split++ {
				a, b := parted(t, c.said, start, split)
				for _, both := range []CallRow{a.Beside(b), b.Beside(a)} {
					row.CallID, row.LastID, both.LastID = both.CallID, "", ""
					if diff := cmp.Diff(row, both); diff != "" {
						t.Errorf("of two processes, by %b: %s", split, diff)
					}
				}
			}
		})
	}
}

// parted is what two processes know of a call: the first one of the messages whose bits are set, the other of the rest.
func parted(t *testing.T, all []said, start time.Time, bits int) (a, b CallRow) {
	t.Helper()
	logs := [2]*Log{newLog(t, Options{}), newLog(t, Options{})}
	for i, s := range all {
		addCall(t, logs[1-bits>>i&1], "a@h", start.Add(time.Duration(i)*time.Second), s)
	}
	var rows [2]CallRow
	for i, l := range logs {
		p, err := l.Calls(Query{}, nil)
		if err != nil || len(p.Calls) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		rows[i] = p.Calls[0]
	}
	return rows[0], rows[1]
}

func TestCallsAreFilteredByTheirMessagesAndPaged(t *testing.T) {
	l := newLog(t, Options{})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	addCall(t, l, "a", start, said{method: 2}, said{method: 2, is: 39})
	addCall(t, l, "b", start, said{method: 2}, said{method: 2, fails: true})
	addCall(t, l, "c", start, said{method: 4})
	addCall(t, l, "a", start, said{method: 7}) // its ACK is the newest
	calls := func(q Query, states ...string) string {
		p, err := l.Calls(q, states)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, c := range p.Calls {
			ids = append(ids, c.CallID)
		}
		if p.More {
			ids = append(ids, "…")
		}
		return strings.Join(ids, " ")
	}
	for _, c := range []struct {
		got, want string
	}{
		{calls(Query{}), "a c b"}, {calls(Query{Limit: 2}), "a c …"}, {calls(Query{Limit: 3}), "a c b"},
		{calls(Query{Before: l.id(6)}), "c b"}, {calls(Query{Before: l.id(5)}), "b"}, {calls(Query{}, "failed"), "b"},
		{calls(Query{}, "!failed"), "a c"}, {calls(Query{}, "refused", "failed"), "a b"},
		{calls(Query{Filter: filter(t, map[string]string{"method": "ACK"})}), "a"},
		{calls(Query{Filter: filter(t, map[string]string{"user": "b"})}), "b"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	if p, _ := l.Calls(Query{Filter: filter(t, map[string]string{"method": "ACK"})}, nil); p.Calls[0].Messages != 3 {
		t.Errorf("a row of %d messages", p.Calls[0].Messages) // not only those that pass
	}
	if _, err := l.Calls(Query{}, []string{"lost"}); err == nil ||
		!strings.HasPrefix(err.Error(), `state: no state is called "lost"`) {
		t.Error(err)
	}
}

func TestACallComesWithItsMessages(t *testing.T) {
	l := newLog(t, Options{Keep: 20, KeepMessages: 2})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	addCall(t, l, "a@h", start, said{method: 2}, said{method: 2, is: 2}) // the first is an example
	for range 50 {
		addCall(t, l, "a", start, said{method: 1})
	}
	addCall(t, l, "a@h", start, said{method: 8})
	c := l.Call("a@h")
	if len(c.Entries) != 3 || c.LeftOut != 0 {
		t.Fatalf("%d messages", len(c.Entries))
	}
	for i, method := range []string{"INVITE", "INVITE", "BYE"} {
		if e := c.Entries[i]; e.Method != method || e.Message == nil || !e.MessageKept {
			t.Errorf("message %d: %+v", i, e)
		}
	}
	if c := l.Call("b"); c.Entries != nil {
		t.Errorf("%+v", c)
	}
}

func TestALongCallIsBounded(t *testing.T) {
	l := newLog(t, Options{Keep: 5000, KeepMessages: 5000})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for range maxCallMessages + 50 {
		addCall(t, l, "a", start, said{method: 12})
	}
	c := l.Call("a")
	if len(c.Entries) != maxCallMessages || c.LeftOut != 50 || c.Entries[0].ID != l.id(51) {
		t.Errorf("%d messages from %s, %d left out", len(c.Entries), c.Entries[0].ID, c.LeftOut)
	}
}

// TestTheFirstFailureOfACallIsTold has messages that nobody takes, which say less of a call than one that failed.
func TestTheFirstFailureOfACallIsTold(t *testing.T) {
	l := newLog(t, Options{})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, r := range []struct {
		is   routrpb.ResponseType // 0 for a request
		code status.Code
		rule string
	}{
		{0, status.NotFound, ""}, {0, status.OK, ""}, {routrpb.ResponseType_RINGING, status.Internal, "dead"},
		{routrpb.ResponseType_OK, status.Internal, "late"}, {0, status.NotFound, ""},
	} {
		m := invite()
		m.Message.CallId.CallId = "call"
		if r.is != 0 {
			m.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: r.is}
		}
		rec := recordOf(t, m)
		rec.Time, rec.Code, rec.FailedRule, rec.Error = start, r.code, r.rule, r.rule
		l.Add(rec)
		page, err := l.Calls(Query{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := page.Calls[0].FirstFailure
		want := Failure{Method: "INVITE", Code: "NOT_FOUND", Nobody: true}
		if page.Calls[0].Messages > 2 {
			want = Failure{
				Method: "INVITE", ResponseType: "RINGING", Code: "INTERNAL", Error: "dead", FailedRule: "dead",
			}
		}
		if got == nil || *got != want {
			t.Errorf("after %d messages: %+v, want %+v", page.Calls[0].Messages, got, want)
		}
	}
}

func TestACallIsFoundByTheCallIDThatCame(t *testing.T) {
	l := newLog(t, Options{})
	for _, id := range []string{
		"\xff\xfe@h", "a\xc3(", "\xed\xa0\x80", strings.Repeat("x", 300), strings.Repeat("y\xff", 200), "plain",
	} {
		r := record(t, 1, 0)
		r.CallID = []byte(id)
		l.Add(r)
		_, found := list(t, l, Query{Filter: filter(t, map[string]string{"callId": id})})
		if got := l.Call(id).Entries; len(got) != 1 || len(found) != 1 {
			t.Errorf("%.20q: %d in the call, %d in the list", id, len(got), len(found))
			continue
		}
		if shown := found[0].CallID; len(l.Call(shown).Entries) != 1 {
			t.Errorf("%.20q isn't found as it is shown", shown)
		}
	}
}

func TestTheStartIsNoDecision(t *testing.T) {
	l := newLog(t, Options{})
	l.Add(record(t, 1, 0))
	if e, ok := l.Get(l.Start()); ok || l.Has(l.Start()) {
		t.Errorf("there is a decision %+v", e)
	}
	if _, kept := l.Request(l.Start()); kept {
		t.Error("it has a message")
	}
}

// TestResponsesThatNobodyHeardAreTold has only responses to an INVITE: that to a BYE tells nothing of who answered.
func TestResponsesThatNobodyHeardAreTold(t *testing.T) {
	l := newLog(t, Options{})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	invite, bye := routrpb.Method_INVITE, routrpb.Method_BYE
	addCall(t, l, "a", start, said{invite, 0, 0, false}, said{invite, routrpb.ResponseType_RINGING, 0, true},
		said{invite, routrpb.ResponseType_TRYING, 0, false}, said{invite, routrpb.ResponseType_OK, 0, true},
		said{invite, routrpb.ResponseType_RINGING, 0, true}, said{bye, routrpb.ResponseType_DECLINE, 0, true})
	var many []said
	for of := range routrpb.ResponseType_name {
		if of > int32(routrpb.ResponseType_OK) {
			many = append(many, said{invite, routrpb.ResponseType(of), 0, true})
		}
	}
	addCall(t, l, "many", start, many...)
	addCall(t, l, "none", start, said{invite, 0, 0, true})
	page, err := l.Calls(Query{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	none, all, a := page.Calls[0], page.Calls[1], page.Calls[2]
	if want := []string{"RINGING", "OK"}; !slices.Equal(a.LostResponses, want) {
		t.Errorf("lost %q, want %q", a.LostResponses, want)
	}
	if none.LostResponses == nil || len(none.LostResponses) != 0 {
		t.Errorf("of a call whose INVITE failed: %#v, want an empty list", none.LostResponses)
	}
	want := make([]string, 0, maxLostResponses)
	for _, s := range many[:maxLostResponses] {
		want = append(want, s.is.String())
	}
	if !slices.Equal(all.LostResponses, want) {
		t.Errorf("lost %q, want the first of them: %q", all.LostResponses, want)
	}
	if got := a.Beside(all).LostResponses; len(got) != maxLostResponses || got[0] != "RINGING" || got[2] != want[0] {
		t.Errorf("of two replicas: %q", got)
	}
}
