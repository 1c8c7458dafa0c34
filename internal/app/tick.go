package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// tick ends the seconds of what is counted over time, until ctx ends.
func (a *App) tick(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			panics.Do("count over time", func() { a.decisions.Tick(now, a.limiter.InFlight()) })
		}
	}
}
