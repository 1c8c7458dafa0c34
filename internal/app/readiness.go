package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// readyInterval is how often the log is told what changed in readiness.
const readyInterval = time.Second

// ready reports whether the dispatcher can do its work, and what there is to know besides: the processors without a
// healthy instance, connections that aren't taken, and a configuration that couldn't be reloaded. It can while it serves and one processor is healthy.
// That is /readyz, for who spreads load over dispatchers; grpc.health.v1 tells EdgePorts whether it serves at all, as an
// error from it helps them more than none.
func (a *App) ready() (ok bool, detail string) {
	ok, notes := a.readiness()
	notes = append(notes, a.trouble()...)
	if at, err := a.reloading.lastFailure(); err != nil {
		why, _, _ := strings.Cut(err.Error(), "\n")
		if invalid := (*config.Error)(nil); errors.As(err, &invalid) {
			why = invalid.Why()
		}
		notes = append(notes, fmt.Sprintf("the configuration was not reloaded at %s, epoch %d goes on: %s",
			at.UTC().Format(time.RFC3339), a.current.Load().number(), a.decisions.Mask().Text(why, nil)))
	}
	return ok, strings.Join(notes, "; ")
}

// readyToStrangers is ready for those to whom the side door isn't open: it names nothing and quotes nothing.
func (a *App) readyToStrangers() (ok bool, detail string) {
	ok, notes := a.readiness()
	if len(notes) > 1 {
		notes = notes[:1]
	}
	if _, err := a.reloading.lastFailure(); err != nil {
		notes = append(notes, "not reloaded")
	}
	return ok, strings.Join(notes, "; ")
}

// trouble says for what reason somebody couldn't connect just now.
func (a *App) trouble() (all []string) {
	for _, s := range a.servers() {
		all = append(all, s.Connections().Trouble...)
	}
	return all
}

// readiness says in its first note what is wrong, and in those that follow with whom.
func (a *App) readiness() (ok bool, notes []string) {
	e := a.enter()
	if e == nil {
		return false, []string{"stopped"}
	}
	defer e.leave()
	if !a.serving.Load() {
		return false, []string{"starting or stopping"}
	}
	var down []string
	for _, p := range e.Processors {
		ok = ok || p.Callable()
		if !p.Healthy() {
			down = append(down, "processor ref = "+p.Ref())
		}
	}
	for _, ref := range slices.Concat(down, unhealthy(e.Pre), unhealthy(e.Post)) {
		notes = append(notes, ref+" has no healthy instance")
	}
	switch {
	case !ok:
		return false, slices.Insert(notes, 0, "no processor can be called")
	case len(notes) > 0:
		return true, slices.Insert(notes, 0, "degraded")
	}
	return true, nil
}

func unhealthy(middlewares []dispatch.Middleware) (refs []string) {
	for _, m := range middlewares {
		if !m.Healthy() {
			refs = append(refs, "middleware ref = "+m.Ref())
		}
	}
	return refs
}

// readyz says why to whom the side door is open.
func (a *App) readyz(guard admin.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ready := a.readyToStrangers
		if guard.Allows(r) {
			ready = a.ready
		}
		code, text := http.StatusOK, "ready"
		ok, detail := ready()
		if !ok {
			code, text = http.StatusServiceUnavailable, "not ready"
		}
		if detail != "" {
			text += ": " + detail
		}
		respond(w, code, text)
	}
}

func healthz(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, "alive") }

func respond(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	fmt.Fprintln(w, visible.Line(text)) // the peer left
}

// logReadiness logs what changes, and what was refused, until ctx ends.
func (a *App) logReadiness(ctx context.Context) {
	tick := time.NewTicker(readyInterval)
	defer tick.Stop()
	last, refused := "", map[string]uint64{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		panics.Do("look at readiness", func() {
			a.logRefusals(refused)
			a.service.TellLeftOut(ctx)
			if ok, detail := a.ready(); detail != last {
				last = detail
				a.opts.Log.Warn("readiness changed", "ready", ok, "detail", detail)
			}
		})
	}
}

// logRefusals logs how many requests were refused at a limit since it was called before, which before remembers.
func (a *App) logRefusals(before map[string]uint64) {
	for name, l := range a.limits() {
		if n := l.Refused - before[name]; n > 0 {
			a.opts.Log.Warn("requests were refused", "limit", name, "requests", n)
		}
		before[name] = l.Refused
	}
}
