package dispatch

import (
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// Epoch is one configuration at work. Messages that began in it finish in it. It must be made by NewEpoch.
type Epoch struct {
	*Dispatcher
	EpochParams
	users atomic.Int64 // messages in it, and one more while it is the current one
}

// EpochParams are what an Epoch has besides its Dispatcher.
type EpochParams struct {
	Number  uint64                 // counts up from 1
	Observe func(*decision.Record) // is shown what became of each message, and keeps nothing; nil for nobody
	// Close is called when the epoch was replaced and the last message left it, on that message's time: it doesn't
	// wait.
	Close func()
}

// NewEpoch returns an Epoch that isn't over until it was made the current one of a Service and replaced.
func NewEpoch(d *Dispatcher, p EpochParams) *Epoch {
	e := &Epoch{Dispatcher: d, EpochParams: p}
	e.users.Store(1)
	return e
}

// Enter counts somebody in who uses what the epoch has, and reports false where it is over. Leave counts out.
func (e *Epoch) Enter() bool {
	for {
		n := e.users.Load()
		if n == 0 {
			return false
		}
		if e.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Leave undoes Enter. The last one out of an epoch that was replaced has it closed.
func (e *Epoch) Leave() {
	if e.users.Add(-1) == 0 {
		e.Close()
	}
}

// Use makes an epoch the current one, and lets the one before it end. Callers take turns.
func (s *Service) Use(e *Epoch) {
	if before := s.current.Swap(e); before != nil {
		before.Leave()
	}
}

// Close lets the current epoch end: messages that come after it are refused. Call it once, after the last Use.
func (s *Service) Close() {
	if e := s.current.Load(); e != nil {
		e.Leave()
	}
}

// enter returns the current epoch, which the caller has to leave; nil once the Service is closed.
func (s *Service) enter() *Epoch {
	for {
		e := s.current.Load()
		if e.Enter() {
			return e
		}
		if s.current.Load() == e { // it ended, and no other began
			return nil
		}
	}
}
