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
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// readyInterval is how often the log is told what changed in readiness.
const readyInterval = time.Second

// namedRefs is how many refs that can't be called are named one by one.
const namedRefs = 20

// ready reports whether the dispatcher can do its work, and what there is to know besides: the processors without a
// healthy instance, connections that aren't taken, and a configuration that couldn't be reloaded. It can while it
// serves and one processor is healthy. That is /readyz, for who spreads load over dispatchers; grpc.health.v1 tells
// EdgePorts whether it serves at all, as an error from it helps them more than none.
func (a *App) ready() (ok bool, state string, reasons []admin.Reason) {
	ok, state, reasons = a.readiness()
	for _, text := range a.trouble() {
		reasons = append(reasons, admin.Reason{Kind: admin.ReasonConnection, Text: text})
	}
	if at, err := a.reloading.lastFailure(); err != nil {
		why, _, _ := strings.Cut(err.Error(), "\n")
		if invalid := (*config.Error)(nil); errors.As(err, &invalid) {
			why = invalid.Why()
		}
		reasons = append(reasons, admin.Reason{Kind: admin.ReasonReload, Text: fmt.Sprintf(
			"the configuration was not reloaded at %s, epoch %d goes on: %s",
			at.UTC().Format(time.RFC3339), a.current.Load().number(), a.decisions.Mask().Text(why, nil))})
	}
	all := []string{state}
	for _, r := range reasons {
		all = append(all, r.Text)
	}
	return ok, strings.Join(slices.Compact(slices.DeleteFunc(all, func(s string) bool { return s == "" })),
		"; "), reasons
}

// readyToStrangers is ready for those to whom the side door isn't open: it names nothing and quotes nothing.
func (a *App) readyToStrangers() (ok bool, state string) {
	ok, state, _ = a.readiness()
	if _, err := a.reloading.lastFailure(); err != nil {
		state = strings.TrimPrefix(state+"; not reloaded", "; ")
	}
	return ok, state
}

// trouble says for what reason somebody couldn't connect just now.
func (a *App) trouble() (all []string) {
	for _, s := range a.servers() {
		all = append(all, s.Connections().Trouble...)
	}
	return all
}

// readiness says in a word what is wrong, and for which reasons.
func (a *App) readiness() (ok bool, state string, reasons []admin.Reason) {
	e := a.enter()
	if e == nil {
		return false, "stopped", []admin.Reason{{Kind: admin.ReasonStopped, Text: "stopped"}}
	}
	defer e.leave()
	if !a.serving.Load() {
		state := "starting"
		if a.draining.Load() {
			state = "stopping"
		}
		return false, state, []admin.Reason{{Kind: admin.ReasonStopped, Text: state}}
	}
	var processors, middlewares []string
	for _, p := range e.Processors {
		ok = ok || p.Callable()
		if !p.Healthy() {
			processors = append(processors, p.Ref())
		}
	}
	for _, m := range slices.Concat(e.Pre, e.Post) {
		if !m.Healthy() {
			middlewares = append(middlewares, m.Ref())
		}
	}
	down := append(without(admin.ReasonProcessor, processors), without(admin.ReasonMiddleware, middlewares)...)
	switch {
	case !ok:
		const state = "no processor can be called"
		return false, state, append([]admin.Reason{{Kind: admin.ReasonNobody, Text: state}}, down...)
	case len(down) > 0:
		return true, "degraded", down
	}
	return true, "", nil
}

// without are the reasons that refs have no healthy instance.
func without(kind string, refs []string) (all []admin.Reason) {
	for _, ref := range refs[:min(len(refs), namedRefs)] {
		text := kind + " ref = " + ref + " has no healthy instance"
		all = append(all, admin.Reason{Kind: kind, Ref: &ref, Text: text})
	}
	if more := len(refs) - len(all); more > 0 {
		text := fmt.Sprintf("%d more of the kind %s have none", more, kind)
		all = append(all, admin.Reason{Kind: admin.ReasonMore, Text: text})
	}
	return all
}

// readyz says why to whom the side door is open.
func (a *App) readyz(guard admin.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, text := http.StatusOK, "ready"
		ok, detail := a.readyToStrangers()
		if guard.Allows(r) {
			ok, detail, _ = a.ready()
		}
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
			if ok, detail, _ := a.ready(); detail != last {
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
