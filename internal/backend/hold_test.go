package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/backoff"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func holding(d time.Duration) func(*Options) { return func(o *Options) { o.HoldWhenDown = d } }

// downFleet is one whose instance can't be reached, and is known to.
func downFleet(t *testing.T, addr string, change ...func(*Options)) *Backend {
	t.Helper()
	b := newBackend(t, addr, change...)
	b.Connect()
	eventually(t, "it is failing", func() bool { return states(b)[stateFailing] == 1 })
	return b
}

func isUnavailable(t *testing.T, err error) {
	t.Helper()
	var failed *status.Error
	if !errors.As(err, &failed) || failed.Code != status.Unavailable ||
		failed.Message != "processor ref = connect is unavailable" {
		t.Errorf("got %v", err)
	}
}

func TestMessagesWaitForAnInstanceThatComesBack(t *testing.T) {
	var got deliveries
	peer := peertest.Start(t, got.handler())
	b := newBackend(t, peer.Addr, holding(time.Minute), within(30*time.Second))
	callOf(t, b, "before")
	peer.Stop()
	eventually(t, "it is failing", func() bool { return states(b)[stateFailing] == 1 })
	const calls = 50
	var all sync.WaitGroup
	for n := range calls {
		all.Go(func() {
			if _, err := b.ask(t.Context(), request(t, fmt.Sprint(n)), nil, nil); err != nil {
				t.Errorf("call %d: %v", n, err)
			}
		})
	}
	eventually(t, "all wait", func() bool { return b.Status().Held == calls })
	peertest.StartOn(t, peertest.ListenOn(t, peer.Addr), got.handler())
	all.Wait()
	for n := range calls {
		if times := got.of(fmt.Sprint(n)); times != 1 {
			t.Errorf("message %d arrived %d times", n, times)
		}
	}
	held := b.fleet.held.bytes.Load()
	if s := b.Status(); s.Held != 0 || s.InFlight != 0 || held != 0 {
		t.Errorf("afterwards %d wait, %d are in flight, %d bytes are held", s.Held, s.InFlight, held)
	}
}

// TestConnectionsAreTriedWhileMessagesWait has pauses between attempts that no message outlasts.
func TestConnectionsAreTriedWhileMessagesWait(t *testing.T) {
	before := reconnect
	t.Cleanup(func() { reconnect = before })
	reconnect = backoff.Config{BaseDelay: time.Hour, Multiplier: 1, MaxDelay: time.Hour}
	addr := peertest.Refusing(t)
	b := downFleet(t, addr, holding(time.Minute))
	answered := make(chan error, 1)
	go func() {
		_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
		answered <- err
	}()
	eventually(t, "it waits", func() bool { return b.Status().Held == 1 })
	peertest.StartOn(t, peertest.ListenOn(t, addr), peertest.Echo())
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestMessagesDoNotWaitWhereNobodyWantsIt(t *testing.T) {
	b := downFleet(t, peertest.Refusing(t))
	_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
	isUnavailable(t, err)
}

func TestTheWaitIsBounded(t *testing.T) {
	addr := peertest.Refusing(t)
	t.Run("in time", func(t *testing.T) {
		b := downFleet(t, addr, holding(50*time.Millisecond))
		_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
		isUnavailable(t, err)
	})
	t.Run("by the caller's leaving", func(t *testing.T) {
		b := downFleet(t, addr, holding(time.Hour))
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := b.ask(ctx, request(t, "x"), nil, nil)
			done <- err
		}()
		eventually(t, "it waits", func() bool { return b.Status().Held == 1 })
		leave()
		var failed *status.Error
		if err := <-done; !errors.As(err, &failed) || failed.Code != status.Canceled {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by the caller's deadline", func(t *testing.T) {
		b := downFleet(t, addr, holding(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		var failed *status.Error
		if _, err := b.ask(ctx, request(t, "x"), nil, nil); !errors.As(err, &failed) ||
			failed.Code != status.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by the backend's end", func(t *testing.T) {
		b := downFleet(t, addr, holding(time.Hour))
		done := make(chan error)
		go func() {
			_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
			done <- err
		}()
		eventually(t, "it waits", func() bool { return b.Status().Held == 1 })
		b.Close()
		isUnavailable(t, <-done)
	})
	fill := func(t *testing.T, b *Backend, calls int, body string) {
		t.Helper()
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		t.Cleanup(all.Wait)
		t.Cleanup(leave)
		for n := range calls {
			req := request(t, fmt.Sprint(n), func(m *routrpb.MessageRequest) { m.Message.Body = body })
			all.Go(func() { _, _ = b.ask(ctx, req, nil, nil) }) // the caller leaves
		}
		eventually(t, "they wait", func() bool { return b.Status().Held == int64(calls) })
		_, err := b.ask(t.Context(), request(t, "beyond", func(m *routrpb.MessageRequest) {
			m.Message.Body = body
		}), nil, nil)
		isUnavailable(t, err)
	}
	t.Run("in number", func(t *testing.T) { fill(t, downFleet(t, addr, holding(time.Hour)), mostHeld, "") })
	t.Run("in bytes", func(t *testing.T) {
		fill(t, downFleet(t, addr, holding(time.Hour)), 15, strings.Repeat("b", mostHeldBytes/16))
	})
}
