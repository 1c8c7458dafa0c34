package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// reloading is what is known of the attempts to read the configuration again.
type reloading struct {
	turn   sync.Mutex // one at a time
	closed bool       // no more; guarded by turn

	mu       sync.Mutex
	failed   error // of the last attempt; nil where it succeeded
	failedAt time.Time
	tried    *file.Noted // what it was made with
}

// lastFailure returns when the last attempt failed, and how; nil where it didn't.
func (r *reloading) lastFailure() (at time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failedAt, r.failed
}

// triedLast returns the files that the last attempt was made with.
func (r *reloading) triedLast() *file.Noted {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tried
}

func (r *reloading) note(tried *file.Noted, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.failed, r.failedAt = tried, err, time.Now()
}

// What asks for a reload.
const (
	TriggerStart  = "start" // of the process, which reads it for the first time
	TriggerFile   = "file"  // it was changed
	TriggerSignal = "signal"
	TriggerAPI    = "api"
)

// Reload reads the configuration file again and makes it the running one: everything is built first, then swapped at
// once. Where anything is wrong, or all is the same, nothing changes; the error is a *config.Error where the file is at
// fault. It returns the number of the epoch that runs then. Trigger says who asked, for people. It may be called from
// any goroutine.
func (a *App) Reload(ctx context.Context, trigger string) (epoch uint64, err error) {
	epoch, _, err = a.reloadIf(ctx, trigger, nil)
	return epoch, err
}

// reloadIf is Reload of a file whose hash is wanted; nil wants any. The error is an *admin.Mismatch where it isn't.
func (a *App) reloadIf(
	ctx context.Context, trigger string, want func(hash string) bool,
) (epoch uint64, changed bool, err error) {
	a.reloading.turn.Lock()
	defer a.reloading.turn.Unlock()
	before := a.current.Load()
	switch {
	case a.opts.Demo:
		return before.number(), false, ErrDemo
	case ctx.Err() != nil: // whoever asked left while it waited for its turn
		return before.number(), false, ctx.Err()
	}
	tried := &file.Noted{}
	e := before
	a.tidy.around(func() {
		aside(func() { e, err = a.reload(ctx, tried, want) })
	})
	if other := (*admin.Mismatch)(nil); errors.As(err, &other) || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return before.number(), false, err
	}
	if err != nil {
		a.keepToken(ctx, before.config, tried)
		e = before
	}
	a.reloading.note(tried, err)
	a.history.tried(attempt(trigger, before, e, tried.Hash(before.config.Name), err))
	a.metrics.Reload(err == nil)
	a.tell(trigger, before, e, err)
	return e.number(), e != before, err
}

// tell logs what came of a reload.
func (a *App) tell(trigger string, before, e *epoch, err error) {
	switch {
	case err != nil:
		a.opts.Log.Error("the configuration was not reloaded, the one before goes on", "trigger", trigger,
			"epoch", before.number(), "error", a.decisions.Mask().Text(err.Error(), nil))
		return
	case e == before:
		a.opts.Log.Info("the configuration was read again and is the same", "trigger", trigger,
			"epoch", e.number(), "hash", e.config.Hash)
		return
	}
	a.warn(fixed(before.config, e.config))
	a.warn(e.warnings)
	a.opts.Log.Info("the configuration was reloaded", "trigger", trigger, "epoch", e.number(), "hash", e.config.Hash,
		"processors", len(e.config.Spec.Processors), "middlewares", len(e.config.Spec.Middlewares))
}

// loggedWarnings bounds the lines about a configuration: ten thousand rules may have as many.
const loggedWarnings = 100

// warn logs warnings about a configuration.
func (a *App) warn(all []config.Problem) {
	for _, w := range all[:min(len(all), loggedWarnings)] {
		a.opts.Log.Warn(w.Message, "path", w.Path, "line", w.Line, "column", w.Column)
	}
	if more := len(all) - loggedWarnings; more > 0 {
		a.opts.Log.Warn("the configuration has more warnings, which dispatcher check shows", "more", more)
	}
}

// ErrDemo is Reload's error where no file is served.
var ErrDemo = errors.New("the built-in demo has no configuration file to read again")

func (a *App) reload(ctx context.Context, in *file.Noted, want func(hash string) bool) (e *epoch, err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("reload the configuration", v)
			e, err = nil, errors.New("the dispatcher failed on this configuration; its log says how")
		}
	}()
	if a.reloading.closed {
		return nil, errors.New("the dispatcher is stopping")
	}
	before := a.current.Load()
	text, err := in.Read(ctx, before.config.Name, config.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if hash := in.Hash(before.config.Name); want != nil && !want(hash) {
		return nil, &admin.Mismatch{Hash: hash}
	}
	cfg, table := before.config, before.table
	if !bytes.Equal(text, cfg.Source) {
		if cfg, table, err = parse(cfg.Name, text); err != nil {
			return nil, err
		}
	}
	n, err := readReferences(ctx, cfg, in)
	if err != nil {
		return nil, err
	}
	if cfg != before.config || n.shadowDigest != before.shadowDigest {
		p, err := a.build(cfg, table, n)
		if err != nil {
			return nil, err
		}
		if err := a.history.over(before); err != nil {
			a.opts.Log.Error("the configuration of an epoch isn't kept", "epoch", before.number(), "error", err)
		}
		before = a.begin(cfg, p)
	}
	a.follow(n.token)
	return before, nil
}

// references is what the files hold that a configuration names.
type references struct {
	token        string
	shadow       []byte // nil without one
	shadowDigest string
}

// readReferences reads the files that cfg names, and notes them. The error is a *config.Error.
func readReferences(ctx context.Context, cfg *config.Config, in *file.Noted) (n references, err error) {
	noteTLS(ctx, in, cfg)
	var tokenErr, shadowErr error
	n.token, tokenErr = readToken(ctx, cfg, in)
	n.shadow, shadowErr = readShadow(ctx, cfg, in)
	n.shadowDigest = in.Digest(cfg.File(cfg.Spec.Shadow))
	return n, Merged(checkBackendTLS(cfg), tokenErr, shadowErr)
}

// build makes all that an epoch needs, and changes nothing. The table is of the rules of cfg.
func (a *App) build(cfg *config.Config, table *routing.Table, n references) (*Pipeline, error) {
	p, err := newPipeline(cfg, table, a.pool, "routr-dispatcher/"+a.opts.Version)
	if err != nil {
		return nil, err
	}
	p.Counts = a.counts(cfg)
	p.Tracing = a.opts.Tracing
	if err := a.addShadow(p, cfg, n); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}
