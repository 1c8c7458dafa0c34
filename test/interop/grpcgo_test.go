//go:build interop

package interop

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// handler is what a grpc-go processor does with a request.
type handler func(context.Context, *routrpb.MessageRequest) (*routrpb.MessageResponse, error)

// serveGRPCGo starts a processor in grpc-go and returns its address.
func serveGRPCGo(t *testing.T, handle handler, opts ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	server := grpc.NewServer(opts...)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: processorService,
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "ProcessMessage",
			Handler: func(
				_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
			) (any, error) {
				request := &routrpb.MessageRequest{}
				if err := decode(request); err != nil {
					return nil, err
				}
				return handle(ctx, request)
			},
		}},
	}, nil)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Errorf("grpc-go processor: %v", err)
		}
	})
	return listener.Addr().String()
}

// typedInvite is the request of testdata/invite.json as a protobuf message.
func typedInvite(t *testing.T) *routrpb.MessageRequest {
	t.Helper()
	text, err := os.ReadFile("testdata/invite.json")
	if err != nil {
		t.Fatalf("read the request: %v", err)
	}
	request := &routrpb.MessageRequest{}
	if err := protojson.Unmarshal(text, request); err != nil {
		t.Fatalf("decode testdata/invite.json: %v", err)
	}
	return request
}

func TestAGRPCGoClientReachesANodeProcessor(t *testing.T) {
	p := startPeers(t, routr("connect", "echo"))
	d := startDispatcher(t, spec{Processors: []processor{p.processor("connect")}})
	request, got := typedInvite(t), &routrpb.MessageResponse{}
	err := dial(t, d.addr).Invoke(t.Context(), "/"+processorService+"/ProcessMessage", request, got)
	if err != nil {
		t.Fatalf("call: %v", err)
	}
	want := &routrpb.MessageResponse{
		Sender: request.GetSender(), Message: request.GetMessage(), Metadata: request.GetMetadata(),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAGRPCGoProcessorAnswersANodeClient(t *testing.T) {
	type seen struct {
		request *routrpb.MessageRequest
		tenant  []string
	}
	calls := make(chan seen, 1)
	addr := serveGRPCGo(t, func(ctx context.Context, r *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		incoming, _ := metadata.FromIncomingContext(ctx)
		calls <- seen{r, incoming.Get("x-tenant")}
		return &routrpb.MessageResponse{Sender: r.GetSender(), Message: r.GetMessage(), Metadata: r.GetMetadata()}, nil
	})
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{
		{Ref: "connect", Addr: addr, MatchFunc: "req => true", Methods: allMethods},
	}}).addr)
	got := c.call(t, call{Request: invite(t), Metadata: map[string]string{"x-tenant": "acme"}})
	if got.Error != nil {
		t.Fatalf("call failed: %+v", *got.Error)
	}
	equal(t, "message in the answer", got.Response["message"], any(viewOf(invite(t))))
	call := <-calls
	equal(t, "x-tenant", call.tenant, []string{"acme"})
	if diff := cmp.Diff(typedInvite(t), call.request, protocmp.Transform()); diff != "" {
		t.Errorf("request at the processor (-want +got):\n%s", diff)
	}
}

func TestAGRPCGoProcessorsStatusArrivesWithItsDetails(t *testing.T) {
	denied, info := denial(t)
	addr := serveGRPCGo(t, func(context.Context, *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		return nil, denied.Err()
	})
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{
		{Ref: "connect", Addr: addr, MatchFunc: "req => true", Methods: allMethods},
	}}).addr)
	checkDenied(t, c.refusal(t, invite(t)), "connect", info)
}
