package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/file"
)

// watchInterval is how often the configuration's files are looked at.
const watchInterval = 500 * time.Millisecond

// watch reloads whenever the files of the configuration hold something else than when they were tried last, whoever
// asked, and then stayed the same for one interval, so that a file that is being written is left alone. It returns when
// ctx ends.
func (a *App) watch(ctx context.Context) {
	seen := &file.Noted{}
	file.Follow(ctx, watchInterval, "look at the configuration's files", func() {
		tried := a.reloading.triedLast()
		now := tried.Again(ctx)
		if ctx.Err() == nil && now.Same(seen) && !now.Same(tried) {
			_, _ = a.Reload(ctx, TriggerFile) // it has said what is wrong
		}
		seen = now
	})
}
