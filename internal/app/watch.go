package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// watchInterval is how often the configuration's files are looked at. Looking works where notification doesn't: on
// network file systems, and where Kubernetes swaps a symbolic link several folders up.
const watchInterval = 500 * time.Millisecond

// watch reloads whenever the files of the configuration hold something else than when they were tried last, whoever
// asked, and then stayed the same for one interval, so that a file that is being written is left alone. It returns when
// ctx ends.
func (a *App) watch(ctx context.Context) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	seen := &inputs{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		panics.Do("look at the configuration's files", func() {
			tried := a.reloading.triedLast()
			now := tried.again(ctx)
			if ctx.Err() == nil && now.same(seen) && !now.same(tried) {
				_, _ = a.Reload(ctx, TriggerFile) // it has said what is wrong
			}
			seen = now
		})
	}
}
