package backend

import (
	"context"
	"errors"
	"flag"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(withLoops{m}) }

// loops read the tests' lanes.
var loops *frames.Loops

// withLoops runs tests while there are loops.
type withLoops struct{ *testing.M }

func (m withLoops) Run() int {
	flag.Parse()
	loops = frames.NewLoops()
	defer loops.Close()
	return m.M.Run()
}

func newBackend(t testing.TB, addr string, change ...func(*Options)) *Backend {
	t.Helper()
	opts := Options{
		Role: Processor, Ref: "connect", Addrs: []Address{{Target: addr}}, Timeout: 10 * time.Second,
		MaxMessageBytes: 4 << 20,
	}
	for _, c := range change {
		c(&opts)
	}
	b, err := newPool().Get(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// wire is a request of bytes that nobody checked.
func wire(data []byte) *message.Request {
	req := &message.Request{}
	req.Reset(data)
	return req
}

func within(limit time.Duration) func(*Options) { return func(o *Options) { o.Timeout = limit } }

func TestBytesPassAsTheyAre(t *testing.T) {
	request := []byte{0xff, 0x00, 0xfe, 'a'} // no protobuf at all
	peer := peertest.Start(t, func(_ context.Context, got []byte) ([]byte, error) { return append(got, '!'), nil })
	got, err := newBackend(t, peer.Addr).ask(t.Context(), wire(request), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(request, '!'), got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestMetadataTravelWithACall(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	md := map[string][]string{"x-tenant": {"acme"}, "trace-bin": {"\x00\xff"}}
	if _, err := newBackend(t, peer.Addr).ask(t.Context(), wire(nil), md, nil); err != nil {
		t.Fatal(err)
	}
	got := peer.Calls()[0].Metadata
	if got.Get("x-tenant")[0] != "acme" || got.Get("trace-bin")[0] != "\x00\xff" {
		t.Errorf("the peer got metadata %v", got)
	}
	if ct := got.Get("content-type"); len(ct) != 1 || ct[0] != "application/grpc" {
		t.Errorf("content-type is %q: peers in the field expect application/grpc", ct)
	}
}

// failure is what Call is to make of a peer that fails.
type failure struct {
	name string
	addr func(t *testing.T) string
	opts []func(*Options)
	ctx  func(t *testing.T) context.Context
	want status.Error
}

func TestFailuresAreToldApart(t *testing.T) {
	answers := func(err error) func(t *testing.T) string {
		return func(t *testing.T) string {
			return peertest.Start(t, func(context.Context, []byte) ([]byte, error) { return nil, err }).Addr
		}
	}
	late := func(t *testing.T) string {
		return peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}).Addr
	}
	for _, f := range []failure{
		{
			name: "a refused port is unavailable", addr: func(t *testing.T) string { return peertest.Refusing(t) },
			want: status.Error{Code: status.Unavailable, Message: "processor ref = connect is unavailable"},
		},
		{
			name: "a name that doesn't resolve is unavailable",
			addr: func(*testing.T) string { return "no-such-host.invalid:1" },
			want: status.Error{Code: status.Unavailable, Message: "processor ref = connect is unavailable"},
		},
		{
			name: "a black hole runs into the timeout",
			addr: func(t *testing.T) string { return peertest.BlackHole(t) },
			opts: []func(*Options){within(200 * time.Millisecond)},
			want: status.Error{
				Code: status.DeadlineExceeded, Message: "processor ref = connect did not answer within 200ms",
			},
		},
		{
			name: "a reset in the middle is unavailable", addr: resetting,
			want: status.Error{Code: status.Unavailable, Message: "processor ref = connect is unavailable"},
		},
		{
			name: "a late answer runs into the timeout", addr: late,
			opts: []func(*Options){within(150 * time.Millisecond)},
			want: status.Error{
				Code: status.DeadlineExceeded, Message: "processor ref = connect did not answer within 150ms",
			},
		},
		{
			name: "the caller's deadline wins where it is earlier", addr: late,
			ctx: func(t *testing.T) context.Context {
				ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
				t.Cleanup(cancel)
				return ctx
			},
			want: status.Error{
				Code:    status.DeadlineExceeded,
				Message: "processor ref = connect did not answer within the caller's time",
			},
		},
		{
			name: "a caller that goes away ends the call", addr: late,
			ctx: func(t *testing.T) context.Context {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(50*time.Millisecond, cancel)
				return ctx
			},
			want: status.Error{
				Code: status.Canceled, Message: "the caller went away while processor ref = connect was being called",
			},
		},
		{
			name: "the backend's own code comes back, with who said it",
			addr: answers(grpcstatus.Error(codes.PermissionDenied, "not your number")),
			want: status.Error{Code: status.PermissionDenied, Message: "processor ref = connect: not your number"},
		},
		{
			name: "a backend that gives a code without words",
			addr: answers(grpcstatus.Error(codes.PermissionDenied, "")),
			want: status.Error{Code: status.PermissionDenied, Message: "processor ref = connect: PERMISSION_DENIED"},
		},
		{
			name: "the backend's own UNAVAILABLE is not ours",
			addr: answers(grpcstatus.Error(codes.Unavailable, "database is down")),
			want: status.Error{Code: status.Unavailable, Message: "processor ref = connect: database is down"},
		},
		{
			name: "a status behind headers comes back too", addr: statusBehindHeaders,
			want: status.Error{Code: status.Unavailable, Message: "processor ref = connect: overloaded"},
		},
		{
			name: "an answer over the limit is refused",
			addr: func(t *testing.T) string {
				return peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
					return make([]byte, 2000), nil
				}).Addr
			},
			opts: []func(*Options){func(o *Options) { o.MaxMessageBytes = 1000 }},
			want: status.Error{
				Code:    status.ResourceExhausted,
				Message: "processor ref = connect: grpc: received message larger than max (2000 vs. 1000)",
			},
		},
	} {
		t.Run(f.name, func(t *testing.T) {
			ctx := t.Context()
			if f.ctx != nil {
				ctx = f.ctx(t)
			}
			_, err := newBackend(t, f.addr(t), f.opts...).ask(ctx, request(t, "x"), nil, nil)
			var failed *status.Error
			if f.ctx != nil && errors.As(err, &failed) { // how much of it was left when the call began varies
				failed.Message = regexp.MustCompile(`within [0-9.]+[mµ]?s$`).ReplaceAllString(failed.Message,
					"within the caller's time")
			}
			if diff := cmp.Diff(&f.want, err, cmpopts.IgnoreFields(status.Error{}, "Cause")); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// resetting is a peer whose connection breaks while it is being called.
func resetting(t *testing.T) string {
	called := make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(called)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	return peertest.Proxy(t, peer.Addr, func(client net.Conn, _ []byte) bool {
		go func() {
			select {
			case <-called:
				peertest.Reset(client)
			case <-t.Context().Done():
			}
		}()
		return true
	})
}

// statusBehindHeaders is a peer that sends its headers before it fails.
func statusBehindHeaders(t *testing.T) string {
	return peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		if err := grpc.SendHeader(ctx, metadata.Pairs("x-early", "yes")); err != nil {
			return nil, err
		}
		return nil, grpcstatus.Error(codes.Unavailable, "overloaded")
	}).Addr
}

func TestDetailsOfAStatusAreKept(t *testing.T) {
	s, err := grpcstatus.New(codes.PermissionDenied, "no").WithDetails(wrapperspb.String("BLOCKED"))
	if err != nil {
		t.Fatal(err)
	}
	peer := peertest.Start(t, func(context.Context, []byte) ([]byte, error) { return nil, s.Err() })
	_, err = newBackend(t, peer.Addr).ask(t.Context(), wire(nil), nil, nil)
	var got *status.Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := []status.Detail{
		{TypeURL: "type.googleapis.com/google.protobuf.StringValue", Value: s.Proto().GetDetails()[0].GetValue()},
	}
	if diff := cmp.Diff(want, got.Details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

func TestABackendThatComesBackIsCalledAgain(t *testing.T) {
	addr := peertest.Refusing(t)
	b := newBackend(t, addr)
	if _, err := b.ask(t.Context(), wire(nil), nil, nil); err == nil {
		t.Fatal("nobody listens, and the call succeeded")
	}
	peer := peertest.StartOn(t, peertest.ListenOn(t, addr), peertest.Echo())
	for {
		_, err := b.ask(t.Context(), wire(nil), nil, nil)
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "unavailable") {
			t.Fatal(err)
		}
	}
	if len(peer.Calls()) != 1 {
		t.Errorf("the peer got %d calls", len(peer.Calls()))
	}
}
