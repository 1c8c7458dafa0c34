package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// sinkTimeout is how long the sinks may take for what is left when the dispatcher stops.
const sinkTimeout = 3 * time.Second

// newDecisions makes the log of decisions. The error is a *config.Error.
func newDecisions(cfg *config.Config) (*decision.Log, error) {
	d := cfg.Spec.Decisions
	messages := int(d.KeepMessages)
	if messages == 0 {
		messages = -1 // none but failures'
	}
	log, err := decision.NewLog(decision.Options{Keep: int(d.Keep), MaxBytes: d.MaxBytes, KeepMessages: messages, Mask: d.Mask})
	if err != nil {
		return nil, config.NewError([]config.Problem{cfg.Problem("spec.decisions.mask", err.Error())})
	}
	return log, nil
}

// closeSinks writes what is left.
func (a *App) closeSinks() {
	ctx, cancel := context.WithTimeout(context.Background(), sinkTimeout)
	defer cancel()
	for _, s := range a.sinks {
		if err := s.Close(ctx); err != nil {
			a.opts.Log.Warn("a sink of decisions didn't close in order", "error", err)
		}
	}
}

// lostRecords counts the decisions that sinks didn't take.
func (a *App) lostRecords() map[string]uint64 {
	lost := map[string]uint64{}
	for _, s := range a.decisions.Stats().Sinks {
		lost[s.Name] += s.Dropped
	}
	return lost
}
