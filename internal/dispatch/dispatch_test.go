package dispatch

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answerFunc is what a stop of the test's pipeline makes of a request.
type answerFunc func(req *routrpb.MessageRequest) *routrpb.MessageResponse

// pipeline is a Dispatcher over real peers that write down who was called, in order.
type pipeline struct {
	*Dispatcher
	called chan string
}

func (p *pipeline) calls() (refs []string) {
	for len(p.called) > 0 {
		refs = append(refs, <-p.called)
	}
	return refs
}

type stop struct {
	ref    string
	answer answerFunc
	rule   string // of a processor
	only   []message.Method
}

func newPipeline(t *testing.T, pre []stop, processors []stop, post []stop) *pipeline {
	t.Helper()
	p := &pipeline{called: make(chan string, 100)}
	params := Params{}
	var rules []routing.Rule
	for _, s := range pre {
		params.Pre = append(params.Pre, Middleware{Backend: p.stop(t, backend.Middleware, s)})
	}
	for _, s := range processors {
		params.Processors = append(params.Processors, p.stop(t, backend.Processor, s))
		rules = append(rules, rule(t, s))
	}
	for _, s := range post {
		params.Post = append(params.Post, Middleware{Backend: p.stop(t, backend.Middleware, s)})
	}
	params.Table = routing.New(rules, routing.Options{})
	p.Dispatcher = New(params)
	return p
}

func rule(t testing.TB, s stop) routing.Rule {
	t.Helper()
	source := s.rule
	if source == "" {
		source = "req => true"
	}
	fn, err := matchfunc.Compile(source, matchfunc.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	methods := s.only
	if methods == nil {
		for m := range message.Method(15) {
			methods = append(methods, m)
		}
	}
	return routing.Rule{Ref: s.ref, Methods: methods, Func: fn}
}

func (p *pipeline) stop(t *testing.T, role backend.Role, s stop) *backend.Backend {
	t.Helper()
	peer := peertest.Start(t, peertest.Typed(func(
		_ context.Context, req *routrpb.MessageRequest,
	) (*routrpb.MessageResponse, error) {
		p.called <- s.ref
		return s.answer(req), nil
	}))
	b, err := newPool().Get(backend.Options{
		Role: role, Ref: s.ref, Addrs: []backend.Address{{Target: peer.Addr}}, Timeout: 10 * time.Second,
		MaxMessageBytes: 4 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	connected(b)
	return b
}

// process handles a message as package app does.
func process(t *testing.T, d *Dispatcher, data []byte) ([]byte, error) {
	t.Helper()
	if *byLane {
		return newService(t, d).Process(t.Context(), data, nil)
	}
	req, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return d.Process(t.Context(), req, nil, &decision.Record{})
}

// The answers that the tests' stops give.

func pass(req *routrpb.MessageRequest) *routrpb.MessageResponse {
	return &routrpb.MessageResponse{Message: req.GetMessage(), Sender: req.GetSender(), Metadata: req.GetMetadata()}
}

func respond(status routrpb.ResponseType) answerFunc {
	return func(*routrpb.MessageRequest) *routrpb.MessageResponse {
		return &routrpb.MessageResponse{Message: sipResponse(status)}
	}
}

// sign adds its name to the metadata and to the message's headers.
func sign(name string) answerFunc {
	return func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
		answer := pass(req)
		answer.Metadata = map[string]string{"signed": req.GetMetadata()["signed"] + name}
		answer.Message.Extensions = append(answer.Message.Extensions, &routrpb.Extension{Name: "X-Signed", Value: name})
		return answer
	}
}

func sipRequest() *routrpb.SIPMessage {
	return &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
	}
}

func sipResponse(status routrpb.ResponseType) *routrpb.SIPMessage {
	return &routrpb.SIPMessage{MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: status}}
}

func request(sip *routrpb.SIPMessage) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{
		Ref: "call-1", Method: routrpb.Method_INVITE, Message: sip,
		Sender: &routrpb.NetInterface{Host: "10.0.0.9", Port: 5060}, Metadata: map[string]string{"k": "v"},
	}
}

func (p *pipeline) process(t *testing.T, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
	t.Helper()
	data, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := process(t, p.Dispatcher, data)
	if err != nil {
		return nil, err
	}
	var answer routrpb.MessageResponse
	if err := proto.Unmarshal(got, &answer); err != nil {
		t.Fatal(err)
	}
	return &answer, nil
}

// TestWhoIsCalled holds section 3 of the contract against who is called and what comes back.
func TestWhoIsCalled(t *testing.T) {
	ok, unauthorized, busy := routrpb.ResponseType_OK, routrpb.ResponseType_UNAUTHORIZED, routrpb.ResponseType_BUSY_HERE
	for _, c := range []struct {
		name            string
		in              *routrpb.SIPMessage
		pre, proc, post []answerFunc // refs: a, b, …; p; x, y, …
		calls           []string
		status          routrpb.ResponseType // of the answer; UNKNOWN for a request
	}{
		{
			name: "a request passes all stops in order", in: sipRequest(),
			pre: []answerFunc{pass, pass}, proc: []answerFunc{pass}, post: []answerFunc{pass, pass},
			calls: []string{"a", "b", "p", "x", "y"},
		},
		{
			name: "a pre-processor middleware that answers ends the pipeline", in: sipRequest(),
			pre: []answerFunc{respond(unauthorized), pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"a"}, status: unauthorized,
		},
		{
			name: "also with a 200 OK", in: sipRequest(),
			pre: []answerFunc{pass, respond(ok), pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"a", "b"}, status: ok,
		},
		{
			name: "a response passes all stops in order", in: sipResponse(ok),
			pre: []answerFunc{pass, pass}, proc: []answerFunc{pass}, post: []answerFunc{pass, pass},
			calls: []string{"a", "b", "p", "x", "y"}, status: ok,
		},
		{
			name: "RINGING is no error", in: sipResponse(routrpb.ResponseType_RINGING),
			pre: []answerFunc{pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"a", "p", "x"}, status: routrpb.ResponseType_RINGING,
		},
		{
			name: "an error response goes to the processor alone", in: sipResponse(busy),
			pre: []answerFunc{pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"p"}, status: busy,
		},
		{
			name: "an UNKNOWN response is an error response", in: sipResponse(routrpb.ResponseType_UNKNOWN),
			pre: []answerFunc{pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"p"},
		},
		{
			name: "TRYING is an error response by the contract's definition",
			in:   sipResponse(routrpb.ResponseType_TRYING),
			pre:  []answerFunc{pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"p"}, status: routrpb.ResponseType_TRYING,
		},
		{
			name: "a response that becomes an error skips the other middlewares", in: sipResponse(ok),
			pre: []answerFunc{respond(busy), pass}, proc: []answerFunc{pass}, post: []answerFunc{pass},
			calls: []string{"a", "p"}, status: busy,
		},
		{
			name: "a processor's error response still passes the post-processor middlewares", in: sipRequest(),
			proc: []answerFunc{respond(busy)}, post: []answerFunc{pass, pass},
			calls: []string{"p", "x", "y"}, status: busy,
		},
		{
			name: "a post-processor middleware that answers a request ends the chain", in: sipRequest(),
			proc: []answerFunc{pass}, post: []answerFunc{respond(ok), pass},
			calls: []string{"p", "x"}, status: ok,
		},
		{
			name: "a 200 OK from the processor passes two post-processor middlewares", in: sipRequest(),
			proc: []answerFunc{respond(ok)}, post: []answerFunc{pass, pass},
			calls: []string{"p", "x", "y"}, status: ok,
		},
		{
			name: "a response that a post-processor middleware makes an error skips the rest", in: sipResponse(ok),
			proc: []answerFunc{pass}, post: []answerFunc{respond(busy), pass},
			calls: []string{"p", "x"}, status: busy,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPipeline(t, stops('a', c.pre), stops('p', c.proc), stops('x', c.post))
			got, err := p.process(t, request(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.calls, p.calls()); diff != "" {
				t.Errorf("who was called (-want +got):\n%s", diff)
			}
			if status := got.GetMessage().GetResponseType(); status != c.status {
				t.Errorf("the answer's status is %s, not %s", status, c.status)
			}
		})
	}
}

func stops(first rune, answers []answerFunc) (all []stop) {
	for i, a := range answers {
		all = append(all, stop{ref: string(first + rune(i)), answer: a})
	}
	return all
}

func TestEachStopGetsWhatTheOneBeforeLeft(t *testing.T) {
	var seen *routrpb.MessageRequest
	p := newPipeline(t,
		[]stop{{ref: "a", answer: sign("a")}, {ref: "b", answer: sign("b")}},
		[]stop{{ref: "p", answer: func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
			seen = proto.CloneOf(req)
			answer := sign("p")(req)
			answer.Sender = &routrpb.NetInterface{Host: "processor", Port: 1}
			return answer
		}}},
		[]stop{{ref: "x", answer: func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
			answer := sign("x")(req)
			answer.Sender = &routrpb.NetInterface{Host: "ignored"}
			return answer
		}}},
	)
	got, err := p.process(t, request(sipRequest()))
	if err != nil {
		t.Fatal(err)
	}
	if seen.GetMetadata()["signed"] != "ab" || len(seen.GetMessage().GetExtensions()) != 2 ||
		seen.GetRef() != "call-1" {
		t.Errorf("the processor saw %v", seen)
	}
	want := &routrpb.MessageResponse{
		Message:  sipRequest(),
		Sender:   &routrpb.NetInterface{Host: "processor", Port: 1},
		Metadata: map[string]string{"signed": "abpx"},
	}
	for _, name := range []string{"a", "b", "p", "x"} {
		want.Message.Extensions = append(want.Message.Extensions, &routrpb.Extension{Name: "X-Signed", Value: name})
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestMetadataOfAMiddlewareReplacesUnlessEmpty(t *testing.T) {
	bare := func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
		return &routrpb.MessageResponse{Message: req.GetMessage()}
	}
	p := newPipeline(t, []stop{{ref: "a", answer: bare}}, []stop{{ref: "p", answer: pass}},
		[]stop{{ref: "x", answer: bare}})
	got, err := p.process(t, request(sipRequest()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"k": "v"}, got.GetMetadata()); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestMetadataAndSenderOfAProcessorReplaceEvenWhenEmpty(t *testing.T) {
	p := newPipeline(t, nil, []stop{{ref: "p", answer: respond(routrpb.ResponseType_OK)}},
		[]stop{{ref: "x", answer: pass}})
	got, err := p.process(t, request(sipRequest()))
	if err != nil {
		t.Fatal(err)
	}
	want := &routrpb.MessageResponse{Message: sipResponse(routrpb.ResponseType_OK)}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAMiddlewaresAnswerKeepsTheRequestsSender(t *testing.T) {
	p := newPipeline(t, []stop{{ref: "a", answer: respond(routrpb.ResponseType_UNAUTHORIZED)}},
		[]stop{{ref: "p", answer: pass}}, nil)
	got, err := p.process(t, request(sipRequest()))
	if err != nil {
		t.Fatal(err)
	}
	want := &routrpb.MessageResponse{
		Message:  sipResponse(routrpb.ResponseType_UNAUTHORIZED),
		Sender:   request(nil).GetSender(),
		Metadata: request(nil).GetMetadata(),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestTheFirstRuleInFileOrderWins(t *testing.T) {
	invite := []message.Method{message.Method(routrpb.Method_INVITE)}
	p := newPipeline(t, nil, []stop{
		{ref: "other method", answer: pass, only: []message.Method{message.Method(routrpb.Method_MESSAGE)}},
		{ref: "says no", answer: pass, rule: "req => req.message.requestUri.user === 'carol'"},
		{ref: "first", answer: pass, rule: "req => req.message.requestUri.user === 'bob'", only: invite},
		{ref: "second", answer: pass},
	}, nil)
	if _, err := p.process(t, request(sipRequest())); err != nil {
		t.Fatal(err)
	}
	if calls := p.calls(); !slices.Equal(calls, []string{"first"}) {
		t.Errorf("called %q", calls)
	}
}

func TestWhatCantBeRoutedIsAnError(t *testing.T) {
	for _, c := range []struct {
		name    string
		request func() []byte
		rule    string
		want    status.Error
	}{
		{
			name: "no rule matches", request: wire(request(sipRequest())), rule: "req => false",
			want: status.Error{
				Code: status.NotFound, Message: "not matching processor found for request ref: call-1", Unrouted: true,
			},
		},
		{
			name: "a rule throws", request: wire(request(sipRequest())), rule: "req => req.message.contact.expires > 1",
			want: status.Error{Code: status.Internal},
		},
		{
			name: "no message", request: wire(request(nil)),
			want: status.Error{Code: status.InvalidArgument, Message: "MessageRequest: message: is missing"},
		},
		{
			name: "no message_type", request: wire(request(&routrpb.SIPMessage{Body: "x"})),
			want: status.Error{
				Code: status.InvalidArgument,
				Message: "MessageRequest: message.message_type: is missing: " +
					"neither request_uri nor response_type is set",
			},
		},
		{
			name: "an empty request", request: func() []byte { return nil },
			want: status.Error{Code: status.InvalidArgument, Message: "MessageRequest: message: is missing"},
		},
		{
			name: "malformed protobuf", request: func() []byte { return []byte{8<<3 | 2, 2, 3<<3 | 2, 9} },
			want: status.Error{
				Code:    status.InvalidArgument,
				Message: "MessageRequest: message.from: malformed protobuf: its length runs past the end",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPipeline(t, nil, []stop{{ref: "p", answer: pass, rule: c.rule}}, nil)
			_, err := process(t, p.Dispatcher, c.request())
			ignored := cmpopts.IgnoreFields(status.Error{}, "Cause")
			if c.want.Message == "" {
				ignored = cmpopts.IgnoreFields(status.Error{}, "Cause", "Message")
			}
			if diff := cmp.Diff(&c.want, err, ignored); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if calls := p.calls(); len(calls) > 0 {
				t.Errorf("%q was called all the same", calls)
			}
		})
	}
}

func wire(m proto.Message) func() []byte {
	return func() []byte {
		data, err := proto.Marshal(m)
		if err != nil {
			panic(err)
		}
		return data
	}
}

func TestAnUnusableAnswerIsAnError(t *testing.T) {
	for name, answer := range map[string][]byte{
		"no message":     {},
		"no protobuf":    []byte("<html>"),
		"cut off within": {2<<3 | 2, 2, 3<<3 | 2, 9},
	} {
		t.Run(name, func(t *testing.T) {
			peer := peertest.Start(t, func(context.Context, []byte) ([]byte, error) { return answer, nil })
			b, err := newPool().Get(backend.Options{
				Role: backend.Processor, Ref: "p", Addrs: []backend.Address{{Target: peer.Addr}},
				Timeout: 10 * time.Second, MaxMessageBytes: 1 << 20,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			d := New(Params{
				Processors: []*backend.Backend{b},
				Table:      routing.New([]routing.Rule{rule(t, stop{ref: "p"})}, routing.Options{}),
			})
			_, err = process(t, d, wire(request(sipRequest()))())
			var e *status.Error
			if !errors.As(err, &e) || e.Code != status.Internal ||
				!strings.Contains(e.Message, "processor ref = p answered with an unusable MessageResponse") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestBytesComeThroughUntouched sends what nobody changes: unknown fields, text that isn't UTF-8, an odd order.
func TestBytesComeThroughUntouched(t *testing.T) {
	sip := wire(sipRequest())()
	sip = protowire.AppendTag(sip, 1000, protowire.BytesType)
	sip = protowire.AppendString(sip, "from the future")
	sip = protowire.AppendTag(sip, 17, protowire.BytesType)
	sip = protowire.AppendBytes(sip, []byte{0xff, 'x'}) // body
	req := protowire.AppendTag(nil, 8, protowire.BytesType)
	req = protowire.AppendBytes(req, sip)
	req = protowire.AppendTag(req, 77, protowire.VarintType)
	req = protowire.AppendVarint(req, 7)

	answer := protowire.AppendTag(nil, 55, protowire.VarintType)
	answer = protowire.AppendVarint(answer, 5)
	answer = protowire.AppendTag(answer, 2, protowire.BytesType)
	answer = protowire.AppendBytes(answer, sip)

	peer := peertest.Start(t, func(context.Context, []byte) ([]byte, error) { return answer, nil })
	b, err := newPool().Get(backend.Options{
		Role: backend.Processor, Ref: "p", Addrs: []backend.Address{{Target: peer.Addr}}, Timeout: 10 * time.Second,
		MaxMessageBytes: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	params := Params{
		Processors: []*backend.Backend{b},
		Table:      routing.New([]routing.Rule{rule(t, stop{ref: "p", only: []message.Method{0}})}, routing.Options{}),
	}
	got, err := process(t, New(params), req)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(req, peer.Calls()[0].Request); diff != "" {
		t.Errorf("the processor got (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(answer, got); diff != "" {
		t.Errorf("the caller got (-want +got):\n%s", diff)
	}

	params.Post = []Middleware{{Backend: b}} // a middleware that gives the same answer
	if got, err = process(t, New(params), req); err != nil {
		t.Fatal(err)
	}
	for what, piece := range map[string][]byte{
		"the message with its unknown field": sip, "the answer's unknown field": answer[:3],
	} {
		if !bytes.Contains(got, piece) {
			t.Errorf("%s is lost behind a middleware", what)
		}
	}
	if !bytes.Contains(peer.Calls()[2].Request, req[len(req)-3:]) {
		t.Error("the request's unknown field didn't reach the middleware")
	}
}

func TestAMiddlewareThatMayFailIsSkipped(t *testing.T) {
	// without a message
	broken := func(*routrpb.MessageRequest) *routrpb.MessageResponse { return &routrpb.MessageResponse{} }
	for name, c := range map[string]struct {
		skip   bool
		called []string
		code   status.Code
	}{
		"skip": {true, []string{"cdr", "auth", "im", "cdr2"}, 0},
		"fail": {false, []string{"cdr"}, status.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t, []stop{{ref: "cdr", answer: broken}, {ref: "auth", answer: sign("auth")}},
				[]stop{{ref: "im", answer: sign("im")}}, []stop{{ref: "cdr2", answer: broken}})
			p.Pre[0].SkipFailures, p.Post[0].SkipFailures = c.skip, c.skip
			rec := decision.Record{}
			answer, err := p.Process(t.Context(), parsed(t, call(routrpb.Method_INVITE)), nil, &rec)
			if status.CodeOf(err) != c.code {
				t.Fatalf("got %v, want code %s", err, c.code)
			}
			if diff := cmp.Diff(c.called, p.calls()); diff != "" {
				t.Errorf("called (-want +got):\n%s", diff)
			}
			if len(rec.Calls) != len(c.called) || rec.Calls[0].Code != status.Internal ||
				rec.Calls[0].Attempts != 1 {
				t.Errorf("recorded %+v", rec.Calls)
			}
			if !c.skip {
				return
			}
			var got routrpb.MessageResponse
			if err := proto.Unmarshal(answer, &got); err != nil {
				t.Fatal(err)
			}
			if got.GetMetadata()["signed"] != "authim" {
				t.Errorf("the message went on as %v", got.GetMetadata())
			}
			if rec.Processor != "im" || rec.RulesTried != 1 || rec.Match <= 0 {
				t.Errorf("recorded %+v", rec)
			}
		})
	}
}
