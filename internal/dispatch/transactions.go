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
	waiters int           // callers that wait for it; guarded by the shard's mu
	work    job           // guarded likewise
	done    chan struct{} // closed when answer and err are there; nil until a retransmission comes; guarded likewise
	answer  []byte        // everybody's who waits: nobody writes to it
	err     error
}

// job is what is done for a flight.
type job interface {
	Err() error // why it is over before its time; nil where it isn't
	stop()      // nobody waits for it any more; it is called with the shard's mu held
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
	id, s := t.of(req)
	if s == nil {
		answer, err = handle(ctx)
		return answer, false, err
	}
	s.mu.Lock()
	if f := s.join(id); f != nil {
		s.mu.Unlock()
		answer, err = f.wait(ctx, s)
		return answer, true, err
	}
	f := &flight{}
	run, release := f.detach(ctx, s)
	s.begin(id, f, run)
	s.mu.Unlock()
	defer release()
	defer func() { // also where handle panics
		if s.land(id, f) {
			f.tell(answer, err)
		}
	}()
	answer, err = handle(run)
	return answer, false, err
}

// of returns what identifies a request's transaction, and the shard that has it; nil where it has none.
func (t *Transactions) of(req *message.Request) (transaction, *shard) {
	var buf [512]byte
	key, ok := req.AppendTransaction(buf[:0])
	if !ok {
		return transaction{}, nil
	}
	id := transaction{maphash.Bytes(t.seeds[0], key), maphash.Bytes(t.seeds[1], key)}
	return id, &t.shards[id[0]%uint64(len(t.shards))]
}

// join makes the caller one more that waits for a flight, and returns it; nil where none is going on that can have an
// answer for him. The caller holds mu.
func (s *shard) join(id transaction) *flight {
	f := s.flights[id]
	if f == nil || f.waiters == 0 || f.work.Err() != nil {
		return nil
	}
	f.waiters++
	if f.done == nil {
		f.done = make(chan struct{})
	}
	return f
}

// begin lets a flight begin, for which its caller alone waits as yet. The caller holds mu.
func (s *shard) begin(id transaction, f *flight, w job) {
	f.waiters, f.work = 1, w
	s.flights[id] = f
}

// running is work that has a goroutine.
type running struct {
	context.Context
	cancel context.CancelFunc
}

func (r running) stop() { r.cancel() }

// detach returns a context for the work that outlives ctx where others wait too, and what frees it.
func (f *flight) detach(ctx context.Context, s *shard) (run running, release func()) {
	run.Context = context.WithoutCancel(ctx)
	cancelDeadline := func() {}
	if deadline, ok := ctx.Deadline(); ok {
		run.Context, cancelDeadline = context.WithDeadline(run.Context, deadline)
	}
	run.Context, run.cancel = context.WithCancel(run.Context)
	stop := context.AfterFunc(ctx, func() {
		defer panics.Caught("see a caller leave")
		if ctx.Err() == context.Canceled { // run has the deadline of its own
			f.leave(s)
		}
	})
	return run, func() {
		stop()
		run.cancel()
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
	defer s.mu.Unlock()
	if f.waiters--; f.waiters == 0 && f.work != nil {
		f.work.stop()
	}
}

// land ends the flight: who comes later is no retransmission of something in flight. Another may have its place by
// now. It reports whether others wait to be told of the outcome.
func (s *shard) land(id transaction, f *flight) (others bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[id] == f {
		delete(s.flights, id)
	}
	f.work = nil
	return f.done != nil
}

// tell tells those who wait what came of a flight that has landed. They keep the answer.
func (f *flight) tell(answer []byte, err error) {
	f.answer, f.err = answer, err
	if answer == nil && err == nil {
		f.err = errUnfinished
	}
	close(f.done)
}
