package relay

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// grpcPeer is a processor, or a middleware, of grpc-go: it does what the metadata of a request says, and takes down
// what
// it saw.
type grpcPeer struct {
	addr string
	key  string // of the metadata that it does

	mu    sync.Mutex
	calls []string
	gates map[string]*gate
}

// gate is where a request waits.
type gate struct {
	reached chan struct{} // one value for each request that got there
	open    chan struct{} // closed to let them all go on
	left    chan struct{} // one value for each whose caller went away
}

func startPeer(t testing.TB, key string) *grpcPeer {
	t.Helper()
	r := &grpcPeer{key: key, gates: map[string]*gate{}}
	r.addr = peertest.StartWith(t, peertest.Listen(t), r.handle, grpc.MaxHeaderListSize(1<<20)).Addr
	return r
}

// newGate makes one of a name, in place of the one that there was.
func (r *grpcPeer) newGate(name string) *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &gate{make(chan struct{}, 100), make(chan struct{}), make(chan struct{}, 100)}
	r.gates[name] = g
	return g
}

func (r *grpcPeer) gate(name string) *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gates[name]
}

// saw takes the calls since it was asked last, sorted.
func (r *grpcPeer) saw() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.calls
	r.calls = nil
	slices.Sort(all)
	return all
}

func (r *grpcPeer) note(ctx context.Context, request []byte) {
	md, _ := metadata.FromIncomingContext(ctx)
	var lines []string
	for key, values := range md {
		lines = append(lines, fmt.Sprintf("%s=%q", key, values))
	}
	slices.Sort(lines)
	bound := "no deadline"
	if deadline, ok := ctx.Deadline(); ok {
		bound = "a deadline"
		if time.Until(deadline) > timeout {
			bound = "a late deadline"
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, fmt.Sprintf("%q %s %s", request, strings.Join(lines, " "), bound))
}

func (r *grpcPeer) handle(ctx context.Context, request []byte) ([]byte, error) {
	r.note(ctx, request)
	var req routrpb.MessageRequest
	if err := proto.Unmarshal(request, &req); err != nil {
		return nil, status.Error(codes.InvalidArgument, "the processor can't read it")
	}
	do, rest, _ := strings.Cut(req.GetMetadata()[r.key], ":")
	answer := &routrpb.MessageResponse{Message: req.GetMessage(), Sender: req.GetSender(), Metadata: req.GetMetadata()}
	if act := acts[do]; act != nil {
		return act(ctx, r, answer, rest)
	}
	return marshal(answer), nil
}

// acts are what a request may ask for; whatever isn't there is answered with the request's own message.
var acts = map[string]func(
	ctx context.Context, r *grpcPeer, answer *routrpb.MessageResponse, rest string,
) ([]byte, error){
	"code": func(_ context.Context, _ *grpcPeer, _ *routrpb.MessageResponse, rest string) ([]byte, error) {
		code, text, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(code)
		if err != nil {
			return nil, err
		}
		return nil, status.Error(codes.Code(n), text)
	},
	"details": func(_ context.Context, _ *grpcPeer, _ *routrpb.MessageResponse, rest string) ([]byte, error) {
		n, err := strconv.Atoi(rest)
		if err != nil {
			return nil, err
		}
		s := status.New(codes.FailedPrecondition, "said with details")
		for i := range n {
			if s, err = s.WithDetails(&errdetails.ErrorInfo{Reason: strings.Repeat("r", 50*i),
				Domain: "d"}); err != nil {
				return nil, err
			}
		}
		return nil, s.Err()
	},
	"raw": func(_ context.Context, _ *grpcPeer, _ *routrpb.MessageResponse, rest string) ([]byte, error) {
		return hex.DecodeString(rest)
	},
	"long": func(_ context.Context, _ *grpcPeer, a *routrpb.MessageResponse, rest string) ([]byte, error) {
		n, err := strconv.Atoi(rest)
		a.Metadata = nil
		a.Message.Body = strings.Repeat("0123456789abcdef", n/16)
		return marshal(a), err
	},
	"unknown": func(_ context.Context, _ *grpcPeer, a *routrpb.MessageResponse, _ string) ([]byte, error) {
		return append(marshal(a), 0xfa, 0x3e, 3, 'n', 'e', 'w'), nil // field 1007
	},
	"response": func(_ context.Context, _ *grpcPeer, a *routrpb.MessageResponse, rest string) ([]byte, error) {
		return marshal(&routrpb.MessageResponse{Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType(
				routrpb.ResponseType_value[rest])}, CallId: a.GetMessage().GetCallId()}}), nil
	},
	"change": func(_ context.Context, r *grpcPeer, a *routrpb.MessageResponse, rest string) ([]byte, error) {
		a.Message.Extensions = append(a.Message.GetExtensions(), &routrpb.Extension{Name: "X-" + r.key, Value: rest})
		return marshal(a), nil
	},
	"header": func(ctx context.Context, _ *grpcPeer, a *routrpb.MessageResponse, rest string) ([]byte, error) {
		for i := range 3 {
			pair := metadata.Pairs("x-answered", fmt.Sprint(rest, i), "x-answered-bin", string([]byte{0, byte(i), 255}))
			if err := grpc.SendHeader(ctx, pair); err != nil && i == 0 {
				return nil, err
			}
			if err := grpc.SetTrailer(ctx, pair); err != nil {
				return nil, err
			}
		}
		return marshal(a), nil
	},
	"hang": func(ctx context.Context, _ *grpcPeer, _ *routrpb.MessageResponse, _ string) ([]byte, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	},
	"gate": func(ctx context.Context, r *grpcPeer, a *routrpb.MessageResponse, rest string) ([]byte, error) {
		g := r.gate(rest)
		g.reached <- struct{}{}
		select {
		case <-g.open:
			return marshal(a), nil
		case <-ctx.Done():
			g.left <- struct{}{}
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	},
}
