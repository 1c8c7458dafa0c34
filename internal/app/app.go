// Package app puts the dispatcher together: it builds a pipeline from a configuration, swaps it for the one before,
// and drains it when it is told to stop. Messages don't pass through it: they go from package rpc to dispatch. The
// command is its only caller.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/impact"
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
	LogDropped func() uint64      // lines of the log, so far; nil: none
	Tracing    *telemetry.Tracing // is told of messages and calls; nil: nobody is. Whoever made it closes it.
	AccessLog  float64            // the share of the calls whose messages get a line in Log each, from 0 to 1
	Tidy       bool               // sees to Go's garbage collector (GOGC)
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
	loops     *frames.Loops // that read the relay's connections; nil: goroutines do
	current   atomic.Pointer[epoch]
	closing   closing
	reloading reloading
	history   history
	token     atomic.Pointer[string] // of spec.admin.tokenFile
	limiter   *dispatch.Limiter
	service   *dispatch.Service
	budget    *server.Budget // of bytes in work
	streams   *server.Budget // of what stays open beside messages
	guard     admin.Guard
	fleet     *bus.Fleet // nil without spec.fleet
	replica   string     // its name in the fleet
	draining  atomic.Bool

	workers     *worker.Pool
	stopping    chan struct{} // closed when it begins to drain
	server      *server.Server
	side        *server.Server // of spec.admin.bindAddr; nil where the one port is for everything
	health      *rpc.Health
	serving     atomic.Bool
	decisions   *decision.Log
	overlaps    impact.Overlaps // of the rules that run
	sinks       []*decision.Attachment
	metrics     *telemetry.Metrics
	differences atomic.Uint64 // of shadows
	tidy        *tidy
}

// relays makes what the relay works with, where it is on: loops, and backends that have lanes.
func (a *App) relays(relay string) {
	if relay != config.RelayAuto {
		a.pool = backend.NewPool()
		return
	}
	a.loops = frames.NewLoops()
	a.pool = backend.WithLanes(a.loops)
}

// New builds everything and opens the port. It returns a *config.Error where the configuration is at fault, and
// leaves nothing behind when it fails.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	limits := opts.Config.Spec.Limits
	a := &App{
		tidy: newTidy(opts.Tidy),
		opts: opts, startedAt: time.Now(), health: &rpc.Health{},
		stopping: make(chan struct{}), limiter: dispatch.NewLimiter(int(limits.InFlight), limits.Adaptive),
		budget: newBudget(opts.Config), streams: server.NewStreamBudget(limits.Watches),
	}
	a.relays(opts.Config.Spec.Relay)
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
	if err := a.outlasting(); err != nil {
		return nil, err
	}
	if err := a.first(ctx); err != nil {
		return nil, err
	}
	a.opts.Config = a.opts.Config.Fixed() // a reload replaces the rest
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// outlasting builds what no reload replaces.
func (a *App) outlasting() (err error) {
	if a.workers, err = worker.NewPool(worker.Options{Missing: func(what string) {
		a.opts.Log.Warn("rule workers are confined less than they might be", "missing", what)
	}}); err != nil {
		return err
	}
	if a.decisions, err = newDecisions(a.opts.Config); err != nil {
		return err
	}
	return a.attachSinks()
}

// first begins the first epoch, and joins the fleet.
func (a *App) first(ctx context.Context) error {
	cfg, in := a.opts.Config, &file.Noted{}
	in.Note(cfg.Name, config.MaxBytes, cfg.Source)
	n, err := readReferences(ctx, cfg, in)
	if err != nil {
		return err
	}
	table, err := compile(cfg)
	if err != nil {
		return err
	}
	p, err := a.build(cfg, table, n)
	if err != nil {
		return err
	}
	a.token.Store(&n.token)
	if err := a.join(); err != nil {
		return errors.Join(err, p.Close())
	}
	a.reloading.note(in, nil)
	a.metrics = telemetry.NewMetrics(a.sources())
	a.service = dispatch.NewService(dispatch.ServiceParams{
		Limiter: a.limiter, Decisions: a.decisions, Metrics: a.metrics, Log: a.opts.Log, Tracing: a.opts.Tracing,
		AccessLog: a.opts.AccessLog,
	})
	e := a.begin(cfg, p)
	a.history.tried(attempt(TriggerStart, nil, e, cfg.Hash, nil))
	a.warn(e.warnings)
	if limit, least := MemoryLimit(cfg), leastMemory(cfg); limit < least {
		a.opts.Log.Warn("the limit on memory is too small to hold: messages and decisions may be as large as the "+
			"configuration says",
			"path", "spec.limits.memory", "bytes", limit, "least", least)
	}
	return nil
}

// close releases what New built.
func (a *App) close() {
	if a.fleet != nil {
		a.fleet.Close()
	}
	a.reloading.turn.Lock()
	defer a.reloading.turn.Unlock()
	a.reloading.closed = true
	if a.service != nil {
		a.service.Close()
		a.closing.end()
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
	a.loops.Close() // nothing is left that they read
}
