package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

func TestTheDemoAnswersRequestsWithOK(t *testing.T) {
	r := start(t, Options{Demo: true}, yamlFor("10.255.255.1:1")+
		"\n    - {ref: rest, addr: 10.255.255.1:1, matchFunc: req => true, methods: [REGISTER]}")
	conn := grpcConn(t, r.addr)
	contact := &routrpb.Contact{
		Address: &routrpb.Address{Uri: &routrpb.SipURI{User: "bob", Host: "10.0.0.1"}}, Expires: 600,
	}
	ok := &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_OK}, ReasonPhrase: "OK",
	}
	registered := &routrpb.SIPMessage{MessageType: ok.GetMessageType(), ReasonPhrase: "OK", Contact: contact}
	ringing := &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_RINGING},
		Via:         []*routrpb.Via{{Host: "phone"}},
	}
	call := &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob"}}, Contact: contact,
		From: &routrpb.From{Tag: "1"}, Via: []*routrpb.Via{{Host: "phone"}},
		CallId: &routrpb.CallID{CallId: "1"}, Body: "v=0",
	}
	for name, c := range map[string]struct {
		method     routrpb.Method
		sent, want *routrpb.SIPMessage
	}{
		"INVITE":     {routrpb.Method_INVITE, call, ok},
		"REGISTER":   {routrpb.Method_REGISTER, call, registered},
		"a response": {routrpb.Method_INVITE, ringing, ringing},
	} {
		t.Run(name, func(t *testing.T) {
			req := invite("call-1")
			req.Method, req.Message = c.method, c.sent
			answer, err := process(t.Context(), conn, req)
			if diff := cmp.Diff(c.want, answer.GetMessage(), protocmp.Transform()); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
