package telemetry

import (
	"bytes"
	"io"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

const (
	// maxQueued is how many bytes of the log wait for who reads it.
	maxQueued = 1 << 20
	// logBytesPerSecond is how much is logged in the long run, whatever fails.
	logBytesPerSecond = 256 << 10
)

// Queue is a writer of lines that never waits: a goroutine of its own hands them on. Where the reader stalls or has
// gone, or more is written than anybody reads, lines are dropped and counted. It must be made by NewQueue and is safe
// for concurrent use.
type Queue struct {
	to      io.Writer
	budget  *rate.Limiter
	dropped func(lines uint64) // tells how many were, once lines get through again
	ended   chan struct{}

	mu      sync.Mutex
	changed sync.Cond // there is something to write, or it is closed
	pending []byte    // whole lines
	closed  bool
	lost    uint64 // lines, so far
	told    uint64 // of them
}

// NewQueue returns a Queue to a writer. Close it.
func NewQueue(to io.Writer) *Queue {
	q := &Queue{to: to, budget: rate.NewLimiter(logBytesPerSecond, maxQueued), ended: make(chan struct{})}
	q.changed.L = &q.mu
	go q.run()
	return q
}

// OnDropped sets what says, by a line to the Queue, how many were dropped since it said so last.
func (q *Queue) OnDropped(say func(lines uint64)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped = say
}

// Unwrap returns where it writes to.
func (q *Queue) Unwrap() io.Writer { return q.to }

// Dropped returns how many lines were dropped so far.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// Write takes whole lines to be written soon, or drops them. It copies p and never fails.
func (q *Queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.pending)+len(p) > maxQueued || !q.budget.AllowN(time.Now(), len(p)) {
		q.lost += lines(p)
		return len(p), nil
	}
	q.pending = append(q.pending, p...)
	q.changed.Signal()
	return len(p), nil
}

// Close writes what is left, for so long at most. It reports whether all was written.
func (q *Queue) Close(patience time.Duration) bool {
	q.mu.Lock()
	q.closed = true
	q.changed.Signal()
	q.mu.Unlock()
	select {
	case <-q.ended:
		return true
	case <-time.After(patience):
		return false
	}
}

// run hands on what is pending until the Queue is closed and nothing is.
func (q *Queue) run() {
	defer close(q.ended)
	for q.step() {
	}
}

// step hands on what is pending now. It returns false where nothing comes any more, or the writer panicked.
func (q *Queue) step() (more bool) {
	defer panics.Caught("write the log")
	out := q.take()
	if out == nil {
		return false
	}
	n, err := q.to.Write(out)
	q.mu.Lock()
	if err != nil {
		q.lost += lines(out[min(n, len(out)):])
	}
	lost, say := q.lost-q.told, q.dropped
	if err != nil || say == nil {
		lost = 0
	} else {
		q.told = q.lost
	}
	q.mu.Unlock()
	if lost > 0 {
		say(lost)
	}
	return true
}

// take waits for something to write; nil where nothing comes any more.
func (q *Queue) take() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) == 0 {
		if q.closed {
			return nil
		}
		q.changed.Wait()
	}
	out := q.pending
	q.pending = nil
	return out
}

// lines counts those that end in p.
func lines(p []byte) uint64 { return uint64(bytes.Count(p, []byte("\n"))) }
