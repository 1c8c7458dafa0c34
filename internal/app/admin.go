package app

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/admin"
)

// adminOptions are what the side door looks at.
func (a *App) adminOptions() admin.Options {
	return admin.Options{
		Version: a.opts.Version, StartedAt: a.startedAt, Demo: a.opts.Demo, Log: a.opts.Log,
		Snapshot: a.snapshot, Decisions: a.decisions, Overlaps: a.overlaps.Report, Backends: a.backends,
		Workers: a.workers, Shadow: a.shadowReport, Fleet: a.fleet, Self: a.self,
		Reload: func(ctx context.Context, want func(hash string) bool) (uint64, bool, error) {
			return a.reloadIf(ctx, TriggerAPI, want)
		},
		Attempts: a.history.last, Kept: a.history.epochs, Past: a.history.before,
		Enabled: func() bool { return a.opts.Config.Spec.Admin.Enabled },
		Budget:  a.budget,
		Token:   a.adminToken, Ready: a.ready, Done: a.stopping,
	}
}

func (a *App) adminToken() string {
	if a.opts.AdminToken != "" {
		return a.opts.AdminToken
	}
	return *a.token.Load()
}

// snapshot is what runs now. Nobody calls the backends of its Dispatcher, which may be closed any time.
func (a *App) snapshot() admin.Snapshot {
	e := a.current.Load()
	s := admin.Snapshot{
		Config: e.config, Epoch: e.number(), LoadedAt: e.loadedAt, Warnings: e.warnings, Dispatcher: e.Dispatcher,
	}
	if at, err := a.reloading.lastFailure(); err != nil {
		s.Failed = &admin.FailedReload{Time: at, Error: err}
	}
	return s
}
