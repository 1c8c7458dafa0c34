package backend

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Role is what a backend is to the dispatcher; its words are those of error messages.
type Role string

// The roles of a backend.
const (
	Processor  Role = "processor"
	Middleware Role = "middleware"
)

// Policy says which instance of a fleet gets a call.
type Policy string

// The policies of a fleet.
const (
	CallID       Policy = "callId"       // the instance that the Call-ID hashes to, so that a dialog stays where it is
	RoundRobin   Policy = "roundRobin"   // one after the other
	LeastRequest Policy = "leastRequest" // the one of two random instances that has fewer calls in flight
)

// Address is one place where instances of a backend listen.
type Address struct {
	Target string // host:port, or dns:///host:port where the name stands for several instances
	Weight int    // its share of calls in comparison to others, 1 to 1000; 0 stands for 1
}

// Ejection says when an instance that fails is left alone for a while. Zero values stand for the defaults.
type Ejection struct {
	ConsecutiveFailures int           // so many in a row; default 5
	ErrorRate           float64       // this fraction of the calls of the last 10 seconds; default 0.5
	MinCalls            int           // the fewest calls that ErrorRate is judged by; default 20
	BaseTime            time.Duration // how long for the first time, doubled each further time; default 5s
	MaxTime             time.Duration // the longest; default 5m
	MaxEjected          float64       // the largest fraction of the fleet that may be ejected at a time; default 0.5
}

// Options say which program a Backend calls, and how.
type Options struct {
	Role   Role
	Ref    string
	Addrs  []Address // gRPC servers, in clear text where TLS is nil
	Policy Policy    // default CallID
	// of one call with all its attempts; the caller's own deadline wins where it is earlier
	Timeout time.Duration
	// how long a call waits, before Timeout begins, where no instance can be called; default not at all
	HoldWhenDown    time.Duration
	MaxMessageBytes int // of a request and of an answer
	UserAgent       string

	// whose calls may be tried again even if the first instance may have processed them
	RetryMethods    []message.Method
	RetryBudget     float64       // further attempts as a fraction of calls; default 0.2, negative for none
	ResolveInterval time.Duration // how often names behind dns:/// are looked up; default 10s
	NoHealthCheck   bool          // don't watch grpc.health.v1
	TLS             *TLS
	Ejection        Ejection
}

const (
	maxWeight    = 1000
	maxInstances = 1000 // of one fleet, however many a name stands for
	dnsPrefix    = "dns:///"
)

// withDefaults fills in what was left out. Addresses that can't be are an error.
func (o Options) withDefaults() (Options, error) {
	if len(o.Addrs) == 0 {
		return o, errors.New("there is no address")
	}
	addrs := make([]Address, len(o.Addrs))
	for i, a := range o.Addrs {
		a.Weight = cmp.Or(a.Weight, 1)
		if err := a.check(); err != nil {
			return o, err
		}
		addrs[i] = a
	}
	o.Addrs = addrs
	o.Policy = cmp.Or(o.Policy, CallID)
	switch o.Policy {
	case CallID, RoundRobin, LeastRequest:
	default:
		return o, fmt.Errorf("there is no policy %q", o.Policy)
	}
	o.RetryBudget = cmp.Or(o.RetryBudget, 0.2)
	o.ResolveInterval = cmp.Or(o.ResolveInterval, 10*time.Second)
	o.Ejection = o.Ejection.withDefaults()
	return o, nil
}

func (e Ejection) withDefaults() Ejection {
	return Ejection{
		ConsecutiveFailures: cmp.Or(e.ConsecutiveFailures, 5),
		ErrorRate:           cmp.Or(e.ErrorRate, 0.5),
		MinCalls:            cmp.Or(e.MinCalls, 20),
		BaseTime:            cmp.Or(e.BaseTime, 5*time.Second),
		MaxTime:             cmp.Or(e.MaxTime, 5*time.Minute),
		MaxEjected:          cmp.Or(e.MaxEjected, 0.5),
	}
}

func (a Address) check() error {
	if a.Weight < 0 || a.Weight > maxWeight {
		return fmt.Errorf("address %q has weight %d: it must be from 1 to %d", a.Target, a.Weight, maxWeight)
	}
	if name, dns := a.dns(); dns {
		if _, _, err := net.SplitHostPort(name); err != nil {
			return fmt.Errorf("address %q is not dns:///host:port: %w", a.Target, err)
		}
	}
	return nil
}

// dns returns the host:port behind dns:///, and whether the address is such a one.
func (a Address) dns() (hostPort string, ok bool) { return strings.CutPrefix(a.Target, dnsPrefix) }
