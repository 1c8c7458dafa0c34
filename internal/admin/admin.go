// Package admin is the side door: the API under /api/v1 and the console, by which people see what the dispatcher does
// and try what it would do. It looks at traffic and never gets into its way. docs/admin-api.md describes it for its
// users, openapi.json for programs.
//
// Package app mounts it beside the wire's door. Every handler is safe for concurrent use, and ends when its caller
// leaves or the dispatcher stops.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// Options are what the side door looks at. Everything but Past, Shadow, Fleet, Enabled, Token and Done must be set; the
// functions must be safe for concurrent use.
type Options struct {
	Version   string
	StartedAt time.Time       // of the process
	Snapshot  func() Snapshot // what runs now
	// Reload reads the configuration again, unless want, if it isn't nil, refuses the file's hash. It returns the epoch
	// that runs then, and whether it is another one. The error is a *Mismatch where want refused, and a *config.Error
	// where the file is at fault; whatever the error, nothing changed.
	Reload    func(ctx context.Context, want func(hash string) bool) (epoch uint64, changed bool, err error)
	Attempts  func() []Attempt // the last ones, newest first
	Kept      func() []uint64  // the epochs before whose configuration is kept, oldest first
	Past      func(epoch uint64) (Source, bool)
	Decisions *decision.Log
	Overlaps  func(epoch uint64, began time.Time) impact.OverlapReport // of the rules that run
	Backends  func(use func([]*backend.Backend))                       // in the order of the file, open while use runs
	// rules that come through this door run here only
	Workers *worker.Pool
	Shadow  func() *impact.ShadowReport // on spec.shadow; nil for none
	Fleet   *bus.Fleet                  // the other replicas; nil without spec.fleet
	Self    func() bus.State            // this replica
	Enabled func() bool                 // spec.admin.enabled; nil stands for always
	// what everybody must show; empty, or nil, opens the door to this machine alone
	Token func() string
	// Ready says whether messages are taken, and why not, or not all: for people, and for programs.
	Ready  func() (ok bool, state string, reasons []Reason)
	Budget *server.Budget // what requests in work may hold, those of the wire included
	Demo   bool
	Done   <-chan struct{} // closed when the dispatcher stops: streams end then
	Log    *slog.Logger
}

// Snapshot is what one configuration made.
type Snapshot struct {
	Config     *config.Config
	Epoch      uint64 // counts up at each reload
	LoadedAt   time.Time
	Warnings   []config.Problem
	Dispatcher *dispatch.Dispatcher
	Failed     *FailedReload // the last reload, where it failed
}

// FailedReload is a reload that changed nothing.
type FailedReload struct {
	Time  time.Time
	Error error
}

// Limits on what a peer's calls that change or try something may take of processors, in microseconds: in the long run
// half of what the workers can do, so that nobody has them alone, and for a while all of it.
const (
	workPerSecond = 1_000_000
	workAtOnce    = 20_000_000
	callWork      = 1000 // of a call, beside what it has done
)

// door is the side door.
type door struct {
	opts    Options
	access  *access
	work    *limiter      // what calls took of the workers' time, and of this process's
	streams chan struct{} // holds one for each stream
	// one for each stream of the fleet, and for each of other replicas' that is answered
	fleetStreams, polls chan struct{}
	bus                 http.Handler  // for other replicas
	refused             atomic.Uint64 // streams, so far
	packers             packers
	processors          chan struct{} // turns at work that takes one
}

// Guard protects other pages by the same rules of access.
type Guard struct{ door *door }

// Handle mounts /api, the console at / and its files.
func Handle(mux *http.ServeMux, o Options) Guard {
	d := newDoor(o)
	mux.Handle("/api/", d.routes())
	d.console(mux)
	return Guard{d}
}

// Streams returns how many streams of decisions are open, how many may be, and how many were refused so far.
func (g Guard) Streams() (open, most int, refused uint64) {
	return len(g.door.streams), cap(g.door.streams), g.door.refused.Load()
}

// Protect lets in whom the access rules allow.
func (g Guard) Protect(next http.Handler) http.Handler { return g.door.guard(next) }

// Allows reports whether Protect would let a request in.
func (g Guard) Allows(r *http.Request) bool { return g.door.access.check(r) == nil }

// Details serves all to whom the access rules allow, and open to others, who must not bring a token that is wrong: they
// would take open for all there is.
func (g Guard) Details(all, open http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := g.door.access.check(r)
		switch _, tries := bearer(r); {
		case p == nil:
			all.ServeHTTP(w, r)
		case tries && (p.Status == http.StatusUnauthorized || p.Status == http.StatusTooManyRequests):
			g.door.refuse(w, r, p)
		default:
			open.ServeHTTP(w, r)
		}
	})
}

func newDoor(o Options) *door {
	if o.Enabled == nil {
		o.Enabled = func() bool { return true }
	}
	if o.Token == nil {
		o.Token = func() string { return "" }
	}
	if o.Shadow == nil {
		o.Shadow = func() *impact.ShadowReport { return nil }
	}
	d := &door{
		opts: o, access: newAccess(o), work: newLimiter(workPerSecond, workAtOnce),
		streams: make(chan struct{}, maxStreams), packers: newPackers(), processors: newProcessors(),
		fleetStreams: make(chan struct{}, maxFleetStreams), polls: make(chan struct{}, maxPolls),
	}
	d.bus = d.answers()
	return d
}

// routes lists the API, in the order of docs/admin-api.md.
func (d *door) routes() chi.Router {
	r := chi.NewRouter()
	r.Use(middleware.GetHead)
	get := func(path string, h handler) { r.Get("/api/v1"+path, d.guarded(strict(h))) }
	post := func(path string, h handler) { r.Post("/api/v1"+path, d.guarded(strict(d.limited(h)))) }

	get("/session", d.session)
	get("/config", d.busy(d.config))
	get("/config/source", d.busy(d.source))
	post("/config/check", d.check)
	post("/config/impact", d.impact)
	r.Post("/api/v1/reload", d.guarded(strict(d.reload))) // reloads take turns: no work that one peer heaps up
	get("/epochs", d.busy(d.epochs))
	post("/rules/evaluate", d.evaluate)
	post("/route/explain", inTurn(d.explain))
	get("/rules", scoped(d.busy(d.rules), inTurn(d.rules)))
	get("/rules/overlaps", d.busy(d.overlaps))
	get("/decisions", scoped(d.busy(d.decisions), inTurn(d.fleetDecisions)))
	get("/decisions/stream", scoped(d.stream, d.fleetStream))
	get("/decisions/{id}", inTurn(d.decision)) // it may ask other replicas
	get("/decisions/{id}/test", d.forward(inTurn(d.decisionTest)))
	get("/calls", scoped(d.busy(d.phoneCalls), inTurn(d.fleetCalls)))
	get("/calls/{callId}", d.busy(d.phoneCall))
	get("/watches", scoped(d.watches, d.fleetWatches))
	post("/watches", d.watch)
	get("/watches/{id}", d.forward(d.busy(d.watched)))
	r.Delete("/api/v1/watches/{id}", d.guarded(strict(d.limited(d.forward(d.unwatch)))))
	get("/backends", d.busy(d.backends))
	get("/fleet", d.fleet)
	post("/fleet/watches", d.fleetWatch)
	get("/stats", d.busy(d.stats))
	get("/failures", d.busy(d.failures))
	get("/shadow", d.busy(d.shadow))
	get("/samples", d.samples)
	post("/messages/read", inTurn(d.readMessages))
	get("/openapi.json", d.openAPI)

	r.NotFound(d.guarded(func(http.ResponseWriter, *http.Request) error {
		return problem(http.StatusNotFound, "not-found",
			"There is nothing here; GET /api/v1/openapi.json lists the calls.")
	}))
	r.MethodNotAllowed(d.guarded(func(w http.ResponseWriter, req *http.Request) error {
		p := problem(http.StatusMethodNotAllowed, "method-not-allowed",
			"The Allow header lists the methods that this path takes.")
		p.header = http.Header{"Allow": allowed(r, req.URL.Path)}
		return p
	}))
	return r
}

// allowed lists the methods that a path takes.
func allowed(r chi.Router, path string) []string {
	var all []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		asked := method
		if method == http.MethodHead {
			asked = http.MethodGet
		}
		if r.Match(chi.NewRouteContext(), asked, path) {
			all = append(all, method)
		}
	}
	return []string{strings.Join(all, ", ")}
}

// limited bounds how much one peer may have done. What a call takes is known at its end, so the next ones wait for it.
func (d *door) limited(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !d.work.left(r.RemoteAddr) {
			return tooMany("what came from this address took more time to try than is one peer's due",
				d.work.retryAfter(r.RemoteAddr))
		}
		ctx, meter := worker.Metered(r.Context())
		defer func() { d.work.charge(r.RemoteAddr, callWork+int(meter.Worked().Microseconds())) }()
		return next(w, r.WithContext(ctx))
	}
}

// guard protects a page that isn't the door's own.
func (d *door) guard(next http.Handler) http.Handler {
	return d.guarded(func(w http.ResponseWriter, r *http.Request) error {
		next.ServeHTTP(w, r)
		return nil
	})
}
