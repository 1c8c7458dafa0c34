package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/bus"
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
	log, err := decision.NewLog(decision.Options{
		Keep: int(d.Keep), MaxBytes: d.MaxBytes, KeepMessages: messages, Mask: d.Mask,
		Replica: replicaName(cfg),
	})
	if err != nil {
		return nil, config.NewError([]config.Problem{cfg.Problem("spec.decisions", err.Error())})
	}
	return log, nil
}

// checkMask says what is wrong with spec.decisions.mask. The error is a *config.Error.
func checkMask(cfg *config.Config) error {
	if err := decision.CheckMask(cfg.Spec.Decisions.Mask); err != nil {
		return config.NewError([]config.Problem{cfg.Problem("spec.decisions.mask", err.Error())})
	}
	return nil
}

// attachSinks begins to hand decisions to where the configuration says. The error is a *config.Error.
func (a *App) attachSinks() error {
	cfg := a.opts.Config
	fail := func(path string, err error) error {
		return config.NewError([]config.Problem{cfg.Problem(path, err.Error())})
	}
	attach := func(s decision.Sink) { a.sinks = append(a.sinks, a.decisions.Attach(s, a.opts.Log)) }
	if f := cfg.Spec.Decisions.File; f != nil {
		sink, err := decision.NewFile(decision.FileOptions{
			Path: cfg.File(f.Path), MaxBytes: f.MaxBytes, MaxFiles: int(f.MaxFiles),
		})
		if err != nil {
			return fail("spec.decisions.file.path", err)
		}
		attach(sink)
	}
	if n := cfg.Spec.Decisions.NATS; n != nil {
		sink, err := bus.NewSink(natsServer(cfg, n.URL, n.Credentials), n.Subject)
		if err != nil {
			return fail("spec.decisions.nats", err)
		}
		attach(sink)
	}
	return nil
}

func natsServer(cfg *config.Config, url, credentials string) bus.Server {
	return bus.Server{URL: url, Credentials: cfg.File(credentials), Name: "routr-dispatcher " + cfg.Ref}
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
