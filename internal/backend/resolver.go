package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/attributes"
	"google.golang.org/grpc/resolver"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

const (
	scheme        = "fleet"
	lookupTimeout = 5 * time.Second
	lookupPause   = time.Second // the shortest between two lookups that grpc-go asks for
)

// lookupFunc returns the addresses of a host's instances.
type lookupFunc func(ctx context.Context, host string) ([]string, error)

// resolverBuilder makes the resolver of one fleet.
type resolverBuilder struct {
	fleet *fleet
}

func (b *resolverBuilder) Scheme() string { return scheme }

func (b *resolverBuilder) Build(
	_ resolver.Target, cc resolver.ClientConn, _ resolver.BuildOptions,
) (resolver.Resolver, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &fleetResolver{
		fleet: b.fleet, cc: cc, cancel: cancel, now: make(chan struct{}, 1), found: map[string][]string{},
	}
	if !slices.ContainsFunc(b.fleet.place.addrs, func(a Address) bool { _, dns := a.dns(); return dns }) {
		r.report(nil)
		return r, nil
	}
	r.wait.Go(func() { r.run(ctx) })
	b.fleet.resolver.Store(r)
	return r, nil
}

// fleetResolver finds the instances of a fleet: those that are listed, and those behind names.
type fleetResolver struct {
	fleet  *fleet
	cc     resolver.ClientConn
	cancel context.CancelFunc
	wait   sync.WaitGroup
	now    chan struct{}
	found  map[string][]string // by host:port, what was found last
}

// run looks names up until the fleet is closed.
func (r *fleetResolver) run(ctx context.Context) {
	for {
		interval := r.fleet.manner.Load().ResolveInterval
		again := time.NewTimer(interval)
		panics.Do("look up the instances of a fleet", func() { r.report(r.lookUp(ctx)) })
		pause := time.NewTimer(min(lookupPause, interval))
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		select {
		case <-again.C:
		case <-r.now:
		case <-ctx.Done():
		}
		again.Stop()
		pause.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// lookUp looks every name up. A lookup that fails changes nothing.
func (r *fleetResolver) lookUp(ctx context.Context) error {
	var errs []error
	for _, a := range r.fleet.place.addrs {
		name, dns := a.dns()
		if !dns {
			continue
		}
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		hosts, err := r.hosts(ctx, host)
		if err != nil {
			errs = append(errs, fmt.Errorf("look up %s: %w", host, err))
			continue
		}
		addrs := make([]string, len(hosts))
		for i, h := range hosts {
			addrs[i] = net.JoinHostPort(h, port)
		}
		r.found[name] = addrs
	}
	return errors.Join(errs...)
}

func (r *fleetResolver) hosts(ctx context.Context, host string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	lookup := r.fleet.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	hosts, err := lookup(ctx, host)
	if err == nil && len(hosts) == 0 {
		err = errors.New("the name has no address")
	}
	return hosts, err
}

// report tells grpc-go which instances there are.
func (r *fleetResolver) report(err error) {
	var endpoints []resolver.Endpoint
	add := func(addr, name string, weight int) {
		endpoints = append(endpoints, resolver.Endpoint{
			Addresses:  []resolver.Address{{Addr: addr, ServerName: cmp.Or(r.fleet.place.tls.serverName(), name)}},
			Attributes: attributes.New(weightKey{}, weight),
		})
	}
	for _, a := range r.fleet.place.addrs {
		name, dns := a.dns()
		if !dns {
			add(a.Target, a.Target, a.Weight)
			continue
		}
		for _, addr := range r.found[name] {
			add(addr, name, a.Weight)
		}
	}
	if len(endpoints) == 0 {
		r.fleet.mu.Lock()
		r.fleet.unresolved = true
		r.fleet.mu.Unlock()
		r.cc.ReportError(err)
		return
	}
	// It only fails where there is no instance at all, or the connection is being closed.
	_ = r.cc.UpdateState(resolver.State{Endpoints: endpoints, Attributes: attributes.New(fleetKey{}, r.fleet)})
}

// ResolveNow is called when a connection fails.
func (r *fleetResolver) ResolveNow(resolver.ResolveNowOptions) {
	select {
	case r.now <- struct{}{}:
	default:
	}
}

func (r *fleetResolver) Close() {
	r.cancel()
	r.wait.Wait()
}
