// Package app puts the dispatcher together: it builds a pipeline from a configuration, serves it, and drains it when
// it is told to stop. The command is its only caller.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// Options say what to serve.
type Options struct {
	Config       *config.Config
	Demo         bool          // an in-process echo stands in for every processor and middleware
	DrainTimeout time.Duration // how long messages in flight may take once it stops
	AdminToken   string        // lets others than this machine use the admin API; spec.admin.tokenFile where it is empty
	Version      string
	Log          *slog.Logger
	LogDropped   func() uint64 // lines of the log, so far; nil: none
}

// App is a dispatcher that listens. Run it once.
type App struct {
	opts Options
	echo *echo

	pool         *backend.Pool
	current      atomic.Pointer[epoch]
	reloading    reloading
	token        atomic.Pointer[string] // of spec.admin.tokenFile
	limiter      *dispatch.Limiter
	budget       *server.Budget // of bytes in work
	streams      *server.Budget // of what stays open beside messages
	transactions *dispatch.Transactions

	workers     *worker.Pool
	stopping    chan struct{} // closed when it begins to drain
	server      *server.Server
	health      *rpc.Health
	serving     atomic.Bool
	decisions   *decision.Log
	sinks       []*decision.Attachment
	metrics     *telemetry.Metrics
	differences atomic.Uint64 // of shadows
	failures    failureLog
}

// New builds everything and opens the port. It returns a *config.Error where the configuration is at fault, and
// leaves nothing behind when it fails.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	limits := opts.Config.Spec.Limits
	a := &App{
		opts: opts, pool: backend.NewPool(), health: &rpc.Health{}, failures: failureLog{to: opts.Log},
		stopping: make(chan struct{}), limiter: dispatch.NewLimiter(int(limits.InFlight), limits.Adaptive), budget: newBudget(opts.Config), streams: server.NewStreamBudget(limits.Watches), transactions: dispatch.NewTransactions(),
	}
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
	if a.workers, err = worker.NewPool(worker.Options{}); err != nil {
		return nil, err
	}
	if a.decisions, err = newDecisions(opts.Config); err != nil {
		return nil, err
	}
	a.failures.mask = a.decisions.Mask()
	if err := a.attachSinks(); err != nil {
		return nil, err
	}
	p, token, err := a.build(a.opts.Config)
	if err != nil {
		return nil, err
	}
	a.token.Store(&token)
	a.reloading.note(loaded(a.opts.Config), nil)
	a.metrics = telemetry.NewMetrics(a.sources())
	for _, w := range a.begin(a.opts.Config, p).warnings {
		opts.Log.Warn(w.Message, "path", w.Path, "line", w.Line, "column", w.Column)
	}
	if limit, least := MemoryLimit(a.opts.Config), leastMemory(a.opts.Config); limit < least {
		opts.Log.Warn("the limit on memory is too small to hold: messages and decisions may be as large as the configuration says",
			"path", "spec.limits.memory", "bytes", limit, "least", least)
	}
	a.server, err = server.Listen(ctx, a.serverOptions())
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) serverOptions() server.Options {
	spec := a.opts.Config.Spec
	opts := server.Options{
		Addr: spec.BindAddr, Handler: a.handler(), Log: a.opts.Log,
		ErrorLog: slog.NewLogLogger(a.opts.Log.Handler(), slog.LevelDebug),
		Limits: server.Limits{
			StreamsPerConnection: int(spec.Limits.Streams), HeaderBytes: int(spec.Limits.HeaderBytes),
			ReadHeaderTimeout: spec.Limits.ReadHeaderTimeout, ReadTimeout: spec.Limits.ReadTimeout,
			WriteTimeout: spec.Limits.WriteTimeout, IdleTimeout: spec.Limits.IdleTimeout, Connections: int(spec.Limits.Connections), MaxConnectionAge: spec.MaxConnectionAge,
		},
	}
	if t := spec.TLS; t != nil {
		file := a.opts.Config.File
		opts.TLS = &server.TLS{Cert: file(t.Cert), Key: file(t.Key), ClientCA: file(t.ClientCA)}
	}
	return opts
}

// Addr returns the address that the dispatcher listens on.
func (a *App) Addr() net.Addr { return a.server.Addr() }

// handler mounts everything that shares the port.
func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(a.process, int(a.opts.Config.Spec.MaxMessageBytes), a.budget))
	limits := rpc.Limits{Work: a.budget, Streams: a.streams, Idle: a.opts.Config.Spec.Limits.IdleTimeout}
	a.health.Handle(mux, limits)
	rpc.HandleReflection(mux, limits)
	guard := admin.Handle(mux, a.adminOptions())
	mux.Handle("/debug/pprof/", guard.Protect(profiles()))
	mux.Handle("GET /metrics", a.budget.Bound(a.showMetrics(guard), metricsBytes))
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux
}

// Run serves until ctx ends, then drains: it reports not ready, takes no more calls and waits for those in flight. It
// returns nil when every message was answered.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	ctx, end := context.WithCancel(ctx)
	helpers := a.startHelpers(ctx)
	defer func() { // also where the server fails
		end()
		helpers.Wait()
	}()
	served := make(chan error, 1)
	a.serving.Store(true)
	a.health.SetServing(true)
	go func() { served <- serve(a.server) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	a.serving.Store(false)
	close(a.stopping)
	a.health.Close()
	a.opts.Log.Info("stopping", "drainTimeout", a.opts.DrainTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.opts.DrainTimeout)
	defer cancel()
	err := a.server.Shutdown(drain)
	if serveErr := <-served; err == nil {
		err = serveErr
	}
	return err
}

// serve is the server's Serve, whose panic stops the dispatcher in order.
func serve(s *server.Server) (err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("accept connections", v)
			err = fmt.Errorf("accept connections: %v", v)
		}
	}()
	return s.Serve()
}

// startHelpers starts what goes on beside the messages, until ctx ends.
func (a *App) startHelpers(ctx context.Context) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { a.logReadiness(ctx) })
	if !a.opts.Demo {
		all.Go(func() { a.watch(ctx) })
	}
	return &all
}

// close releases what New built.
func (a *App) close() {
	a.reloading.turn.Lock()
	defer a.reloading.turn.Unlock()
	a.reloading.closed = true
	if e := a.current.Load(); e != nil {
		e.leave()
	}
	a.closeSinks()
	if a.workers != nil {
		a.workers.Close()
	}
	if a.echo != nil {
		a.echo.stop()
	}
}
