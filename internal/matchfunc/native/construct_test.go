package native

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// answered is a rule around one construct of JavaScript, with what V8 says to it. The answers in this package's
// tables were learnt by evaluating the rules in Node 20 on the JSON of the messages below, not from either engine.
type answered struct {
	rule string
	want string // the value as JSON (a number as String shows it), or the exception's name and message
	on   string // which message; the request where empty
	at   string // the part of the rule that throws
	says string // this package's exception where its message is shorter than V8's
	// apart is for patterns, for which the JavaScript engine says another place on the line.
	apart bool
}

// falsy are the values, as answered has them, for which a rule doesn't match.
var falsy = newNames("false", "0", "NaN", `""`, "null", "undefined")

// evaluate returns a rule's value as answered has it.
func evaluate(t *testing.T, src *source.Source, r *message.Request) (string, *Thrown) {
	t.Helper()
	c := &compiler{position: src.Position}
	body := c.rule(src.Expr)
	if c.outside != nil {
		t.Fatal(c.outside)
	}
	f := newFrame(c.slots, nil)
	defer f.release()
	v := body.eval(r, f)
	var thrown *Thrown
	if errors.As(f.err, &thrown) {
		return thrown.Error(), thrown
	}
	if f.err != nil {
		return f.err.Error(), nil
	}
	return v.show(r, 1024), nil
}

// sameAsV8 holds both engines to V8's answers: the verdict, the value, the exception and its place.
func sameAsV8(t *testing.T, all []answered) {
	t.Helper()
	messages := constructMessages(t)
	for _, tt := range all {
		t.Run(tt.on+" "+tt.rule, func(t *testing.T) {
			r := messages[tt.on]
			src, err := source.Parse(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if tt.says != "" {
				want = tt.says
			}
			value, thrown := evaluate(t, src, r)
			if value != want {
				t.Errorf("native: %s; want %s", value, want)
			}
			matched, err := mustCompile(t, tt.rule).Match(r, nil)
			if wanted := tt.at == "" && !falsy[tt.want]; matched != wanted || (err != nil) != (tt.at != "") {
				t.Errorf("native: %t, %v; want %t", matched, err, wanted)
			}
			if err != nil && err.Error() != want {
				t.Errorf("native, for the verdict alone: %v; want %s", err, want)
			}
			if thrown != nil && tt.rule[thrown.From:thrown.To] != tt.at {
				t.Errorf("native: thrown at %s; want %s", tt.rule[thrown.From:thrown.To], tt.at)
			}
			scripted(t, src, r, tt)
		})
	}
}

// scripted holds the JavaScript engine to a construct.
func scripted(t *testing.T, src *source.Source, r *message.Request, tt answered) {
	t.Helper()
	p, err := script.Compile(src, script.Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Eval(r, nil)
	if err != nil {
		var failed *script.EvalError
		if !errors.As(err, &failed) || failed.Kind != script.Thrown || tt.at == "" {
			t.Fatalf("script: %v; want %s", err, tt.want)
		}
		// The engine has words of its own for the exceptions that it throws, and V8's class and place.
		if class, _, _ := strings.Cut(tt.want, ":"); failed.Name != class {
			t.Errorf("script: %v; want a %s", err, class)
		}
		from := strings.LastIndex(tt.rule, tt.at)
		if failed.Line != 1 || !tt.apart && (failed.Column <= from || failed.Column > from+len(tt.at)+1) {
			t.Errorf("script: %v; want it within %s", err, tt.at)
		}
		return
	}
	if json := got.JSON(); json != tt.want || got.Truthy == falsy[tt.want] {
		t.Errorf("script: %t, %s; want %s", got.Truthy, json, tt.want)
	}
}

// The bytes of what no encoder writes, in place of letters: a byte that begins nothing, a surrogate, a sequence that
// is cut off, and one that is longer than it must be.
var hostile = map[string]string{
	"ref-A-1": "ref\xff\xfe-1", "SURRO": "\xed\xa0\xbd\xed\xb8", "CUTOFF": "cut\xf0\x9f\x98", "LONGER": "\xc0\xafabcd",
}

// constructMessages are the messages that constructs are evaluated on, by name.
func constructMessages(t *testing.T) map[string]*message.Request {
	t.Helper()
	uri := func(user, host string) *routrpb.SipURI {
		return &routrpb.SipURI{User: user, Host: host, Port: 5060, TtlParam: -1, LrParam: true}
	}
	request := &routrpb.MessageRequest{
		Ref: "Call-1", EdgePortRef: "edgeport-01", Method: routrpb.Method_INVITE,
		Sender: &routrpb.NetInterface{Host: "10.0.0.1", Port: 36214, Transport: routrpb.Transport_TCP},
		ListeningPoints: []*routrpb.NetInterface{
			{Host: "a", Port: 5060, Transport: routrpb.Transport_UDP},
			{Host: "b", Port: 5061, Transport: routrpb.Transport_TLS}, {Host: "c", Port: 5062},
		},
		ExternalAddrs: []string{"200.22.21.42", "", "zürich", "😀"},
		Metadata:      map[string]string{"tenant": "Acme", "größe": "ü", "n": " 42 ", "empty": ""},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: uri("1001", "sip.local")},
			From: &routrpb.From{Address: &routrpb.Address{Uri: uri("alice", "sip.local"), DisplayName: "Zoë 😀"},
				Tag: "9fx", Parameters: map[string]string{"x": "1"}},
			To:      &routrpb.To{Address: &routrpb.Address{Uri: uri("1001", "sip.local")}},
			Contact: &routrpb.Contact{Address: &routrpb.Address{}, Expires: -1, QValue: 0.5},
			CallId:  &routrpb.CallID{CallId: "abc@host"},
			Extensions: []*routrpb.Extension{
				{Name: "CSeq", Value: "1 INVITE"}, {Name: "Allow", Value: "INVITE, ACK"},
				{Name: "X-Ünï", Value: "Straße"},
			},
			Via: []*routrpb.Via{{Host: "v1", Port: 1}, {Host: "v2", Port: 2, RPortFlag: true}},
			Route: []*routrpb.Route{
				{Address: &routrpb.Address{Uri: uri("", "r1")}, Parameters: map[string]string{"lr": ""}}, {},
			},
			Body: "v=0\r\no=- 1 2\r\nm=audio 49170 RTP/AVP 0 8\r\n",
		},
	}
	answer := &routrpb.MessageRequest{Ref: "answer", Method: routrpb.Method_BYE, Message: &routrpb.SIPMessage{
		MessageType:  &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_RINGING},
		ReasonPhrase: "Ringing",
	}}
	odd := &routrpb.MessageRequest{Ref: "ref-A-1", EdgePortRef: "SURRO", Method: 99,
		Sender:   &routrpb.NetInterface{Host: "CUTOFF", Transport: 77, Port: -2147483648},
		Metadata: map[string]string{"k": "LONGER"}}
	out := map[string]*message.Request{}
	for name, m := range map[string]*routrpb.MessageRequest{"": request, "answer": answer, "odd": odd, "bare": {}} {
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for plain, bad := range hostile {
			wire = bytes.ReplaceAll(wire, []byte(plain), []byte(bad))
		}
		out[name] = parse(t, wire)
	}
	return out
}
