package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Batch is what a goroutine wrote to and has yet to flush. Whoever appends to a connection marks it there; the
// goroutine flushes it when it is about to wait.
type Batch interface{ Flush() }

// Receiver is told what became of a Delivery: a door's stream.
type Receiver interface {
	// Done is called once, from any goroutine, with the batch of that goroutine, which flushes it afterwards; nil
	// where it has none. The answer is valid until Done returns, and nobody writes to it. The error is a
	// *status.Error.
	Done(batch Batch, answer []byte, err error)
}

// Delivery is one message of a door that spends no goroutine on it: see Service.Start. The door fills in the fields,
// which nobody changes until Done was called, and may use the Delivery again after that, by way of Reset.
type Delivery struct {
	Request  []byte              // a MessageRequest in its wire form; the door's, read-only until Done was called
	Metadata map[string][]string // of the call, for the calls that are made for it; as for Process
	Deadline time.Time           // when nobody waits any more; zero for never
	To       Receiver            // is told what became of it

	// Kept says, once Done is called, that somebody may yet read Request: it is not to be written to any more.
	Kept bool

	mu     sync.Mutex
	left   bool
	cancel context.CancelFunc // stops the work; nil before and after it
}

// Leave says that nobody waits for the outcome any more. Done is called nevertheless. It may be called at any time, and
// by any goroutine; after Done it does nothing.
func (d *Delivery) Leave() {
	d.mu.Lock()
	d.left = true
	cancel := d.cancel
	d.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// Reset makes d an empty Delivery. Nobody may use it meanwhile.
func (d *Delivery) Reset() {
	d.Request, d.Metadata, d.Deadline, d.To, d.Kept = nil, nil, time.Time{}, nil, false
	d.left, d.cancel = false, nil
}

// Start is Process for a door that doesn't wait: what Process returns is given to d.To, before Start returns or later.
// batch is the calling goroutine's.
func (s *Service) Start(_ Batch, d *Delivery) {
	ctx, cancel := context.WithCancel(context.Background())
	end := cancel
	if !d.Deadline.IsZero() {
		ctx, end = context.WithDeadline(ctx, d.Deadline)
	}
	d.mu.Lock()
	d.cancel = cancel
	left := d.left
	d.mu.Unlock()
	if left {
		cancel()
	}
	d.Kept = true
	go func() {
		defer panics.Caught("deliver a message")
		answer, err := s.Process(ctx, d.Request, d.Metadata)
		d.mu.Lock()
		d.cancel = nil
		d.mu.Unlock()
		end()
		cancel()
		d.To.Done(nil, answer, err)
	}()
}
