package backend

import (
	"slices"
	"time"

	"google.golang.org/grpc/connectivity"
)

// Summary is what a list shows of one processor or middleware.
type Summary struct {
	Ref     string     `json:"ref"`
	Role    Role       `json:"role"`
	Fleet   string     `json:"fleet"` // the same for all refs that share connections; another one after a restart maybe
	State   string     `json:"state"` // ready; degraded: some instances aren't healthy; down: none can be called
	Reason  string     `json:"reason,omitempty"`
	Since   *time.Time `json:"since,omitempty"` // when it stopped being ready
	Healthy int        `json:"healthy"`         // instances
	Known   int        `json:"known"`           // instances in all

	InFlight    int64      `json:"inFlight"`
	Held        int64      `json:"held"` // calls of those in flight that wait because no instance can be called
	Calls       uint64     `json:"calls"`
	Retries     uint64     `json:"retries"` // calls tried again on another instance
	Failures    []Failures `json:"failures"`
	LastFailure *Failure   `json:"lastFailure,omitempty"`
	Latency     Latency    `json:"latency"`
}

// Status is all that is known of one processor or middleware.
type Status struct {
	Summary
	Addr     []string `json:"addr"`               // as configured
	Policy   string   `json:"policy"`             // callId, roundRobin or leastRequest
	TLSError string   `json:"tlsError,omitempty"` // why the TLS files that are there now aren't used; those before are
	// CertificateEnds is when the certificate ends that the dispatcher shows.
	CertificateEnds *time.Time `json:"certificateEnds,omitempty"`
	// RetryBudgetLeft is how many further attempts the fleet may make at once.
	RetryBudgetLeft int64      `json:"retryBudgetLeft"`
	Instances       []Instance `json:"instances"` // of the fleet, with the calls of all refs that share it
	Changes         []Change   `json:"changes"`   // the last ones of instances' states, newest first
}

// Failures counts the calls that ended with one code.
type Failures struct {
	Code  string `json:"code"` // a gRPC code's name
	Calls uint64 `json:"calls"`
}

// Failure is a call that failed.
type Failure struct {
	Time     time.Time `json:"time"`
	Code     string    `json:"code"` // a gRPC code's name
	Message  string    `json:"message"`
	Decision string    `json:"decision,omitempty"` // id of the message's decision; this package doesn't know it
}

// Latency is how long calls that were answered took, in nanoseconds; all zero where there were none.
type Latency struct {
	P50     int64  `json:"p50Ns"`
	P90     int64  `json:"p90Ns"`
	P99     int64  `json:"p99Ns"`
	Max     int64  `json:"maxNs"`
	Window  string `json:"window"`  // how far back it reaches
	Samples uint64 `json:"samples"` // how many calls there were
}

// Instance is one address of a fleet.
type Instance struct {
	Addr         string     `json:"addr"`
	Weight       int        `json:"weight"`
	State        string     `json:"state"` // idle, connecting, ready, failing, unhealthy or ejected
	Since        *time.Time `json:"since,omitempty"`
	Reason       string     `json:"reason,omitempty"`
	InFlight     int64      `json:"inFlight"`
	Calls        uint64     `json:"calls"`
	Failures     uint64     `json:"failures"`
	EjectedUntil *time.Time `json:"ejectedUntil,omitempty"`
	// CertificateEnds is when the certificate ends that the instance showed.
	CertificateEnds *time.Time `json:"certificateEnds,omitempty"`
	Latency         Latency    `json:"latency"`
}

// Summary returns what a list shows of the backend.
func (b *Backend) Summary() Summary {
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	return b.summary(time.Now())
}

// Status returns what is known of the backend.
func (b *Backend) Status() Status {
	f, now := b.fleet, time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Status{
		Summary: b.summary(now), Addr: f.place.targets(), Policy: string(b.opts.Policy),
		TLSError: unusable(f.creds), CertificateEnds: unlessZero(certificateEnd(f.creds)),
		RetryBudgetLeft: max(0, f.budget.tokens.Load()/budgetToken), Instances: []Instance{},
		Changes: append([]Change{}, f.changes...),
	}
	slices.Reverse(s.Changes)
	for _, i := range f.sorted() {
		s.Instances = append(s.Instances, i.show(now))
	}
	return s
}

// summary is Summary. The caller holds fleet.mu.
func (b *Backend) summary(now time.Time) Summary {
	t := b.totals
	s := Summary{
		Ref: b.opts.Ref, Role: b.opts.Role, Fleet: b.fleet.id, Known: len(b.fleet.instances),
		InFlight: t.inFlight.Load(), Held: t.held.Load(), Calls: t.calls.Load(), Retries: t.retries.Load(),
		Failures: t.failures(), LastFailure: t.last.Load(), Latency: Latency{Window: latencyWindow},
	}
	if c := t.called.Load(); c != nil {
		s.Latency = c.latency.percentiles(now)
	}
	s.State, s.Healthy = b.fleet.stands()
	if s.State != FleetReady {
		s.Reason, s.Since = b.fleet.trouble(s.State)
	}
	return s
}

// The states of a fleet.
const (
	FleetReady    = "ready"    // all instances are healthy
	FleetDegraded = "degraded" // some aren't
	FleetDown     = "down"     // none can be called
)

// LastFailure returns the last call that failed, without its decision; nil where there was none. Nobody may change it.
func (b *Backend) LastFailure() *Failure { return b.totals.last.Load() }

// Called reports whether a call began that a counter tells of.
func (b *Backend) Called() bool { return b.totals.calls.Load() > 0 || b.totals.inFlight.Load() > 0 }

// States counts the instances of the backend's fleet by state: the words are those of Instance.
func (b *Backend) States() map[string]int {
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	all := map[string]int{}
	for _, i := range b.fleet.instances {
		all[i.word()]++
	}
	return all
}

// OnePerFleet returns the first of those backends that share a fleet, of each fleet.
func OnePerFleet(all []*Backend) (first []*Backend) {
	seen := map[*fleet]bool{}
	for _, b := range all {
		if !seen[b.fleet] {
			seen[b.fleet] = true
			first = append(first, b)
		}
	}
	return first
}

// State returns how the backend's fleet is: FleetReady, FleetDegraded or FleetDown.
func (b *Backend) State() string {
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	state, _ := b.fleet.stands()
	return state
}

// stands says how the fleet is, and how many instances are healthy. The caller holds f.mu.
func (f *fleet) stands() (state string, healthy int) {
	for _, i := range f.instances {
		if healthyState(i.word()) {
			healthy++
		}
	}
	switch {
	case !f.callable(true):
		return FleetDown, healthy
	case healthy < len(f.instances):
		return FleetDegraded, healthy
	}
	return FleetReady, healthy
}

// trouble says why a fleet isn't ready, and since when. The caller holds f.mu.
func (f *fleet) trouble(state string) (why string, since *time.Time) {
	var sick []*instance
	for _, i := range f.sorted() {
		if !healthyState(i.word()) {
			sick = append(sick, i)
		}
	}
	for _, i := range sick { // it was degraded by the first one, and down with the last one
		if since == nil || i.since.Before(*since) == (state == FleetDegraded) {
			at := i.since
			since = &at
		}
	}
	return f.reasons(sick), since
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

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

// healthyState reports whether an instance in that state takes calls, or may turn out to.
func healthyState(state string) bool {
	return state == stateIdle || state == stateConnecting || state == stateReady
}

// show returns the instance for people. The caller holds fleet.mu.
func (i *instance) show(now time.Time) Instance {
	shown := Instance{
		Addr: i.addr, Weight: i.weight, State: i.word(), Since: unlessZero(i.since),
		InFlight: i.inFlight.Load(), Calls: i.calls.Load(), Failures: i.failures.Load(),
		Latency: i.latency.percentiles(now),
	}
	if !healthyState(shown.State) {
		shown.Reason = i.reason
	}
	if i.ejection.out {
		shown.EjectedUntil = unlessZero(i.ejection.until)
	}
	if l := i.newest.Load(); l != nil {
		shown.CertificateEnds = unlessZero(l.until)
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
