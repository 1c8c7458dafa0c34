package dispatch

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// failing is a Dispatcher whose one rule takes INVITE and ACK.
func failing(t *testing.T, answers bool) *Dispatcher {
	t.Helper()
	only := []message.Method{message.Method(routrpb.Method_INVITE), message.Method(routrpb.Method_ACK)}
	return New(Params{
		AnswerFailures: answers,
		Table:          routing.New([]routing.Rule{rule(t, stop{ref: "a", only: only})}, routing.Options{}),
	})
}

func parsed(t *testing.T, req *routrpb.MessageRequest) *message.Request {
	t.Helper()
	data, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func call(method routrpb.Method) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{
		Ref: "call-1", Method: method, Sender: &routrpb.NetInterface{Host: "10.0.0.1", Port: 5060},
		Metadata: map[string]string{"k": "v"},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
			From:        &routrpb.From{Tag: "1"}, To: &routrpb.To{Address: &routrpb.Address{DisplayName: "Bob"}},
			CallId:        &routrpb.CallID{CallId: "call-1"},
			Via:           []*routrpb.Via{{Host: "a", Branch: "z9hG4bK1"}, {Host: "b"}},
			Authorization: &routrpb.Authorization{Response: "secret"}, Body: "v=0",
			MaxForwards: &routrpb.MaxForwards{MaxForwards: 70},
		},
	}
}

func TestFailuresOfRequestsAreAnswered(t *testing.T) {
	d := failing(t, true)
	for name, c := range map[string]struct {
		method routrpb.Method
		err    status.Error
		want   routrpb.ResponseType
		reason string
	}{
		"unreachable": {
			1, status.Error{Code: status.Unavailable},
			routrpb.ResponseType_SERVICE_UNAVAILABLE, "Service Unavailable",
		},
		"a backend's overload": {
			1, status.Error{Code: status.ResourceExhausted},
			routrpb.ResponseType_SERVICE_UNAVAILABLE, "Service Unavailable",
		},
		"too late": {
			1, status.Error{Code: status.DeadlineExceeded},
			routrpb.ResponseType_SERVER_TIMEOUT, "Server Time-out",
		},
		"a rule failed": {
			1, status.Error{Code: status.Internal},
			routrpb.ResponseType_SERVER_INTERNAL_ERROR, "Server Internal Error",
		},
		"method that none list": {
			1, status.Error{Code: status.NotFound, Unrouted: true},
			routrpb.ResponseType_METHOD_NOT_ALLOWED, "Method Not Allowed",
		},
		"no rule matched": {
			2, status.Error{Code: status.NotFound, Unrouted: true},
			routrpb.ResponseType_TEMPORARILY_UNAVAILABLE, "Temporarily Unavailable",
		},
		"a processor's 404": {2, status.Error{Code: status.NotFound}, routrpb.ResponseType_NOT_FOUND, "Not Found"},
		"forbidden": {
			2, status.Error{Code: status.PermissionDenied},
			routrpb.ResponseType_FORBIDDEN, "Forbidden",
		},
		"unknown code": {
			2, status.Error{Code: 77},
			routrpb.ResponseType_SERVER_INTERNAL_ERROR, "Server Internal Error",
		},
	} {
		t.Run(name, func(t *testing.T) {
			data, status, ok := d.AnswerFailure(parsed(t, call(c.method)), &c.err)
			if !ok || status != c.want.String() {
				t.Fatalf("answered %t with %s, want %s", ok, status, c.want)
			}
			var got routrpb.MessageResponse
			if err := proto.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			// what an EdgePort makes of its own request isn't in the answer: it would be there twice
			asked := call(c.method)
			want := &routrpb.MessageResponse{
				Sender: asked.GetSender(), Metadata: asked.GetMetadata(),
				Message: &routrpb.SIPMessage{
					MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: c.want}, ReasonPhrase: c.reason,
				},
			}
			if c.want == routrpb.ResponseType_METHOD_NOT_ALLOWED {
				want.Message.Extensions = []*routrpb.Extension{
					{Name: "Allow", Value: "INVITE"}, {Name: "Allow", Value: "ACK"},
				}
			}
			if diff := cmp.Diff(want, &got, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPhoneIsToldWhenToComeBackWhereWeAreOverloaded(t *testing.T) {
	l := NewLimiter(1, false)
	if _, err := l.Admit(parsed(t, call(routrpb.Method_BYE))); err != nil {
		t.Fatal(err)
	}
	_, refused := l.Admit(parsed(t, call(routrpb.Method_BYE)))
	data, _, ok := failing(t, true).AnswerFailure(parsed(t, call(routrpb.Method_BYE)), refused)
	var got routrpb.MessageResponse
	if err := proto.Unmarshal(data, &got); err != nil || !ok {
		t.Fatalf("answered %t, %v", ok, err)
	}
	extensions := got.GetMessage().GetExtensions()
	if got.GetMessage().GetResponseType() != routrpb.ResponseType_SERVICE_UNAVAILABLE || len(extensions) != 1 ||
		extensions[0].GetName() != "Retry-After" {
		t.Fatalf("the answer is %v", &got)
	}
	if seconds, err := strconv.Atoi(extensions[0].GetValue()); err != nil || seconds < soonest || seconds > latest {
		t.Errorf("Retry-After is %q", extensions[0].GetValue())
	}
}

func TestWhatNobodyAnswersInSIPStaysAnError(t *testing.T) {
	busy := call(routrpb.Method_INVITE)
	busy.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_BUSY_HERE}
	for name, c := range map[string]struct {
		answers bool
		req     *routrpb.MessageRequest
		code    status.Code
	}{
		"a response":          {true, busy, status.Unavailable},
		"an ACK":              {true, call(routrpb.Method_ACK), status.Unavailable},
		"a CANCEL":            {true, call(routrpb.Method_CANCEL), status.NotFound},
		"a CANCEL in a storm": {true, call(routrpb.Method_CANCEL), status.ResourceExhausted},
		"a caller that left":  {true, call(routrpb.Method_INVITE), status.Canceled},
		"without the setting": {false, call(routrpb.Method_INVITE), status.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			failed := &status.Error{Code: c.code}
			if data, status, ok := failing(t, c.answers).AnswerFailure(parsed(t, c.req), failed); ok {
				t.Errorf("answered %s: %q", status, data)
			}
		})
	}
}
