package admin

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

// readText reads a body by the API.
func (s *side) readText(body map[string]any) []readMessage {
	s.t.Helper()
	var got readings
	s.get(request("POST", "/api/v1/messages/read", encode(s.t, body)), &got)
	return got.Messages
}

// keep records a sample, and returns the decision's id and the message.
func (s *side) keep(name string) (id string, m sample.Message) {
	s.t.Helper()
	m, ok := sample.ByName(name)
	if !ok {
		s.t.Fatalf("no sample %s", name)
	}
	wire, err := proto.Marshal(m.Request)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		s.t.Fatal(err)
	}
	s.opts.Decisions.Add(&decision.Record{
		Time: time.Now(), Request: wire, CallID: req.CallID(), Method: req.Method(), Total: time.Millisecond,
	})
	var list decisionList
	s.get(request("GET", "/api/v1/decisions?limit=1", ""), &list)
	return list.Decisions[0].ID, m
}

func TestMessagesAreReadInEveryForm(t *testing.T) {
	s := newSide(t)
	id, invite := s.keep("invite-sdp")
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(invite.Request)
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(req.AppendJSON(nil)), `"message":{`)
	for form, body := range map[string]map[string]any{
		"sip":      {"sip": invite.SIP},
		"json":     {"json": jsonOf(req)},
		"protobuf": {"protobuf": base64.StdEncoding.EncodeToString(wire)},
		"decision": {"decision": id},
	} {
		all := s.readText(body)
		if len(all) != 1 || all[0].Form != form || all[0].Outcome != "converted" || len(all[0].Spans) < 20 {
			t.Errorf("%s: %+v", form, all)
			continue
		}
		if _, got, _ := strings.Cut(string(all[0].JSON), `"message":{`); got != want {
			t.Errorf("%s: (-want +got):\n%s", form, cmp.Diff(want, got))
		}
		for _, span := range all[0].Spans {
			if text := string([]rune(all[0].SIP)[span.From:span.To]); span.Path == "message.from.address.uri.user" &&
				text != "1001" {
				t.Errorf("%s: %s is at %q", form, span.Path, text)
			}
		}
	}
}

// jsonOf is a message as rules see it.
func jsonOf(req *message.Request) any { return jsonText(req.AppendJSON(nil)) }

// jsonText is JSON that is encoded as it stands.
type jsonText []byte

func (j jsonText) MarshalJSON() ([]byte, error) { return j, nil }

func TestATextOfSeveralMessagesIsRead(t *testing.T) {
	s := newSide(t)
	trying := "SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n" +
		"To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"
	lost := strings.Replace(strings.Replace(trying, "SIP/2.0 100 Trying", "OPTIONS tel:+1 SIP/2.0", 1),
		"1 INVITE", "1 OPTIONS", 1)
	text := "U 10.0.0.1:5070 -> 10.0.0.2:5060\n" + trying + "\nU 10.0.0.1:5070 -> 10.0.0.2:5060\n" + lost +
		strings.Replace(trying, "From: <sip:a@b>", "X-😀: \xc3\xa9\r\nFrom: <sip:a@", 1) +
		"T 10.0.0.9:1 -> 10.0.0.2:5060\n" +
		strings.Replace(lost, "tel:+1", "sip:é@d", 1)
	var got []string
	all := s.readText(map[string]any{"text": text})
	for _, m := range all {
		got = append(got, string(m.Outcome)+" "+m.Summary)
	}
	want := []string{
		"dropped SIP/2.0 100 Trying, Call-ID 1", "lost OPTIONS tel:+1, Call-ID 1",
		"refused SIP/2.0 100 Trying, Call-ID 1",
		"converted OPTIONS sip:é@d, Call-ID 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, m := range all {
		var note paste.Note
		for _, n := range m.Notes {
			if n.Text == m.Reason {
				note = n
			}
		}
		if m.Outcome == "converted" {
			continue
		}
		if m.Reason == "" || note.Text != m.Reason || note.Kind != "failure" || note.Line < 1 || note.From > note.To {
			t.Errorf("%s: %+v", m.Reason, m.Notes)
		}
	}
	refused := all[2]
	for _, n := range refused.Notes {
		if n.Text == refused.Reason &&
			(n.Line != 4 || n.Column != 14 || string([]rune(refused.SIP)[n.From:n.To]) != ";tag=1") {
			t.Errorf("the reason is at %+v, %q", n, string([]rune(refused.SIP)[n.From:n.To]))
		}
	}
}

// TestWhatAnEdgePortDoesIsSaidWhereSIPIsTried explains a text that the EdgePort loses, and tries a rule on it.
func TestWhatAnEdgePortDoesIsSaidWhereSIPIsTried(t *testing.T) {
	s := newSide(t)
	text := "MESSAGE sip:bob@sip.local SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx\r\n" +
		"From: <tel:+1>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\n" +
		"CSeq: 1 MESSAGE\r\n\r\n"
	type said struct{ EdgePort *paste.Fate }
	check := func(what string, got said) {
		t.Helper()
		if f := got.EdgePort; f == nil || f.Outcome != "lost" || !strings.Contains(f.Reason, "tel:+1") ||
			len(f.Notes) != 1 || f.Notes[0].Line != 3 {
			t.Errorf("%s: %+v", what, f)
		}
	}
	message := map[string]any{"sip": text}
	var explained said
	s.get(request("POST", "/api/v1/route/explain", encode(t, map[string]any{"message": message})), &explained)
	check("explain", explained)
	explained = said{}
	s.get(request("POST", "/api/v1/route/explain",
		encode(t, map[string]any{"message": message, "config": candidateText})), &explained)
	check("explain with a candidate", explained)
	var evaluated struct{ Results []said }
	body := encode(t, map[string]any{
		"matchFunc": "req => true", "messages": []any{message, map[string]any{"json": map[string]any{}}},
	})
	s.get(request("POST", "/api/v1/rules/evaluate", body), &evaluated)
	check("evaluate", evaluated.Results[0])
	if evaluated.Results[1].EdgePort != nil {
		t.Errorf("JSON doesn't go through an EdgePort: %+v", evaluated.Results[1].EdgePort)
	}
}

// candidateText is a configuration to try.
const candidateText = `{"kind":"MessageDispatcher","apiVersion":"v2beta1","ref":"c","spec":{"processors":[` +
	`{"ref":"a","addr":"127.0.0.1:1","methods":["MESSAGE"],"matchFunc":"req => true"}]}}`

func TestTransportAndSourceChangeWhatIsRead(t *testing.T) {
	s := newSide(t)
	text := "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;rport;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n" +
		"To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
	all := s.readText(map[string]any{"sip": text, "source": "[2001:db8::1]:5070"})
	if !strings.Contains(string(all[0].JSON), `"received":"2001:db8:0:0:0:0:0:1"`) ||
		!strings.Contains(string(all[0].JSON), `"rPort":5070`) {
		t.Errorf("%s", all[0].JSON)
	}
	if all = s.readText(map[string]any{
		"sip": strings.ReplaceAll(text, "\r\n", "\n"), "transport": "tcp",
	}); all[0].Outcome != "dropped" {
		t.Errorf("line feeds alone over TCP: %+v", all[0])
	}
	for body, path := range map[string]string{
		`{"sip":"x","transport":"QUIC"}`: "transport", `{"sip":"x","source":"here"}`: "source",
		`{"sip":"x","text":"y"}`: "", `{}`: "",
	} {
		if p := s.refused(request("POST", "/api/v1/messages/read", body), 400, "request-invalid"); p.Path != path {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if p := s.refused(request("POST", "/api/v1/messages/read", `{"text":"{\"rf\":1}"}`), 400,
		"message-invalid"); p.Line != 1 || p.Column != 2 ||
		!strings.HasPrefix(p.Detail, "line 1, column 2 of the text: ") || !strings.HasSuffix(p.Snippet, " |  ^") {
		t.Errorf("%+v", p)
	}
	if p := s.refused(request("POST", "/api/v1/messages/read", `{"text":"hello"}`), 400,
		"message-invalid"); !strings.Contains(p.Detail, "isn't SIP text") {
		t.Errorf("%+v", p)
	}
	s.refused(request("POST", "/api/v1/messages/read", `{"decision":"none"}`), 404, "not-found")
	s.refused(request("POST", "/api/v1/messages/read", strings.Repeat(" ", maxReadBody+1)), 413, "too-large")
}

// TestARepliesSpansAndNotesAreBounded reads many messages, each of which has many.
func TestARepliesSpansAndNotesAreBounded(t *testing.T) {
	s := newSide(t)
	one := "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n" +
		"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nAllow: " +
		strings.Repeat("a,", 4000) + "a\r\nContent-Length: 0\r\n\r\n"
	n := 0
	for _, m := range s.readText(map[string]any{"text": strings.Repeat(one, 10)}) {
		n += len(m.Spans)
	}
	if n != maxReadSpans {
		t.Errorf("%d spans, want %d", n, maxReadSpans)
	}
	n = 0
	noted := strings.Replace(one, "Allow: "+strings.Repeat("a,", 4000)+"a",
		strings.TrimSuffix(strings.Repeat("x\r\n", 300), "\r\n"), 1)
	for _, m := range s.readText(map[string]any{"text": strings.Repeat(noted, 40)}) {
		n += len(m.Notes)
	}
	if n != maxReadNotes {
		t.Errorf("%d notes, want %d", n, maxReadNotes)
	}
}

func TestADecisionIsWrittenAsSIP(t *testing.T) {
	s := newSide(t)
	for _, m := range sample.All() {
		id, _ := s.keep(m.Name)
		w := s.do(request("GET", "/api/v1/decisions/"+id+"?form=sip", ""))
		if w.Code != 200 || w.Header().Get("X-Reads-Back") != "true" ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Fatalf("%s: %d %v", m.Name, w.Code, w.Header())
		}
		var entry decision.Entry
		s.get(request("GET", "/api/v1/decisions/"+id, ""), &entry)
		_, want, _ := strings.Cut(string(entry.Message), `"message":{`)
		if _, got, _ := strings.Cut(string(s.readText(map[string]any{"sip": w.Body.String()})[0].JSON),
			`"message":{`); got != want {
			t.Errorf("%s: (-want +got):\n%s", m.Name, cmp.Diff(want, got))
		}
	}
	s.refused(request("GET", "/api/v1/decisions/none?form=sip", ""), 404, "not-found")
	if p := s.refused(request("GET", "/api/v1/decisions/none?form=xml", ""), 400, "request-invalid"); p.Path != "form" {
		t.Errorf("%+v", p)
	}
}
