package backend

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/grpc/balancer"
	"google.golang.org/grpc/connectivity"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// fleet is the instances of a backend and what is known of them. Calls read the picker that it publishes.
type fleet struct {
	opts   Options
	lookup lookupFunc      // nil for the system's
	ctx    context.Context // ends with the connections
	cancel context.CancelFunc
	wait   sync.WaitGroup // for watches and timers

	next   atomic.Uint64 // round robin's turn
	picker atomic.Pointer[picker]

	mu         sync.Mutex // for all below and the guarded fields of instances
	cc         balancer.ClientConn
	instances  map[string]*instance // by address
	unresolved bool                 // no instance was ever found
	wake       chan struct{}        // closed when instances may be called that couldn't
}

// instance is one address of a fleet.
type instance struct {
	addr string
	hash uint64

	// Guarded by fleet.mu.
	weight    int
	conn      balancer.SubConn
	state     connectivity.State
	reason    string // why it is failing or unhealthy
	health    health
	ejection  ejection
	failed    bool  // the last attempt to connect failed
	link      *link // the connection that is, or was last
	useless   int   // connections in a row that were good for nothing
	replacing bool  // a connection that was announced to end is being replaced

	newest   atomic.Pointer[link] // the connection that was made last
	inFlight atomic.Int64
	calls    atomic.Uint64
	failures atomic.Uint64
	streak   atomic.Int32 // failures in a row
	recent   window
	suspects suspects
}

func newFleet(opts Options) *fleet {
	f := &fleet{opts: opts, instances: map[string]*instance{}, wake: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.picker.Store(&picker{fleet: f})
	return f
}

func newInstance(addr string, weight int) *instance {
	return &instance{addr: addr, hash: xxhash.Sum64String(addr), weight: weight}
}

// sorted returns the instances by address. The caller holds f.mu.
func (f *fleet) sorted() []*instance {
	all := make([]*instance, 0, len(f.instances))
	for _, i := range f.instances {
		all = append(all, i)
	}
	sort.Slice(all, func(a, b int) bool { return all[a].addr < all[b].addr })
	return all
}

// ready reports whether the instance has a connection and doesn't say that it can't serve.
func (i *instance) ready() bool {
	return i.state == connectivity.Ready && !i.health.pending && !i.health.down
}

// returning reports whether the instance will have a connection in a moment. Its dialogs wait for it.
func (i *instance) returning() bool {
	return i.replacing && !i.health.down && !i.ejection.out && i.state != connectivity.TransientFailure
}

// publish makes the picker of the instances as they stand. The caller holds f.mu.
func (f *fleet) publish() {
	p := &picker{fleet: f}
	var ejected, unwilling []*instance
	connecting := false
	for _, i := range f.sorted() {
		switch {
		case i.ready() && i.ejection.out:
			ejected = append(ejected, i)
		case i.ready(), i.returning() && f.opts.Policy == CallID:
			p.add(i)
		case i.state == connectivity.Ready && i.health.down:
			unwilling = append(unwilling, i)
		case i.state == connectivity.Connecting, i.state == connectivity.Idle, i.state == connectivity.Ready && i.health.pending:
			connecting = true
		}
	}
	if len(p.entries) == 0 { // better one that failed than none
		p.add(ejected...)
	}
	if len(p.entries) == 0 && !connecting { // and better one that says it can't
		p.add(unwilling...)
	}
	state := connectivity.Ready
	switch {
	case len(p.entries) > 0:
		p.prepare()
	case connecting:
		state = connectivity.Connecting
	default:
		state = connectivity.TransientFailure
		p.err = f.why()
	}
	f.picker.Store(p)
	if p.err == nil {
		close(f.wake)
		f.wake = make(chan struct{})
	}
	if f.cc != nil && f.ctx.Err() == nil {
		f.cc.UpdateState(balancer.State{ConnectivityState: state, Picker: p})
	}
}

// why says why no instance can be called. The caller holds f.mu.
func (f *fleet) why() error {
	const most = 3
	var parts []string
	for n, i := range f.sorted() {
		if n == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(f.instances)-most))
			break
		}
		parts = append(parts, i.addr+": "+i.reason)
	}
	if len(parts) == 0 {
		return fmt.Errorf("no instance is known of %s", strings.Join(f.opts.targets(), ", "))
	}
	return fmt.Errorf("%s", strings.Join(parts, "; "))
}

// after runs fn with f.mu held when d has passed, unless it is stopped or the fleet is closed by then. The caller
// holds f.mu.
func (f *fleet) after(d time.Duration, fn func()) (stop func()) {
	if f.ctx.Err() != nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(f.ctx)
	f.wait.Go(func() {
		defer panics.Caught("act on a timer of a fleet")
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if ctx.Err() == nil {
			stop()
			fn()
		}
	})
	return stop
}

// close ends watches and timers, and waits for them.
func (f *fleet) close() {
	f.mu.Lock()
	f.cancel()
	f.mu.Unlock()
	f.wait.Wait()
}
