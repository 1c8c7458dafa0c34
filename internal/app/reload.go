package app

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// reloading is what is known of the attempts to read the configuration again.
type reloading struct {
	turn   sync.Mutex // one at a time
	closed bool       // no more; guarded by turn

	mu       sync.Mutex
	failed   error // of the last attempt; nil where it succeeded
	failedAt time.Time
	tried    string // fingerprint of what it was made with
}

// lastFailure returns when the last attempt failed, and how; nil where it didn't.
func (r *reloading) lastFailure() (at time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failedAt, r.failed
}

// triedLast returns the fingerprint of the files that the last attempt was made with.
func (r *reloading) triedLast() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tried
}

func (r *reloading) note(tried string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.failed, r.failedAt = tried, err, time.Now()
}

// Reload reads the configuration file again and makes it the running one: everything is built first, then swapped at
// once. Where anything is wrong nothing changes; the error is a *config.Error where the file is at fault. It returns the
// number of the epoch that runs then. Trigger says who asked, for the log. It may be called from any goroutine.
func (a *App) Reload(ctx context.Context, trigger string) (epoch uint64, err error) {
	a.reloading.turn.Lock()
	defer a.reloading.turn.Unlock()
	before := a.current.Load()
	if a.opts.Demo {
		return before.number, ErrDemo
	}
	tried := a.fingerprint(stamps{}) // before they are read: a change in between is one to come
	e, err := a.reload(ctx)
	if err == nil {
		tried = loaded(e.config)
	}
	a.reloading.note(tried, err)
	a.metrics.Reload(err == nil)
	if err != nil {
		a.opts.Log.Error("the configuration was not reloaded, the one before goes on", "trigger", trigger, "epoch", before.number,
			"error", a.decisions.Mask().Text(err.Error(), nil))
		return before.number, err
	}
	for _, w := range append(e.warnings, fixed(before.config, e.config)...) {
		a.opts.Log.Warn(w.Message, "path", w.Path, "line", w.Line, "column", w.Column)
	}
	a.opts.Log.Info("the configuration was reloaded", "trigger", trigger, "epoch", e.number, "hash", e.config.Hash,
		"processors", len(e.config.Spec.Processors), "middlewares", len(e.config.Spec.Middlewares))
	return e.number, nil
}

// ErrDemo is Reload's error where no file is served.
var ErrDemo = errors.New("the built-in demo has no configuration file to read again")

func (a *App) reload(ctx context.Context) (e *epoch, err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("reload the configuration", v)
			e, err = nil, errors.New("the dispatcher failed on this configuration; its log says how")
		}
	}()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case a.reloading.closed:
		return nil, errors.New("the dispatcher is stopping")
	}
	cfg, err := Load(a.opts.Config.Name)
	if err != nil {
		return nil, err
	}
	p, token, err := a.build(cfg)
	if err != nil {
		return nil, err
	}
	a.token.Store(&token)
	return a.begin(cfg, p), nil
}

// build makes all that an epoch needs, and changes nothing.
func (a *App) build(cfg *config.Config) (p *Pipeline, token string, err error) {
	if token, err = readToken(cfg); err != nil {
		return nil, "", err
	}
	if err := checkBackendTLS(cfg); err != nil {
		return nil, "", err
	}
	if p, err = NewPipeline(cfg, a.pool, "routr-dispatcher/"+a.opts.Version); err != nil {
		return nil, "", err
	}
	if err := a.addShadow(p, cfg); err != nil {
		return nil, "", errors.Join(err, p.Close())
	}
	return p, token, nil
}

// maxToken bounds a token file.
const maxToken = 4 << 10

// readToken returns the token that spec.admin.tokenFile holds; empty without one.
func readToken(cfg *config.Config) (string, error) {
	path := cfg.File(cfg.Spec.Admin.TokenFile)
	if path == "" {
		return "", nil
	}
	fail := func(why string) error {
		return config.NewError([]config.Problem{cfg.Problem("spec.admin.tokenFile", why)})
	}
	data, err := file.Read(context.Background(), path, maxToken)
	if err != nil {
		return "", fail(err.Error())
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fail("the file holds no token")
	}
	return token, nil
}

// fixed says which properties differ that a running process doesn't change any more.
func fixed(before, after *config.Config) (all []config.Problem) {
	b, a := before.Spec, after.Spec
	b.Limits.InFlight, a.Limits.InFlight = 0, 0 // these two follow
	b.Limits.Adaptive, a.Limits.Adaptive = false, false
	for _, p := range []struct {
		path          string
		before, after any
	}{
		{"spec.bindAddr", b.BindAddr, a.BindAddr},
		{"spec.maxMessageBytes", b.MaxMessageBytes, a.MaxMessageBytes},
		{"spec.limits", b.Limits, a.Limits},
		{"spec.maxConnectionAge", b.MaxConnectionAge, a.MaxConnectionAge},
		{"spec.tls", b.TLS, a.TLS},
		{"spec.decisions", b.Decisions, a.Decisions},
		{"spec.admin.enabled", b.Admin.Enabled, a.Admin.Enabled},
		{"spec.admin.bindAddr", b.Admin.BindAddr, a.Admin.BindAddr},
	} {
		if !reflect.DeepEqual(p.before, p.after) {
			w := after.Problem(p.path, "the change takes effect when the dispatcher is started again")
			w.Severity = config.SeverityWarning
			all = append(all, w)
		}
	}
	return all
}
