package backend

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// typed is a processor as a Go program has it: grpc-go decodes what comes, and refuses what it can't.
func typed(t *testing.T) Address {
	t.Helper()
	server, listener := grpc.NewServer(), peertest.Listen(t)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "fonoster.routr.processor.v2beta1.Processor", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "ProcessMessage",
			Handler: func(
				_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
			) (any, error) {
				var req routrpb.MessageRequest
				if err := decode(&req); err != nil {
					return nil, err
				}
				return &routrpb.MessageResponse{Message: req.GetMessage()}, nil
			},
		}},
	}, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return Address{Target: listener.Addr().String()}
}

func of(caller string) func(*routrpb.MessageRequest) {
	return func(m *routrpb.MessageRequest) {
		m.Message.From = &routrpb.From{Address: &routrpb.Address{Uri: &routrpb.SipURI{User: caller, Host: "sip.local"}}}
	}
}

// tainted is a message whose body isn't UTF-8: valid for us and for Node, not for grpc-go.
func tainted(t *testing.T, id string) *message.Request {
	t.Helper()
	data := request(t, id, of(id)).Bytes()
	data = append(data, 0x42, 4, 0x8a, 0x01, 1, 0xff) // message (8), again: body (17)
	req, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func ejected(b *Backend) int { return states(b)[stateEjected] }

func TestAMessagesOwnFaultEjectsNobody(t *testing.T) {
	fails := func(code codes.Code) func(t *testing.T) Address {
		return func(t *testing.T) Address {
			return Address{Target: peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
				return nil, grpcstatus.Error(code, "no")
			}).Addr}
		}
	}
	for name, c := range map[string]struct {
		start func(t *testing.T) Address
		code  codes.Code
		next  func(t *testing.T, n int) *message.Request
	}{
		"text that isn't UTF-8": {typed, codes.Internal, func(t *testing.T, n int) *message.Request {
			return tainted(t, fmt.Sprint(n))
		}},
		"one dialog, INTERNAL": {fails(codes.Internal), codes.Internal, func(t *testing.T, n int) *message.Request {
			return request(t, "x", of(fmt.Sprint(n)))
		}},
		"one dialog, UNAVAILABLE": {
			fails(codes.Unavailable), codes.Unavailable,
			func(t *testing.T, _ int) *message.Request { return request(t, "x") },
		},
		"one caller, INTERNAL": {fails(codes.Internal), codes.Internal, func(t *testing.T, n int) *message.Request {
			return request(t, fmt.Sprint(n), of("mallory"))
		}},
		"one caller, UNAVAILABLE": {fails(codes.Unavailable), codes.Unavailable,
			func(t *testing.T, n int) *message.Request { return request(t, fmt.Sprint(n), of("mallory")) }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFleetOf(t, []Address{c.start(t), c.start(t)}, with(RoundRobin))
			for n := range 100 {
				_, err := b.ask(t.Context(), c.next(t, n), nil, nil)
				if failed, ok := err.(*status.Error); !ok || failed.Code != status.Code(c.code) {
					t.Fatalf("call %d: %v", n, err)
				}
			}
			if ejected(b) != 0 {
				t.Errorf("the fleet is %+v", b.Status().Instances)
			}
		})
	}
}

func TestFailuresOfManyCallersEjectAnInstanceThatFailsAlone(t *testing.T) {
	bad := peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
		return nil, grpcstatus.Error(codes.Internal, "broken")
	})
	b := newFleetOf(t, addrs(bad, peertest.Start(t, peertest.Echo())), with(RoundRobin))
	for n := range 60 {
		// every other one fails at first
		_, _ = b.ask(t.Context(), request(t, fmt.Sprint(n), of(fmt.Sprint(n))), nil, nil)
	}
	if n := len(bad.Calls()); ejected(b) != 1 || n != 20 {
		t.Errorf("it got %d calls, want 20, and the fleet is %+v", n, b.Status().Instances)
	}
}

func TestWhatFailsAtAllInstancesEjectsNone(t *testing.T) {
	f, all := connected(t, 4, Ejection{})
	defer f.close()
	for range 60 {
		for _, i := range all {
			f.judge(i, broken, somebody(), time.Now())
		}
	}
	if got := callable(f); len(got) < 3 { // the first one may be, as long as little is known of the others
		t.Errorf("%q are called", got)
	}
}

func TestSuspectsAreRememberedForAWhileAndThenForProbation(t *testing.T) {
	var s suspects
	now := time.Now()
	one, dialog, caller := suspect{1, 2}, suspect{1, 9}, suspect{9, 2}
	if !s.anew(one, now, false) || s.anew(one, now, false) || s.anew(dialog, now, false) || s.anew(caller, now, false) {
		t.Error("who is anew is told wrongly")
	}
	later := now.Add(suspectFor)
	if s.anew(one, later, true) {
		t.Error("on probation, somebody who failed before counts")
	}
	if !s.anew(one, later.Add(suspectFor), false) {
		t.Error("nobody is forgotten")
	}
	for n := range uint64(1000) {
		if !s.anew(suspect{100 + n, 100 + n}, later, false) {
			t.Fatal("a stranger is known")
		}
	}
}
