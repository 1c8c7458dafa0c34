package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// typed is a processor as grpc-go's own generated code makes it: what it can't decode it answers with INTERNAL.
func typed(t *testing.T) (addr string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	handle := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var request routrpb.MessageRequest
		if err := decode(&request); err != nil {
			return nil, err
		}
		calls.Add(1)
		return &routrpb.MessageResponse{Message: request.GetMessage()}, nil
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "fonoster.routr.processor.v2beta1.Processor", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: handle}},
	}, struct{}{})
	listener := peertest.Listen(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() { server.Stop(); <-served })
	return listener.Addr().(*net.TCPAddr).String(), calls
}

// TestMessagesThatNoProcessorCanReadEjectNobody sends messages whose body isn't UTF-8 to a fleet of Go processors.
func TestMessagesThatNoProcessorCanReadEjectNobody(t *testing.T) {
	one, _ := typed(t)
	two, _ := typed(t)
	d := dispatch(t, resource(fmt.Sprintf("[%s, %s]\n      policy: roundRobin", one, two), echo(t)))
	stop := callers(t, d.addr, 2)
	wrapped := func(number protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
	}
	for i := range 200 {
		callID := wrapped(6, wrapped(1, fmt.Append(nil, "call-", i%40)))
		sip := append(append(wrapped(2, wrapped(3, []byte("sip.local"))), callID...), wrapped(17, []byte{0xff, 0xfe, byte(i)})...)
		if status, answer := d.send(t, append([]byte{3 << 3, 3}, wrapped(8, sip)...)); status == 200 {
			t.Fatalf("it is answered with %.100q", answer)
		}
	}
	var shown struct {
		Backends []struct {
			Ref       string
			Instances []struct{ Addr, State string }
		}
	}
	text := d.get(t, "/api/v1/backends")
	if err := json.Unmarshal([]byte(text), &shown); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	seen := 0
	for _, b := range shown.Backends {
		for _, i := range b.Instances {
			if seen++; i.State == "ejected" {
				t.Errorf("%s of %s is ejected", i.Addr, b.Ref)
			}
		}
	}
	if seen < 3 {
		t.Errorf("%d instances are shown in %s", seen, text)
	}
	stop()
}
