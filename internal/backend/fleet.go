package backend

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/balancer"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/resolver"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// fleet is the instances at a place and what is known of them, whoever calls them. Calls read the picker that it
// publishes.
type fleet struct {
	place    place
	key      placeKey // place's
	id       string   // for people: the same for equal places
	manner   atomic.Pointer[manner]
	options  atomic.Pointer[[]grpc.CallOption]
	conn     *grpc.ClientConn // to all instances; nil in tests without connections
	creds    credentials.TransportCredentials
	began    atomic.Bool                   // it was told to connect
	resolver atomic.Pointer[fleetResolver] // nil where no name is looked up
	lookup   lookupFunc                    // nil for the system's
	ctx      context.Context               // ends with the connections
	cancel   context.CancelFunc
	wait     sync.WaitGroup // for watches and timers

	next   atomic.Uint64 // round robin's turn
	picker atomic.Pointer[picker]
	budget budget
	held   waiting
	clock  *clock        // of the calls on lanes; nil where there are no lanes
	loops  *frames.Loops // that read lanes; nil: goroutines do

	inflaters chan struct{} // has room for as many as inflate answers at once

	mu         sync.Mutex // for all below and the guarded fields of instances
	cc         balancer.ClientConn
	instances  map[string]*instance // by address
	unresolved bool                 // no instance was ever found
	changes    []Change             // of states, the oldest first
	wake       chan struct{}        // closed when instances may be called that couldn't
}

// instance is one address of a fleet.
type instance struct {
	addr       string
	serverName string // what it is called in requests, and what its certificate must be for
	hash       uint64
	lanes      lanes

	// Guarded by fleet.mu.
	weight    int
	conn      balancer.SubConn
	state     connectivity.State
	reason    string // why it is failing or unhealthy
	health    health
	ejection  ejection
	failed    bool      // the last attempt to connect failed
	link      *link     // the connection that is, or was last
	useless   int       // connections in a row that were good for nothing
	noLanes   func()    // ends its lanes; nil where it has none
	replacing bool      // a connection that was announced to end is being replaced
	shown     string    // its state as the fleet noted it last
	since     time.Time // when that state began

	newest   atomic.Pointer[link] // the connection that was made last
	inFlight atomic.Int64
	calls    atomic.Uint64
	failures atomic.Uint64
	streak   atomic.Int32 // failures in a row
	recent   window
	suspects suspects
	latency  latency // of attempts that it answered
}

func newFleet(opts Options) *fleet {
	at, m := opts.place(), opts.manner()
	f := &fleet{place: at, key: at.key(), instances: map[string]*instance{}, wake: make(chan struct{})}
	f.adopt(&m)
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.id = fmt.Sprintf("%08x", uint32(xxhash.Sum64String(fmt.Sprint(f.key))))
	f.picker.Store(&picker{fleet: f})
	f.budget.tokens.Store(budgetStart)
	return f
}

// open makes the fleet ready to connect. It is closed where that fails.
func (f *fleet) open() (err error) {
	if f.creds, err = f.place.tls.credentials(); err != nil {
		f.cancel()
		return err
	}
	if f.conn, err = grpc.NewClient(scheme+":///"+scheme, dialOptions(f, observed{f.creds})...); err != nil {
		f.cancel()
		return fmt.Errorf("connect to %q: %w", strings.Join(f.place.targets(), ", "), err)
	}
	if c, ok := f.creds.(*fileCredentials); ok {
		f.wait.Go(func() { c.follow(f.ctx) })
	}
	return nil
}

// connect starts to connect to every instance, once.
func (f *fleet) connect() {
	if f.began.CompareAndSwap(false, true) {
		f.conn.Connect()
	}
}

// adopt makes m the manner in which instances are treated from now on.
func (f *fleet) adopt(m *manner) {
	before := f.manner.Swap(m)
	if before != nil && *before == *m {
		return
	}
	f.options.Store(&[]grpc.CallOption{
		grpc.ForceCodecV2(rawCodec{}),
		grpc.MaxCallRecvMsgSize(m.MaxMessageBytes),
		grpc.MaxCallSendMsgSize(m.MaxMessageBytes),
	})
	if r := f.resolver.Load(); r != nil {
		r.ResolveNow(resolver.ResolveNowOptions{}) // so that a shorter interval counts at once
	}
}

// invoke makes one attempt of a call, at the instance that the picker chooses.
func (f *fleet) invoke(ctx context.Context, request, answer *raw) error {
	return f.conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, request, answer, *f.options.Load()...)
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
	now := time.Now()
	p, dialogs := &picker{fleet: f}, &picker{fleet: f}
	var ejected, unwilling []*instance
	connecting := false
	for _, i := range f.sorted() {
		f.note(i, now)
		switch {
		case i.ready() && i.ejection.out:
			ejected = append(ejected, i)
		case i.ready():
			p.add(i)
			dialogs.add(i)
		case i.returning():
			dialogs.add(i)
			p.dialogs, connecting = dialogs, true
		case i.state == connectivity.Ready && i.health.down:
			unwilling = append(unwilling, i)
		case i.state == connectivity.Connecting, i.state == connectivity.Idle,
			i.state == connectivity.Ready && i.health.pending:
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
	case len(p.entries) > 0, p.dialogs != nil:
	case connecting:
		state = connectivity.Connecting
	default:
		state = connectivity.TransientFailure
		p.err = f.why()
	}
	p.prepare()
	dialogs.prepare()
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
func (f *fleet) why() error { return errors.New(f.reasons(f.sorted())) }

// reasons says what is wrong with instances; without any, that there are none. The caller holds f.mu.
func (f *fleet) reasons(of []*instance) string {
	const most = 3
	var parts []string
	for n, i := range of {
		if n == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(of)-most))
			break
		}
		parts = append(parts, i.addr+": "+i.reason)
	}
	if len(parts) == 0 {
		return "no instance is known of " + strings.Join(f.place.targets(), ", ")
	}
	return strings.Join(parts, "; ")
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

// close ends connections, watches and timers, and waits for them.
func (f *fleet) close() (err error) {
	if f.conn != nil {
		err = f.conn.Close()
	}
	f.mu.Lock()
	f.cancel()
	f.mu.Unlock()
	f.wait.Wait()
	return err
}
