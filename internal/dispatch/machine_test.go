package dispatch

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// reaction is what a stop makes of the request that it gets. The passages of these tests call nobody.
type reaction func(request []byte) Reply

// part is one stop of a test's pipeline.
type part struct {
	ref  string
	does reaction
	skip bool   // onError: skip
	rule string // of a processor; empty for one that takes everything
}

func at(ref string, does reaction) part { return part{ref: ref, does: does} }

// machine is a Dispatcher without a connection, and what its stops do.
type machine struct {
	*Dispatcher
	does map[string]reaction
}

func newMachine(t testing.TB, pre, processors, post []part) machine {
	t.Helper()
	m := machine{does: map[string]reaction{}}
	idle := func(role backend.Role, p part) *backend.Backend {
		to, err := newPool().Get(backend.Options{
			Role: role, Ref: p.ref, Addrs: []backend.Address{{Target: "127.0.0.1:1"}}, MaxMessageBytes: 1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = to.Close() })
		m.does[p.ref] = p.does
		return to
	}
	var params Params
	var rules []routing.Rule
	for _, p := range pre {
		params.Pre = append(params.Pre, Middleware{idle(backend.Middleware, p), p.skip})
	}
	for _, p := range processors {
		params.Processors = append(params.Processors, idle(backend.Processor, p))
		rules = append(rules, rule(t, stop{ref: p.ref, rule: p.rule}))
	}
	for _, p := range post {
		params.Post = append(params.Post, Middleware{idle(backend.Middleware, p), p.skip})
	}
	params.Table = routing.New(rules, routing.Options{})
	m.Dispatcher = New(params)
	return m
}

// walked is how a passage went, for people: a line for each call with what the stop got, and one for the outcome.
type walked struct {
	lines   []string
	got     map[string][]byte // the bytes that stops were to be called with, by ref
	answer  []byte
	err     error
	rec     decision.Record
	replies map[string]Reply
}

func (m machine) walk(t testing.TB, in []byte) (w walked) {
	t.Helper()
	req, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	w.got, w.replies = map[string][]byte{}, map[string]Reply{}
	var p Passage
	m.Begin(&p, req, &w.rec)
	for {
		to, req, ok := p.Next(t.Context())
		if !ok {
			break
		}
		if len(w.lines) > len(m.does) {
			t.Fatalf("it doesn't end: %q", w.lines)
		}
		w.got[to.Ref()] = req.Bytes()
		w.lines = append(w.lines, fmt.Sprintf("%s %s gets %s", to.Role(), to.Ref(), shown(t, req.Bytes())))
		w.replies[to.Ref()] = m.does[to.Ref()](req.Bytes())
		p.Took(w.replies[to.Ref()])
	}
	if w.answer, w.err = p.Outcome(); w.err != nil {
		e := status.Of(w.err)
		w.lines = append(w.lines, fmt.Sprintf("the caller gets %s: %s", e.Code, e.Message))
	} else {
		w.lines = append(w.lines, "the caller gets "+shownAnswer(t, w.answer))
	}
	return w
}

func shown(t testing.TB, request []byte) string {
	t.Helper()
	var req routrpb.MessageRequest
	if err := proto.Unmarshal(request, &req); err != nil {
		t.Fatal(err)
	}
	if req.GetRef() != "call-1" || req.GetMethod() != routrpb.Method_INVITE {
		t.Errorf("ref and method have become %q and %s", req.GetRef(), req.GetMethod())
	}
	return describe(req.GetMessage(), req.GetSender(), req.GetMetadata(), req.ProtoReflect().GetUnknown())
}

func shownAnswer(t testing.TB, answer []byte) string {
	t.Helper()
	var res routrpb.MessageResponse
	if err := proto.Unmarshal(answer, &res); err != nil {
		t.Fatal(err)
	}
	return describe(res.GetMessage(), res.GetSender(), res.GetMetadata(), res.ProtoReflect().GetUnknown())
}

// describe writes a message as "bob" or "OK", with who signed it, its metadata, its sender and how many unknown
// fields.
func describe(
	sip *routrpb.SIPMessage, sender *routrpb.NetInterface, metadata map[string]string, unknown []byte,
) string {
	text := "neither"
	switch of := sip.GetMessageType().(type) {
	case *routrpb.SIPMessage_RequestUri:
		text = of.RequestUri.GetUser()
	case *routrpb.SIPMessage_ResponseType:
		text = of.ResponseType.String()
	}
	for _, x := range sip.GetExtensions() {
		text += " +" + x.GetValue()
	}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		text += fmt.Sprintf(" %s=%s", key, metadata[key])
	}
	if sender != nil {
		text += " from " + sender.GetHost()
	}
	for len(unknown) > 0 {
		field, _, size := protowire.ConsumeField(unknown)
		text += fmt.Sprintf(" ?%d", field)
		unknown = unknown[size:]
	}
	return text
}

// The reactions. An answer's sender is its stop's name, which only a processor's counts for.

func answering(change func(*routrpb.MessageResponse)) reaction {
	return func(request []byte) Reply {
		var req routrpb.MessageRequest
		if err := proto.Unmarshal(request, &req); err != nil {
			panic(err)
		}
		res := pass(&req)
		change(res)
		return Reply{Answer: wire(res)(), Made: backend.Made{Addr: "10.0.0.1:1", Attempts: 1}}
	}
}

func signs(name string) reaction {
	return answering(func(res *routrpb.MessageResponse) {
		res.Message.Extensions = append(res.Message.Extensions, &routrpb.Extension{Name: "X-Signed", Value: name})
		res.Sender = &routrpb.NetInterface{Host: name}
	})
}

// signed is a part that adds its name.
func signed(ref string) part { return at(ref, signs(ref)) }

func passes() reaction { return answering(func(*routrpb.MessageResponse) {}) }

func responds(with routrpb.ResponseType) reaction {
	return answering(func(res *routrpb.MessageResponse) { res.Message = sipResponse(with) })
}

// retargets changes the Request-URI.
func retargets(user string) reaction {
	return answering(func(res *routrpb.MessageResponse) {
		res.Message.MessageType = &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: user}}
	})
}

func withMetadata(metadata map[string]string) reaction {
	return answering(func(res *routrpb.MessageResponse) { res.Metadata = metadata })
}

// adds answers with a field that nobody here knows.
func adds(field protowire.Number) reaction {
	return func(request []byte) Reply {
		r := passes()(request)
		r.Answer = protowire.AppendVarint(protowire.AppendTag(r.Answer, field, protowire.VarintType), 5)
		return r
	}
}

// untypes answers with a message that is neither a request nor a response.
func untypes() reaction {
	return answering(func(res *routrpb.MessageResponse) { res.Message.MessageType = nil })
}

func fails(err *status.Error) reaction {
	return func([]byte) Reply { return Reply{Err: err, Made: backend.Made{Addr: "10.0.0.1:1", Attempts: 2}} }
}

func answersBytes(data []byte) reaction { return func([]byte) Reply { return Reply{Answer: data} } }

// incoming is the wire form of what an EdgePort sends.
func incoming(sip *routrpb.SIPMessage) []byte {
	req := request(sip)
	req.Sender.Host = "edge"
	return wire(req)()
}
