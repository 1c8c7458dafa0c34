package decision

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// invite is an INVITE with what phones put in.
func invite() *routrpb.MessageRequest {
	uri := func(user, host string) *routrpb.SipURI { return &routrpb.SipURI{User: user, Host: host, Port: -1} }
	m := &routrpb.MessageRequest{
		Ref: "a84b4c76e66710@10.0.0.11", EdgePortRef: "edgeport-1", Method: routrpb.Method_INVITE,
		Sender:          &routrpb.NetInterface{Host: "10.0.0.11", Port: 5090},
		ListeningPoints: []*routrpb.NetInterface{{Host: "10.0.0.1", Port: 5060}},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "1002",
				Host: "sip.example.com", Port: 5060}},
			From: &routrpb.From{Address: &routrpb.Address{Uri: uri("1001", "sip.example.com"),
				DisplayName: "Alice"}, Tag: "1928301774"},
			To:      &routrpb.To{Address: &routrpb.Address{Uri: uri("1002", "sip.example.com")}},
			Contact: &routrpb.Contact{Address: &routrpb.Address{Uri: uri("1001", "10.0.0.11")}},
			CallId:  &routrpb.CallID{CallId: "a84b4c76e66710@10.0.0.11"},
			Via:     []*routrpb.Via{{Host: "10.0.0.11", Port: 5090, Branch: "z9hG4bK776asdhds", Transport: "UDP"}},
			Body:    strings.Repeat("a=rtpmap:0 PCMU/8000\r\n", 20),
		},
	}
	for _, name := range []string{
		"CSeq", "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Supported", "Supported", "User-Agent",
		"Content-Type", "Session-Expires", "Min-SE",
	} {
		value := map[string]string{"CSeq": "1 INVITE", "User-Agent": "Phone 1.2 (build 3)"}[name]
		if value == "" {
			value = "application/sdp"
		}
		m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: name, Value: value})
	}
	return m
}

// recordRaw is recordOf for a message whose texts aren't UTF-8.
func recordRaw(t testing.TB, m *routrpb.MessageRequest) *Record {
	t.Helper()
	const marked = "\U0001f4de"
	odd := m.Sender.Host
	if utf8.ValidString(odd) {
		return recordOf(t, m)
	}
	hide := func(s *string) { *s = strings.Repeat(marked, len(*s)/len(marked)) }
	for _, uri := range []*routrpb.SipURI{m.Message.GetRequestUri(), m.Message.From.Address.Uri,
		m.Message.To.Address.Uri} {
		hide(&uri.User)
		hide(&uri.Host)
	}
	hide(&m.Sender.Host)
	hide(&m.Message.Via[0].Branch)
	for _, e := range m.Message.Extensions {
		hide(&e.Value)
	}
	wire := []byte(strings.ReplaceAll(string(wireOf(t, m)), marked, odd[:len(marked)]))
	return recordOfWire(t, wire)
}

// recordOf makes the record of a message as traffic does.
func recordOf(t testing.TB, m *routrpb.MessageRequest) *Record {
	t.Helper()
	return recordOfWire(t, wireOf(t, m))
}

func recordOfWire(t testing.TB, wire []byte) *Record {
	t.Helper()
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	r := &Record{}
	r.Begin(wire[:len(wire):len(wire)], record(t, 0, 0).Time)
	r.Read(req)
	r.Epoch = 3
	return r
}

func TestAnEntrySaysWhoAndWhat(t *testing.T) {
	l := newLog(t, Options{KeepMessages: -1})
	r := recordOf(t, invite())
	r.Picked(5, "connect")
	r.Answer = AnswerOf(message.SIPRequest, 0)
	r.Calls = []Call{{Ref: "auth", Role: "middleware"}}
	r.Amended(true)
	l.Add(r)
	ringing := invite()
	ringing.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_RINGING}
	r = recordOf(t, ringing)
	r.RuleFailed(3, "dead", errors.New("boom"))
	r.Code, r.Error = 13, "boom"
	l.Add(r)
	_, entries := list(t, l, Query{})
	response, request := entries[0], entries[1]
	for _, c := range []struct{ what, got, want string }{
		{"request URI", request.RequestURI, "1002@sip.example.com:5060"},
		{"from", request.From, "1001@sip.example.com"},
		{"to", request.To, "1002@sip.example.com"}, {"CSeq", request.CSeq, "1 INVITE"},
		{"sender", request.Sender, "10.0.0.11:5090/UDP"},
		{"user agent", request.UserAgent, "Phone 1.2 (build 3)"}, {"response type", request.ResponseType, ""},
		{"answer", request.Answer, "message"},
		{"failed rule", request.FailedRule, ""}, {"changed by", strings.Join(request.ChangedBy, " "), "auth"},
		{"request URI of a response", response.RequestURI, ""}, {"response type", response.ResponseType, "RINGING"},
		{"answer", response.Answer, ""},
		{"failed rule", response.FailedRule, "dead"}, {"branch", response.Branch, request.Branch},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, not %q", c.what, c.got, c.want)
		}
	}
	if request.Rule == nil || *request.Rule != 5 || response.Rule != nil || request.Branch == "" {
		t.Errorf("rules %v and %v, branch %q", request.Rule, response.Rule, request.Branch)
	}
	if request.MessageKept || !response.MessageKept {
		t.Errorf("kept %v and %v", request.MessageKept, response.MessageKept)
	}
}

func TestWhatGoesBackHasAName(t *testing.T) {
	for want, a := range map[string]Answer{
		"": AnswerOf(message.NoForm, 0), "message": AnswerOf(message.SIPRequest, 7),
		"OK":      AnswerOf(message.SIPResponse, 7),
		"UNKNOWN": AnswerOf(message.SIPResponse, -5), "2147483645": AnswerOf(message.SIPResponse, 1<<31-1),
	} {
		if got := a.String(); got != want {
			t.Errorf("%d is %q, not %q", a, got, want)
		}
	}
}

// TestAHeadIsCutAndSafe has every text of a head be of 10 kB, of bytes that aren't UTF-8, of what turns text around,
// or secret.
func TestAHeadIsCutAndSafe(t *testing.T) {
	for name, text := range map[string]string{
		"long": strings.Repeat("x", 10_000), "not UTF-8": strings.Repeat("\xff\xc3", 5_000),
		"bidi":                      strings.Repeat("\u202eé", 2_000),
		"a secret far from its end": "https://bob:" + strings.Repeat("s3cret", 60) + "@h",
		"a short secret":            "https://bob:s3cret@h",
		"a secret at the cut":       strings.Repeat("x", 60) + ";password=" + strings.Repeat("s3cret", 200),
		"a secret as it is shown":   strings.Repeat("x", 100) + " Bearer s3crets3crets3cret",
		"a secret behind the taken": strings.Repeat("x", 340) + " token=s3crets3crets3crets3crets3crets3crets3cret",
	} {
		t.Run(name, func(t *testing.T) {
			m := invite()
			for _, uri := range []*routrpb.SipURI{m.Message.GetRequestUri(), m.Message.From.Address.Uri,
				m.Message.To.Address.Uri} {
				uri.User, uri.Host = text, text
			}
			m.Sender.Host, m.Message.Via[0].Branch = text, text
			for _, e := range m.Message.Extensions {
				e.Value = text
			}
			l := newLog(t, Options{})
			l.Add(recordRaw(t, m))
			_, entries := list(t, l, Query{})
			e := entries[0]
			for _, got := range []string{e.RequestURI, e.From, e.To, e.CSeq, e.Sender, e.UserAgent} {
				if len(got) > maxShown+maxNote || got == "" || !utf8.ValidString(got) ||
					strings.Contains(got, "s3cret") {
					t.Errorf("%d bytes: %q", len(got), got)
				}
			}
			if s, want := l.Stats(), held(l); s.Bytes != want {
				t.Errorf("counted %d bytes, holds %d", s.Bytes, want)
			}
		})
	}
}

// TestWhatAConfigurationHidesIsHiddenInHeads has every place of a head masked.
func TestWhatAConfigurationHidesIsHiddenInHeads(t *testing.T) {
	l := newLog(t, Options{Mask: []string{
		"message.requestUri", "message.from.address", "message.to.address.uri.user", "sender.host",
		"message.via.branch",
		"message.extensions[CSeq]", "message.extensions[user-agent]",
	}})
	l.Add(recordOf(t, invite()))
	_, entries := list(t, l, Query{})
	e := entries[0]
	got := strings.Join([]string{e.RequestURI, e.From, e.To, e.CSeq, e.Sender, e.Branch, e.UserAgent}, " | ")
	if want := "***@***:5060 | ***@*** | ***@sip.example.com | *** | ***:5090/UDP |  | ***"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestARetransmissionNamesTheDecisionThatItShares(t *testing.T) {
	l := newLog(t, Options{})
	first, again, other := recordOf(t, invite()), recordOf(t, invite()), invite()
	again.Shared = true
	other.Message.Via[0].Branch = "z9hG4bKother"
	l.Add(again) // it may be written down before the first
	l.Add(recordOf(t, other))
	if _, entries := list(t, l, Query{}); entries[1].SharedWith != "" {
		t.Errorf("shared with %s", entries[1].SharedWith)
	}
	l.Add(first)
	l.Add(again)
	_, entries := list(t, l, Query{})
	for _, i := range []int{0, 3} {
		if got := entries[i].SharedWith; got != l.id(3) {
			t.Errorf("entry %d is shared with %q", i, got)
		}
	}
	if entries[1].SharedWith != "" {
		t.Error("the first shares, too")
	}
}
