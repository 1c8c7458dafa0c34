// Package app puts the dispatcher together: it builds a pipeline from a configuration, swaps it for the one before,
// and drains it when it is told to stop. Messages don't pass through it: they go from package rpc to dispatch. The
// command is its only caller.
package app

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"slices"
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
	Listeners    Listeners
	Demo         bool          // an in-process echo stands in for every processor
	LameDuck     time.Duration // how long messages are still taken once it is told to stop and says that it isn't ready
	DrainTimeout time.Duration // how long messages in flight may take once it takes no more
	// what the admin API asks everybody for; what spec.admin.tokenFile holds where it is empty
	AdminToken string
	Version    string
	Log        *slog.Logger
	LogDropped func() uint64 // lines of the log, so far; nil: none
}

// Listeners are sockets that are open already, such as those that systemd opens; App closes them. Where one is nil, its
// address is opened.
type Listeners struct {
	Wire net.Listener // in place of spec.bindAddr
	Side net.Listener // in place of spec.admin.bindAddr
}

// App is a dispatcher that listens. Run it once.
type App struct {
	opts      Options
	startedAt time.Time
	echo      *echo

	pool      *backend.Pool
	current   atomic.Pointer[epoch]
	reloading reloading
	history   history
	token     atomic.Pointer[string] // of spec.admin.tokenFile
	limiter   *dispatch.Limiter
	service   *dispatch.Service
	budget    *server.Budget // of bytes in work
	streams   *server.Budget // of what stays open beside messages
	guard     admin.Guard

	workers     *worker.Pool
	stopping    chan struct{} // closed when it begins to drain
	server      *server.Server
	side        *server.Server // of spec.admin.bindAddr; nil where the one port is for everything
	health      *rpc.Health
	serving     atomic.Bool
	decisions   *decision.Log
	sinks       []*decision.Attachment
	metrics     *telemetry.Metrics
	differences atomic.Uint64 // of shadows
}

// New builds everything and opens the port. It returns a *config.Error where the configuration is at fault, and
// leaves nothing behind when it fails.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	limits := opts.Config.Spec.Limits
	a := &App{
		opts: opts, startedAt: time.Now(), pool: backend.NewPool(), health: &rpc.Health{},
		stopping: make(chan struct{}), limiter: dispatch.NewLimiter(int(limits.InFlight), limits.Adaptive),
		budget: newBudget(opts.Config), streams: server.NewStreamBudget(limits.Watches),
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
	if err := CheckFiles(opts.Config); err != nil {
		return nil, err
	}
	if a.workers, err = worker.NewPool(worker.Options{Missing: func(what string) {
		opts.Log.Warn("rule workers are confined less than they might be", "missing", what)
	}}); err != nil {
		return nil, err
	}
	if a.decisions, err = newDecisions(opts.Config); err != nil {
		return nil, err
	}
	if err := a.attachSinks(); err != nil {
		return nil, err
	}
	in := &inputs{}
	in.note(opts.Config.Name, config.MaxBytes, opts.Config.Source)
	n, err := readReferences(ctx, a.opts.Config, in)
	if err != nil {
		return nil, err
	}
	table, err := compile(a.opts.Config)
	if err != nil {
		return nil, err
	}
	p, err := a.build(a.opts.Config, table, n)
	if err != nil {
		return nil, err
	}
	a.token.Store(&n.token)
	a.reloading.note(in, nil)
	a.metrics = telemetry.NewMetrics(a.sources())
	a.service = dispatch.NewService(dispatch.ServiceParams{
		Limiter: a.limiter, Decisions: a.decisions, Metrics: a.metrics, Log: opts.Log,
	})
	first := a.begin(a.opts.Config, p)
	a.history.tried(attempt(TriggerStart, nil, first, a.opts.Config.Hash, nil))
	for _, w := range first.warnings {
		opts.Log.Warn(w.Message, "path", w.Path, "line", w.Line, "column", w.Column)
	}
	if limit, least := MemoryLimit(a.opts.Config), leastMemory(a.opts.Config); limit < least {
		opts.Log.Warn("the limit on memory is too small to hold: messages and decisions may be as large as the "+
			"configuration says",
			"path", "spec.limits.memory", "bytes", limit, "least", least)
	}
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// listen opens the port, and the side door's where it has one of its own.
func (a *App) listen(ctx context.Context) (err error) {
	spec, open := a.opts.Config.Spec, a.opts.Listeners
	wire := http.NewServeMux()
	side := wire
	if spec.Admin.BindAddr != "" {
		side = http.NewServeMux()
		a.side, err = server.Listen(ctx, a.serverOptions(spec.Admin.BindAddr, open.Side, side))
		if err != nil {
			return err
		}
	}
	a.mount(wire, side)
	a.server, err = server.Listen(ctx, a.serverOptions(spec.BindAddr, open.Wire, wire))
	if err != nil && a.side != nil {
		return errors.Join(err, a.side.Shutdown(ctx))
	}
	return err
}

func (a *App) serverOptions(addr string, open net.Listener, handler http.Handler) server.Options {
	spec := a.opts.Config.Spec
	opts := server.Options{
		Addr: addr, Listener: open, Handler: handler, Log: a.opts.Log,
		ErrorLog: log.New(newPeerLog(a.opts.Log), "", 0),
		Limits: server.Limits{
			StreamsPerConnection: int(spec.Limits.Streams), HeaderBytes: int(spec.Limits.HeaderBytes),
			ReadHeaderTimeout: spec.Limits.ReadHeaderTimeout, ReadTimeout: spec.Limits.ReadTimeout,
			WriteTimeout: spec.Limits.WriteTimeout, IdleTimeout: spec.Limits.IdleTimeout, Connections: int(spec.Limits.Connections), MaxConnectionAge: spec.MaxConnectionAge,
		},
	}
	if spec.TLS != nil {
		opts.TLS = serverTLS(a.opts.Config)
	}
	return opts
}

// Addr returns the address that the dispatcher listens on.
func (a *App) Addr() net.Addr { return a.server.Addr() }

// SideAddr returns the address of the side door; that of Addr where it has none of its own.
func (a *App) SideAddr() net.Addr {
	if a.side == nil {
		return a.Addr()
	}
	return a.side.Addr()
}

// mount mounts the wire's door and the side door, which may be one.
func (a *App) mount(wire, side *http.ServeMux) {
	wire.Handle(rpc.NewProcessor(a.service.Process, int(a.opts.Config.Spec.MaxMessageBytes), a.budget))
	limits := rpc.Limits{Work: a.budget, Streams: a.streams, Idle: a.opts.Config.Spec.Limits.IdleTimeout,
		Done: a.stopping}
	a.health.Handle(wire, limits)
	rpc.HandleReflection(wire, limits)
	guard := admin.Handle(side, a.adminOptions())
	a.guard = guard
	side.Handle("/debug/pprof/", guard.Protect(server.EndWith(a.stopping, profiles())))
	side.Handle("GET /metrics", a.budget.Bound(guard.Details(a.metrics.All(), a.metrics.Open()), metricsBytes))
	for _, mux := range slices.Compact([]*http.ServeMux{wire, side}) { // whoever probes finds these on both
		mux.HandleFunc("GET /healthz", healthz)
		mux.Handle("GET /readyz", a.readyz(guard))
	}
}

// Run serves until ctx ends. Then it reports not ready, and goes on for as long as LameDuck says; takes no more calls,
// ends the streams and waits for the messages in flight. It returns nil when every message was answered.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	ctx, end := context.WithCancel(ctx)
	helpers := a.startHelpers(ctx)
	defer func() { // also where the server fails
		end()
		helpers.Wait()
	}()
	a.serving.Store(true)
	a.health.SetServing(true)
	servers := a.servers()
	served := make(chan error, len(servers))
	for _, s := range servers {
		go func() { served <- serve(s) }()
	}
	running := len(servers)
	var err error
	select {
	case err = <-served: // nobody told it to end
		running--
	case <-ctx.Done():
		a.serving.Store(false)
		if err = a.limp(served); err != nil {
			running--
		}
	}
	a.serving.Store(false)
	close(a.stopping)
	a.health.Close()
	a.opts.Log.Info("stopping", "drainTimeout", a.opts.DrainTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.opts.DrainTimeout)
	defer cancel()
	err = errors.Join(err, shutdown(drain, servers))
	for range running {
		err = errors.Join(err, <-served)
	}
	return err
}

// limp goes on for LameDuck, while whoever spreads load finds out that it shouldn't come here any more. It returns
// early, with the error, where a server ends.
func (a *App) limp(served <-chan error) error {
	if a.opts.LameDuck == 0 {
		return nil
	}
	a.opts.Log.Info("about to stop, messages are still taken", "lameDuck", a.opts.LameDuck.String())
	over := time.NewTimer(a.opts.LameDuck)
	defer over.Stop()
	select {
	case err := <-served:
		return err
	case <-over.C:
		return nil
	}
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

// servers are what listens.
func (a *App) servers() []*server.Server {
	if a.side == nil {
		return []*server.Server{a.server}
	}
	return []*server.Server{a.server, a.side}
}

// shutdown ends servers at the same time.
func shutdown(ctx context.Context, servers []*server.Server) error {
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, s := range servers {
		all.Go(func() { errs[i] = s.Shutdown(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
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
	if a.service != nil {
		a.service.Close()
	}
	if a.decisions != nil {
		a.decisions.Close()
	}
	a.closeSinks()
	if a.workers != nil {
		a.workers.Close()
	}
	if a.echo != nil {
		a.echo.stop()
	}
}
