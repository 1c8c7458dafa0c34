package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// release opens a session and releases it with a key.
func release(t *testing.T, p *Pool, key string) (process int) {
	t.Helper()
	s, _, err := p.Open(t.Context(), tableOf(good))
	if err != nil {
		t.Fatal(err)
	}
	process = s.child.cmd.Process.Pid
	p.Release(s, key)
	return process
}

// gone checks that nobody gets a session by a key, and ends the one that somebody does get: the pool waits for it.
func gone(t *testing.T, p *Pool, key, fault string) {
	t.Helper()
	if s := p.Reuse(t.Context(), key); s != nil {
		t.Error(fault)
		s.Close()
	}
}

func TestAReleasedSessionAnswersTheNextCaller(t *testing.T) {
	p := pool(t, realChild, Options{})
	process := release(t, p, "a")
	gone(t, p, "b", "another key gets it, too")
	ctx, leave := context.WithCancel(t.Context())
	s := p.Reuse(ctx, "a")
	if s == nil || s.child.cmd.Process.Pid != process {
		t.Fatalf("%+v isn't the process that was released", s)
	}
	if routed, err := s.Route(messages(t)[:1]); err != nil || routed[0].Selected != 0 {
		t.Errorf("%+v, %v", routed, err)
	}
	gone(t, p, "a", "two callers have it")
	leave()
	if _, err := s.Route(messages(t)[:1]); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left: %v", err)
	}
	p.Release(s, "a")
	gone(t, p, "a", "a process that was killed is kept")
}

func TestFewSessionsAreKeptAndNobodyWaitsForThem(t *testing.T) {
	p := pool(t, realChild, Options{Sessions: 3})
	for i := range 3 {
		release(t, p, fmt.Sprint(i))
	}
	gone(t, p, "0", "the oldest one is kept")
	if len(p.kept) != maxKept {
		t.Errorf("%d are kept", len(p.kept))
	}
	for i := range 3 { // all the places that there are
		if s, _, err := p.Open(t.Context(), tableOf(good)); err != nil {
			t.Errorf("session %d: %v", i, err)
		} else {
			defer s.Close()
		}
	}
	if len(p.kept) != 0 {
		t.Errorf("%d have a place that others need", len(p.kept))
	}
	if _, _, err := p.Open(t.Context(), tableOf(good)); !errors.Is(err, ErrBusy) {
		t.Errorf("one more than there are places: %v", err)
	}
}

func TestAReleasedSessionEndsInTimeAndWithThePool(t *testing.T) {
	p := pool(t, realChild, Options{KeepFor: time.Millisecond})
	release(t, p, "a")
	for deadline := time.Now().Add(10 * time.Second); len(p.beside) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is kept for ever")
		}
	}
	p = pool(t, realChild, Options{})
	release(t, p, "a")
	p.Close()
	gone(t, p, "a", "it outlives the pool")
	if len(p.beside) != 0 {
		t.Error("its place outlives the pool")
	}
}
