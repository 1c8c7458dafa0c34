// Package app puts the dispatcher together: it builds a pipeline from a configuration, serves it, and drains it when
// it is told to stop. The command is its only caller.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Options say what to serve.
type Options struct {
	Config       *config.Config
	Demo         bool          // an in-process echo stands in for every processor and middleware
	DrainTimeout time.Duration // how long messages in flight may take once it stops
	Version      string
	Log          *slog.Logger
}

// App is a dispatcher that listens. Run it once.
type App struct {
	opts     Options
	pipeline *Pipeline
	echo     *echo
	server   *server.Server
	health   *rpc.Health
	failures failureLog
}

// New builds everything and opens the port. It returns a *config.Error where the configuration is at fault, and
// leaves nothing behind when it fails.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	a := &App{opts: opts, health: &rpc.Health{}, failures: failureLog{to: opts.Log}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if opts.Demo {
		if a.echo, err = startEcho(ctx, int(opts.Config.Spec.MaxMessageBytes)); err != nil {
			return nil, err
		}
		a.opts.Config = redirected(opts.Config, a.echo.addr())
	}
	if a.pipeline, err = NewPipeline(a.opts.Config, "routr-dispatcher/"+opts.Version); err != nil {
		return nil, err
	}
	for _, w := range a.pipeline.warnings {
		opts.Log.Warn(w.Message, "path", w.Path, "line", w.Line, "column", w.Column)
	}
	errorLog := slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug)
	a.server, err = server.Listen(ctx, server.Options{
		Addr: opts.Config.Spec.BindAddr, Handler: a.handler(), ErrorLog: errorLog, Log: opts.Log,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Addr returns the address that the dispatcher listens on.
func (a *App) Addr() net.Addr { return a.server.Addr() }

// handler mounts everything that shares the port.
func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(a.process, int(a.opts.Config.Spec.MaxMessageBytes)))
	a.health.Handle(mux)
	rpc.HandleReflection(mux)
	admin.Handle(mux, admin.State{
		Config: a.opts.Config, Demo: a.opts.Demo, Version: a.opts.Version, Ready: a.health.Serving,
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux
}

func (a *App) readyz(w http.ResponseWriter, _ *http.Request) {
	if !a.health.Serving() {
		respond(w, http.StatusServiceUnavailable, "not ready: starting or stopping")
		return
	}
	respond(w, http.StatusOK, "ready")
}

func respond(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	fmt.Fprintln(w, text) // the peer left
}

// Run serves until ctx ends, then drains: it reports not ready, takes no more calls and waits for those in flight. It
// returns nil when every message was answered.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	served := make(chan error, 1)
	go func() { served <- a.server.Serve() }()
	a.health.SetServing(true)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	a.opts.Log.Info("stopping", "drainTimeout", a.opts.DrainTimeout.String())
	a.health.Close()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.opts.DrainTimeout)
	defer cancel()
	err := a.server.Shutdown(drain)
	if serveErr := <-served; err == nil {
		err = serveErr
	}
	return err
}

// close releases what New built.
func (a *App) close() {
	if a.pipeline != nil {
		_ = a.pipeline.Close() // nobody calls them any more
	}
	if a.echo != nil {
		a.echo.stop()
	}
}
