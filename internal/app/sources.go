package app

import (
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// sources are what the metrics are read from.
func (a *App) sources() telemetry.Sources {
	return telemetry.Sources{
		InFlight:    func() float64 { return float64(a.limiter.InFlight()) },
		Refused:     func() float64 { return float64(a.limiter.Refused()) },
		Limits:      a.limits,
		LogDropped:  a.logDropped,
		Unaccepted:  a.acceptFailures,
		Epoch:       func() float64 { return float64(a.current.Load().number()) },
		Hash:        func() string { return a.current.Load().config.Hash },
		LoadedAt:    func() time.Time { return a.current.Load().loadedAt },
		Backends:    a.backendMetrics,
		Fleets:      a.fleetMetrics,
		Refs:        func() int { return int(a.current.Load().config.Spec.Metrics.Refs) },
		LostRecords: a.lostRecords,
		Panics:      func() float64 { return float64(panics.Count()) },
		Differences: func() float64 { return float64(a.differences.Load()) },
	}
}

// backends shows use every middleware and processor of the running configuration, which stay open meanwhile.
func (a *App) backends(use func([]*backend.Backend)) {
	if e := a.enter(); e != nil {
		defer e.leave()
		use(e.backends)
	}
}

func (a *App) backendMetrics() []telemetry.Backend {
	var all []telemetry.Backend
	a.backends(func(list []*backend.Backend) {
		for _, of := range list {
			if !of.Called() {
				continue
			}
			s := of.Summary()
			b := telemetry.Backend{
				Ref: s.Ref, Role: string(s.Role), InFlight: s.InFlight, Calls: s.Calls, Retries: s.Retries,
				Failures: map[string]uint64{},
			}
			for _, f := range s.Failures {
				b.Failures[f.Code] = f.Calls
			}
			all = append(all, b)
		}
	})
	return all
}

// fleetMetrics tells of the fleets, in the order in which the file names them first.
func (a *App) fleetMetrics() []telemetry.Fleet {
	var all []telemetry.Fleet
	a.backends(func(list []*backend.Backend) {
		for _, b := range backend.OnePerFleet(list) {
			all = append(all, telemetry.Fleet{Name: b.Addr(), Instances: b.States()})
		}
	})
	return all
}

// limits is what is taken of the limits on requests, by the names that docs/operations.md has for them.
func (a *App) limits() map[string]telemetry.Limit {
	of := func(b *server.Budget) telemetry.Limit {
		return telemetry.Limit{Used: b.Used(), Max: b.Max(), Refused: b.Refused()}
	}
	open, most, refused := a.guard.Streams()
	all := map[string]telemetry.Limit{
		"memory": of(a.budget), "watches": of(a.streams),
		"decisionStreams": {Used: int64(open), Max: int64(most), Refused: refused},
	}
	for i, s := range a.servers() {
		c := s.Connections()
		all[[]string{"connections", "adminConnections"}[i]] = telemetry.Limit{
			Used: c.Open, Max: c.Max, Refused: c.Refused,
		}
	}
	return all
}

// acceptFailures counts the times that the system had no connection to give.
func (a *App) acceptFailures() (n float64) {
	for _, s := range a.servers() {
		n += float64(s.Connections().Failed)
	}
	return n
}

func (a *App) logDropped() float64 {
	if a.opts.LogDropped == nil {
		return 0
	}
	return float64(a.opts.LogDropped())
}
