package app

import (
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
)

// epoch is one configuration at work, and what is known of it for people. Messages get to its Dispatcher by the
// service.
type epoch struct {
	*Pipeline
	messages *dispatch.Epoch
	config   *config.Config
	loadedAt time.Time
}

// number counts the epochs of the process, from 1.
func (e *epoch) number() uint64 { return e.messages.Number }

// leave undoes App.enter.
func (e *epoch) leave() { e.messages.Leave() }

// enter returns the current epoch, whose backends may be looked at until the caller leaves it. It returns nil once
// the App is closed.
func (a *App) enter() *epoch {
	for {
		e := a.current.Load()
		if e.messages.Enter() {
			return e
		}
		if a.current.Load() == e { // it ended, and no other began
			return nil
		}
	}
}

// begin makes a pipeline the current epoch, and lets the one before it end. What it holds is let go when it has been
// replaced and the last of its messages is answered.
func (a *App) begin(cfg *config.Config, p *Pipeline) *epoch {
	cfg.Compact()
	at := dispatch.EpochParams{Number: 1, Close: func() { a.closing.start(p) }}
	a.closing.hold(p)
	if before := a.current.Load(); before != nil {
		at.Number = before.number() + 1
	}
	if p.shadow != nil {
		at.Observe = p.shadow.Observe
	}
	e := &epoch{Pipeline: p, messages: dispatch.NewEpoch(p.Dispatcher, at), config: cfg, loadedAt: time.Now()}
	p.Connect()
	a.limiter.SetLimit(int(cfg.Spec.Limits.InFlight), cfg.Spec.Limits.Adaptive)
	a.current.Store(e)
	a.service.Use(e.messages)
	a.decisions.Began(e.number(), e.loadedAt)
	a.tidy.wanted()
	return e
}
