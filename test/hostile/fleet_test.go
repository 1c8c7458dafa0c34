package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// goProcessor is a processor as grpc-go's own generated code makes it: it echoes, and what it can't decode it answers
// with INTERNAL.
func goProcessor() *grpc.Server {
	handle := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var request routrpb.MessageRequest
		if err := decode(&request); err != nil {
			return nil, err
		}
		return &routrpb.MessageResponse{Message: request.GetMessage()}, nil
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "fonoster.routr.processor.v2beta1.Processor", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: handle}},
	}, struct{}{})
	return server
}

// typed runs a goProcessor.
func typed(t *testing.T) (addr string) {
	t.Helper()
	server, listener, served := goProcessor(), peertest.Listen(t), make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() { server.Stop(); <-served })
	return listener.Addr().String()
}

// typedElsewhere runs a goProcessor in a process of its own.
func typedElsewhere(t *testing.T) (addr string) {
	t.Helper()
	listener := peertest.Listen(t)
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), "HOSTILE_ROLE=processor")
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it lives
		_ = cmd.Wait()         // killed
	})
	return listener.Addr().String()
}

// serveInherited is the other half of typedElsewhere.
func serveInherited(string) {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		panic(err)
	}
	_ = goProcessor().Serve(listener) // until it is killed
}

// TestMessagesThatNoProcessorCanReadEjectNobody sends messages whose body isn't UTF-8 to a fleet of Go processors.
func TestMessagesThatNoProcessorCanReadEjectNobody(t *testing.T) {
	one, two := typed(t), typed(t)
	d := dispatch(t, resource(fmt.Sprintf("[%s, %s]\n      policy: roundRobin", one, two), echo(t)))
	stop := callers(t, d.addr, 2)
	wrapped := func(number protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
	}
	for i := range 200 {
		callID := wrapped(6, wrapped(1, fmt.Append(nil, "call-", i%40)))
		sip := append(append(wrapped(2, wrapped(3, []byte("sip.local"))), callID...),
			wrapped(17, []byte{0xff, 0xfe, byte(i)})...)
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
