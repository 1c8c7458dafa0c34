package telemetry

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Backend is what is counted of one processor or middleware that had calls.
type Backend struct {
	Ref, Role string
	InFlight  int64
	Calls     uint64
	Retries   uint64
	Failures  map[string]uint64 // by code
}

// Fleet is the instances that processors and middlewares of the same places share.
type Fleet struct {
	Name      string         // its addresses
	Instances map[string]int // by state
}

// Rest is the value of a label for all those that have none of their own, because there are too many.
const Rest = "other"

var (
	backendLabels = []string{"ref", "role"}

	backendInFlight = backendDesc("backend_calls_in_flight", "Calls in flight.", backendLabels...)
	backendCalls    = backendDesc("backend_calls_total", "Calls that ended.", backendLabels...)
	backendRetries  = backendDesc("backend_retries_total", "Calls tried again on another instance.", backendLabels...)
	backendFailures = backendDesc("backend_failures_total", "Calls that failed, by code.", "ref", "role", "code")
	fleetInstances  = backendDesc("fleet_instances", "Instances by state.", "fleet", "state")
)

func backendDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("routr_dispatcher_"+name, help, labels, nil)
}

// backends tells Prometheus of processors, middlewares and their fleets. The first refs that have calls get series of
// their own, as many as refs says. What all others count goes into series of Rest, which never go back, whoever comes
// and goes.
type backends struct {
	refs   func() int
	read   func() []Backend
	fleets func() []Fleet

	mu    sync.Mutex
	named map[refKey]bool    // have series of their own
	seen  map[refKey]Backend // the others, as they were read last
	rest  map[string]Backend // what the others counted so far, by role
}

type refKey struct{ ref, role string }

func newBackends(from Sources) *backends {
	return &backends{
		refs: from.Refs, read: from.Backends, fleets: from.Fleets,
		named: map[refKey]bool{}, seen: map[refKey]Backend{}, rest: map[string]Backend{},
	}
}

// Describe implements prometheus.Collector.
func (b *backends) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		backendInFlight, backendCalls, backendRetries, backendFailures, fleetInstances,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (b *backends) Collect(to chan<- prometheus.Metric) {
	defer panics.Caught("collect the metrics of backends") // in a goroutine of Prometheus'
	b.mu.Lock()
	defer b.mu.Unlock()
	most := b.refs()
	for _, shown := range b.sort(b.read(), most) {
		shown.collect(to)
	}
	for _, f := range bounded(b.fleets(), most) {
		for state, n := range f.Instances {
			to <- prometheus.MustNewConstMetric(fleetInstances, prometheus.GaugeValue, float64(n), f.Name, state)
		}
	}
}

func (s Backend) collect(to chan<- prometheus.Metric) {
	counter := func(of *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(of, prometheus.CounterValue, float64(n), labels...)
	}
	to <- prometheus.MustNewConstMetric(backendInFlight, prometheus.GaugeValue, float64(s.InFlight), s.Ref, s.Role)
	counter(backendCalls, s.Calls, s.Ref, s.Role)
	counter(backendRetries, s.Retries, s.Ref, s.Role)
	failures := map[string]uint64{}
	for code, calls := range s.Failures {
		failures[codeLabel(code)] += calls
	}
	for code, calls := range failures {
		counter(backendFailures, calls, s.Ref, s.Role, code)
	}
}

// sort returns what gets series: refs of their own, and the rest of each role. The caller holds b.mu.
func (b *backends) sort(all []Backend, most int) (shown []Backend) {
	there := make(map[refKey]bool, len(all))
	for _, s := range all {
		there[refKey{s.Ref, s.Role}] = true
	}
	gone := func(k refKey) bool { return !there[k] }
	maps.DeleteFunc(b.named, func(k refKey, _ bool) bool { return gone(k) })
	maps.DeleteFunc(b.seen, func(k refKey, _ Backend) bool { return gone(k) })
	for role, r := range b.rest {
		r.InFlight = 0
		b.rest[role] = r
	}
	for _, s := range all {
		k := refKey{s.Ref, s.Role}
		before, counted := b.seen[k]
		if b.named[k] || !counted && len(b.named) < most && s.Ref != Rest {
			b.named[k] = true
			s.Ref = refLabel(s.Ref)
			shown = append(shown, s)
			continue
		}
		b.rest[s.Role] = b.rest[s.Role].plus(s, before)
		b.seen[k] = s
	}
	for role, r := range b.rest {
		r.Ref, r.Role = Rest, role
		shown = append(shown, r)
	}
	return shown
}

// plus returns s with what more counted since before.
func (s Backend) plus(more, before Backend) Backend {
	s.InFlight += more.InFlight
	s.Calls += since(more.Calls, before.Calls)
	s.Retries += since(more.Retries, before.Retries)
	sum := maps.Clone(s.Failures)
	if sum == nil {
		sum = map[string]uint64{}
	}
	for code, n := range more.Failures {
		sum[code] += since(n, before.Failures[code])
	}
	s.Failures = sum
	return s
}

// since is how much a counter grew. One that is below what it was began anew.
func since(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// bounded returns fleets by name, so many of them, and the rest as one.
func bounded(all []Fleet, most int) (shown []Fleet) {
	at := map[string]int{}
	for _, f := range all {
		name := refLabel(f.Name)
		if _, known := at[name]; !known && len(at) >= most {
			name = Rest
		}
		i, known := at[name]
		if !known {
			i, at[name] = len(shown), len(shown)
			shown = append(shown, Fleet{Name: name, Instances: map[string]int{}})
		}
		for state, n := range f.Instances {
			shown[i].Instances[state] += n
		}
	}
	return slices.Clip(shown)
}
