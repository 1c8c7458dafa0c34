package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// connection is a context of a request on a connection of its own.
func connection() context.Context { return context.WithValue(context.Background(), peerKey{}, &peer{}) }

func TestOneConnectionGetsHalfAndLeavesRoomForOthers(t *testing.T) {
	b := NewByteBudget(128_000)
	greedy := b.Begin(connection())
	taken := 0
	for greedy.Take(100) {
		taken += 100
	}
	if taken != 64_000 {
		t.Errorf("a greedy connection alone gets %d", taken)
	}
	ctx := connection()
	modest, second := b.Begin(ctx), b.Begin(ctx)
	if !modest.Take(600) || !second.Take(400) || second.Take(1) {
		t.Error("another connection gets another part than its 128th")
	}
	if greedy.Take(1) {
		t.Error("a greedy connection gets more than half")
	}
	for range 62 {
		other := b.Begin(connection())
		if !other.Take(1000) {
			t.Fatal("64 connections leave no room for another")
		}
	}
	if b.Refused() != 3 || b.Used() != 127_000 {
		t.Errorf("%d were refused, %d is taken", b.Refused(), b.Used())
	}
	greedy.End()
	if !modest.Take(900) {
		t.Error("what was given back isn't there")
	}
}

func TestWhatIsTakenIsGivenBack(t *testing.T) {
	bytes, streams := NewByteBudget(1000), NewStreamBudget(1000)
	ctx := connection()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			a, b := bytes.Begin(ctx), streams.Begin(ctx)
			defer a.End()
			defer b.End()
			a.Take(40)
			a.Take(40)
			a.Add(10)
			b.Take(1)
		})
	}
	all.Wait()
	p := peerOf(ctx)
	if bytes.Used() != 0 || streams.Used() != 0 || p.held[ofBytes].Load() != 0 || p.held[ofStreams].Load() != 0 {
		t.Errorf("%d bytes and %d streams are held, by the connection %d and %d",
			bytes.Used(), streams.Used(), p.held[ofBytes].Load(), p.held[ofStreams].Load())
	}
}

func TestAPageIsBoundByTheBudget(t *testing.T) {
	b := NewByteBudget(100)
	page := b.Bound(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}), 60)
	get := func() int {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Code
	}
	hog := b.Begin(t.Context())
	hog.Add(50)
	if code := get(); code != http.StatusServiceUnavailable {
		t.Errorf("without room: status %d", code)
	}
	hog.End()
	if code := get(); code != http.StatusServiceUnavailable {
		t.Errorf("where it would be more than half, of one that holds much: status %d", code)
	}
	if b.Used() != 0 {
		t.Errorf("%d is held", b.Used())
	}
}

func BenchmarkTake(b *testing.B) {
	budget, ctx := NewByteBudget(1<<30), connection()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s := budget.Begin(ctx)
			s.Take(2048)
			s.Take(1500)
			s.Add(1500)
			s.End()
		}
	})
}
