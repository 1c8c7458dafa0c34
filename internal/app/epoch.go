package app

import (
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// epoch is one configuration at work. Messages that began in it finish in it; what it holds is let go when it has been
// replaced and the last of them is answered.
type epoch struct {
	*Pipeline
	number   uint64
	config   *config.Config
	loadedAt time.Time
	users    atomic.Int64 // messages in it, and one more while it is the current one
}

// enter counts a message in, unless the epoch is over.
func (e *epoch) enter() bool {
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

// leave counts a message out.
func (e *epoch) leave() {
	if e.users.Add(-1) == 0 {
		_ = e.Close() // nobody calls them any more
	}
}

// enter returns the current epoch, which the caller has to leave. It returns nil once the App is closed.
func (a *App) enter() *epoch {
	for {
		e := a.current.Load()
		if e.enter() {
			return e
		}
		if a.current.Load() == e { // it ended, and no other began
			return nil
		}
	}
}

// begin makes a pipeline the current epoch, and lets the one before it end.
func (a *App) begin(cfg *config.Config, p *Pipeline) *epoch {
	e := &epoch{Pipeline: p, config: cfg, loadedAt: time.Now(), number: 1}
	e.users.Store(1)
	before := a.current.Load()
	if before != nil {
		e.number = before.number + 1
	}
	p.Connect()
	a.limiter.SetLimit(int(cfg.Spec.Limits.InFlight), cfg.Spec.Limits.Adaptive)
	a.current.Store(e)
	if before != nil {
		before.leave()
	}
	return e
}
