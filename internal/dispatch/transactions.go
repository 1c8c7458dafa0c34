package dispatch

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Transactions lets the retransmissions of a SIP request share the answer of the first one while that is in flight, as
// a SIP server transaction does (RFC 3261 section 17.2): a slow processor gets each request once. It outlives the
// configurations and is safe for concurrent use; it must be made by NewTransactions.
type Transactions struct {
	seeds  [2]maphash.Seed
	shards [16]shard
}

type shard struct {
	mu      sync.Mutex
	flights map[transaction]*flight
}

// transaction is a hash of what identifies one, wide enough that no two are the same.
type transaction [2]uint64

// flight is a request that is being handled.
type flight struct {
	waiters int             // callers that wait for it; guarded by the shard's mu
	done    chan struct{}   // closed when answer and err are there; nil until a retransmission comes; guarded likewise
	run     context.Context // of the work
	cancel  context.CancelFunc
	answer  []byte // everybody's who waits: nobody writes to it
	err     error
}

// NewTransactions returns Transactions without any.
func NewTransactions() *Transactions {
	t := &Transactions{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	for i := range t.shards {
		t.shards[i].flights = map[transaction]*flight{}
	}
	return t
}

// Do runs handle for a request, or waits for the one that it is a retransmission of and shares its outcome. handle's
// context ends when every caller that waits for it is gone, and at the first one's deadline: a retransmission that
// comes after that, while handle winds up, starts anew. A caller that goes away before gets its context's error.
// Callers that share an answer share its bytes, which nobody may write to.
func (t *Transactions) Do(ctx context.Context, req *message.Request, handle func(context.Context) ([]byte, error)) (
	answer []byte, shared bool, err error,
) {
	var buf [512]byte
	key, ok := req.AppendTransaction(buf[:0])
	if !ok {
		answer, err = handle(ctx)
		return answer, false, err
	}
	id := transaction{maphash.Bytes(t.seeds[0], key), maphash.Bytes(t.seeds[1], key)}
	s := &t.shards[id[0]%uint64(len(t.shards))]
	s.mu.Lock()
	if f := s.flights[id]; f != nil && !f.over() {
		f.waiters++
		if f.done == nil {
			f.done = make(chan struct{})
		}
		s.mu.Unlock()
		answer, err = f.wait(ctx, s)
		return answer, true, err
	}
	f := &flight{waiters: 1}
	s.flights[id] = f
	release := f.detach(ctx, s)
	s.mu.Unlock()
	defer release()
	defer f.land(s, id) // also where handle panics
	f.answer, f.err = handle(f.run)
	return f.answer, false, f.err
}

// over reports whether nobody wants the outcome any more, or it can't be an answer. The caller holds the shard's mu.
func (f *flight) over() bool { return f.waiters == 0 || f.run.Err() != nil }

// detach gives the work a context that outlives ctx where others wait too, and returns what frees it.
func (f *flight) detach(ctx context.Context, s *shard) (release func()) {
	run := context.WithoutCancel(ctx)
	cancelDeadline := func() {}
	if deadline, ok := ctx.Deadline(); ok {
		run, cancelDeadline = context.WithDeadline(run, deadline)
	}
	f.run, f.cancel = context.WithCancel(run)
	stop := context.AfterFunc(ctx, func() {
		defer panics.Caught("see a caller leave")
		if ctx.Err() == context.Canceled { // run has the deadline of its own
			f.leave(s)
		}
	})
	return func() {
		stop()
		f.cancel()
		cancelDeadline()
	}
}

// wait is what a retransmission does.
func (f *flight) wait(ctx context.Context, s *shard) ([]byte, error) {
	select {
	case <-f.done:
		return f.answer, f.err
	case <-ctx.Done():
		f.leave(s)
		return nil, callerLeft(ctx, "its first request was in flight")
	}
}

// leave takes a caller away that doesn't wait any more. The last one stops the work.
func (f *flight) leave(s *shard) {
	s.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	s.mu.Unlock()
	if last {
		f.cancel()
	}
}

// land ends the flight: who comes later is no retransmission of something in flight. Another may have its place by now.
func (f *flight) land(s *shard, id transaction) {
	if f.answer == nil && f.err == nil {
		f.err = errUnfinished
	}
	s.mu.Lock()
	if s.flights[id] == f {
		delete(s.flights, id)
	}
	if f.done != nil {
		close(f.done)
	}
	s.mu.Unlock()
}
