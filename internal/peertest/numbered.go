package peertest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// Numbered is a message that an id makes: it is in a transaction of its own, and told from every other at each end.
func Numbered(edgePort, id string, method routrpb.Method) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{Ref: id, Method: method, EdgePortRef: edgePort, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
		CallId:      &routrpb.CallID{CallId: id}, Via: []*routrpb.Via{{Host: "phone", Branch: "z9hG4bK" + id}},
		Extensions: []*routrpb.Extension{{Name: "CSeq", Value: "1 " + method.String()}},
		Body:       strings.Repeat("s="+id+"\r\n", 20),
	}}
}

// Untouched reports whether a SIP message is, byte for byte, the one that Numbered makes.
func Untouched(sip *routrpb.SIPMessage, id string, method routrpb.Method) bool {
	deterministic := proto.MarshalOptions{Deterministic: true}
	got, err := deterministic.Marshal(sip)
	want, wantErr := deterministic.Marshal(Numbered("", id, method).GetMessage())
	return err == nil && wantErr == nil && bytes.Equal(got, want)
}

// ServeAsProcess is a processor that is a process of its own: it serves answer, which may see the peer of a call in its
// context, until SIGTERM, and ends when what is in flight has.
func ServeAsProcess(
	listener net.Listener, answer func(context.Context, *routrpb.MessageRequest) (*routrpb.MessageResponse, error),
) error {
	server := grpc.NewServer()
	handle := func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		req := &routrpb.MessageRequest{}
		if err := decode(req); err != nil {
			return nil, err
		}
		return answer(ctx, req)
	}
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: routrpbconnect.ProcessorName, HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: handle}},
	}, struct{}{})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		server.GracefulStop()
	}()
	return server.Serve(listener)
}
