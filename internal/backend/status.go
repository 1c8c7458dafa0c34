package backend

import (
	"time"

	"google.golang.org/grpc/connectivity"
)

// Status is what is known of one processor or middleware, for people and for readiness.
type Status struct {
	Ref       string     `json:"ref"`
	Role      Role       `json:"role"`
	Addr      []string   `json:"addr"`               // as configured
	Policy    string     `json:"policy"`             // callId, roundRobin or leastRequest
	State     string     `json:"state"`              // ready; degraded: some instances aren't healthy; down: none can be called
	TLSError  string     `json:"tlsError,omitempty"` // why the TLS files that are there now aren't used; those before are
	Healthy   int        `json:"healthy"`
	InFlight  int64      `json:"inFlight"`
	Held      int64      `json:"held"` // calls of those in flight that wait because no instance can be called
	Calls     uint64     `json:"calls"`
	Retries   uint64     `json:"retries"` // calls tried again on another instance
	Failures  []Failures `json:"failures"`
	Latency   Latency    `json:"latency"`
	Instances []Instance `json:"instances"`
}

// Failures counts the calls that ended with one code.
type Failures struct {
	Code  string `json:"code"` // a gRPC code's name
	Calls uint64 `json:"calls"`
}

// Latency is how long calls take, in nanoseconds, over the recent ones; all zero where there were none.
type Latency struct {
	P50 int64 `json:"p50Ns"`
	P90 int64 `json:"p90Ns"`
	P99 int64 `json:"p99Ns"`
	Max int64 `json:"maxNs"`
}

// Instance is one address of a fleet.
type Instance struct {
	Addr         string     `json:"addr"`
	Weight       int        `json:"weight"`
	State        string     `json:"state"` // idle, connecting, ready, failing, unhealthy or ejected
	Reason       string     `json:"reason,omitempty"`
	InFlight     int64      `json:"inFlight"`
	Calls        uint64     `json:"calls"`
	Failures     uint64     `json:"failures"`
	EjectedUntil *time.Time `json:"ejectedUntil,omitempty"`
}

// Status returns what is known of the backend.
func (b *Backend) Status() Status {
	s := Status{
		Ref: b.opts.Ref, Role: b.opts.Role, Addr: b.fleet.place.targets(), Policy: string(b.opts.Policy),
		InFlight: b.totals.inFlight.Load(), Held: b.totals.held.Load(),
		Calls: b.totals.calls.Load(), Retries: b.totals.retries.Load(),
		Failures: b.totals.failures(), Latency: b.totals.recent.Load().percentiles(time.Now()),
		Instances: []Instance{}, TLSError: unusable(b.fleet.creds),
	}
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	for _, i := range b.fleet.sorted() {
		shown := i.show()
		if shown.healthy() {
			s.Healthy++
		}
		s.Instances = append(s.Instances, shown)
	}
	s.State = fleetReady
	switch {
	case !b.fleet.callable(true):
		s.State = fleetDown
	case s.Healthy < len(s.Instances):
		s.State = fleetDegraded
	}
	return s
}

// The states of a fleet.
const (
	fleetReady    = "ready"
	fleetDegraded = "degraded"
	fleetDown     = "down"
)

// Healthy reports whether an instance can be called that doesn't say it can't serve, or may turn out to when it is
// tried. Ejected ones can be called where there are no others.
func (b *Backend) Healthy() bool {
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	return b.fleet.callable(false)
}

// Callable reports whether calls go anywhere: where no instance is healthy, to those that say they can't serve.
func (b *Backend) Callable() bool {
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	return b.fleet.callable(true)
}

// callable reports whether an instance can be called; one that says it can't serve, if unwilling. The caller holds
// f.mu.
func (f *fleet) callable(unwilling bool) bool {
	if f.unresolved {
		return false
	}
	for _, i := range f.instances {
		if i.state != connectivity.TransientFailure && (unwilling || !i.health.down) {
			return true
		}
	}
	return len(f.instances) == 0
}

// The states of an Instance.
const (
	stateIdle       = "idle"
	stateConnecting = "connecting"
	stateReady      = "ready"
	stateFailing    = "failing"
	stateUnhealthy  = "unhealthy"
	stateEjected    = "ejected"
)

func (i Instance) healthy() bool {
	return i.State == stateIdle || i.State == stateConnecting || i.State == stateReady
}

// show returns the instance for people. The caller holds fleet.mu.
func (i *instance) show() Instance {
	shown := Instance{
		Addr: i.addr, Weight: i.weight, State: i.word(),
		InFlight: i.inFlight.Load(), Calls: i.calls.Load(), Failures: i.failures.Load(),
	}
	if !shown.healthy() {
		shown.Reason = i.reason
	}
	if i.ejection.out {
		until := i.ejection.until
		shown.EjectedUntil = &until
	}
	return shown
}

func (i *instance) word() string {
	switch {
	case i.state == connectivity.TransientFailure:
		return stateFailing
	case i.health.down:
		return stateUnhealthy
	case i.ejection.out:
		return stateEjected
	case i.state == connectivity.Ready && !i.health.pending:
		return stateReady
	case i.state == connectivity.Idle:
		return stateIdle
	}
	return stateConnecting
}
