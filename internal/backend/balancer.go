package backend

import (
	"errors"
	"time"

	"google.golang.org/grpc/balancer"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/resolver"
)

const balancerName = "routr_fleet"

// fleetKey is where the resolver's state carries the fleet, weightKey where an endpoint carries its weight.
type (
	fleetKey  struct{}
	weightKey struct{}
)

type fleetBuilder struct{}

func (fleetBuilder) Name() string { return balancerName }

func (fleetBuilder) Build(cc balancer.ClientConn, _ balancer.BuildOptions) balancer.Balancer {
	return &fleetBalancer{cc: cc}
}

// fleetBalancer keeps one connection to each instance, and tells the fleet how they are. grpc-go calls its methods one
// at a time.
type fleetBalancer struct {
	cc    balancer.ClientConn
	fleet *fleet // known with the first state
}

// UpdateClientConnState takes on the instances that the resolver found.
func (b *fleetBalancer) UpdateClientConnState(s balancer.ClientConnState) error {
	f, ok := s.ResolverState.Attributes.Value(fleetKey{}).(*fleet)
	if !ok {
		return errors.New("backend: a state that isn't from the fleet's resolver")
	}
	b.fleet = f
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cc, f.unresolved = b.cc, false
	found := map[string]bool{}
	for _, e := range s.ResolverState.Endpoints {
		addr := e.Addresses[0]
		weight, _ := e.Attributes.Value(weightKey{}).(int)
		if found[addr.Addr] || len(found) == maxInstances {
			continue
		}
		found[addr.Addr] = true
		if known := f.instances[addr.Addr]; known != nil {
			known.weight = weight
			continue
		}
		if err := b.add(f, addr, weight); err != nil {
			return err
		}
	}
	for addr, i := range f.instances {
		if !found[addr] {
			f.remove(i)
		}
	}
	f.publish()
	return nil
}

// add makes a connection for a new instance. The caller holds f.mu.
func (b *fleetBalancer) add(f *fleet, addr resolver.Address, weight int) error {
	i := newInstance(addr.Addr, weight)
	i.serverName = addr.ServerName
	addr.Attributes = addr.Attributes.WithValue(instanceKey{}, i)
	conn, err := b.cc.NewSubConn([]resolver.Address{addr}, balancer.NewSubConnOptions{ //nolint:staticcheck // one address, as it will have to be
		StateListener: func(s balancer.SubConnState) { f.changed(i, s) },
	})
	if err != nil {
		return err // the ClientConn is closing
	}
	i.conn = conn
	f.instances[addr.Addr] = i
	conn.Connect()
	return nil
}

// remove drops an instance; calls that are in flight on it go on to their end. The caller holds f.mu.
func (f *fleet) remove(i *instance) {
	delete(f.instances, i.addr)
	f.remember(Change{Time: time.Now(), Instance: i.addr, State: stateGone})
	f.unwatch(i)
	f.leaveLanes(i)
	i.ejection.forget()
	i.conn.Shutdown()
}

// ResolverError tells why no instance is known.
func (b *fleetBalancer) ResolverError(err error) {
	if b.fleet == nil { // there are no instances yet
		b.cc.UpdateState(balancer.State{ConnectivityState: connectivity.TransientFailure, Picker: &picker{err: err}})
	}
}

// changed takes on how an instance's connection is now.
func (f *fleet) changed(i *instance, s balancer.SubConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.instances[i.addr] != i {
		return
	}
	before, failed := i.state, i.failed
	state := s.ConnectivityState
	i.failed = state == connectivity.TransientFailure
	switch state {
	case connectivity.Idle:
		if failed {
			i.conn.Connect()
			return // it fails until it is connected, so that nobody waits for it
		}
		state = f.reconnect(i)
	case connectivity.Connecting:
		if before == connectivity.TransientFailure {
			return
		}
	case connectivity.TransientFailure:
		i.replacing = false
		i.reason = "connection failed"
		if s.ConnectionError != nil {
			i.reason = s.ConnectionError.Error()
		}
	case connectivity.Ready:
		i.link = i.newest.Load()
	}
	if before == connectivity.Ready {
		f.unwatch(i)
		f.leaveLanes(i)
	}
	i.state = state
	if state == connectivity.Ready {
		f.watch(i)
		f.openLanes(i)
		i.replacing = false
	}
	f.publish()
}

// replaceWithin is how long the dialogs of an instance wait for the connection that replaces an announced end's,
// before others take them. A test waits longer.
var replaceWithin = 250 * time.Millisecond

// reconnect connects an instance again whose connection ended, and returns how it is meanwhile. It is connected at
// once, unless its connections keep being good for nothing: then it counts as failing for a pause that grows.
func (f *fleet) reconnect(i *instance) connectivity.State {
	l := i.newest.Load()
	i.useless++
	if l.useful() {
		i.useless = 0
	}
	if i.useless > 1 {
		i.reason = "its connections end before they are good for anything"
		f.after(min(reconnect.BaseDelay<<min(i.useless-2, 10), reconnect.MaxDelay), i.conn.Connect)
		return connectivity.TransientFailure
	}
	if i.useless == 0 && l.announced() {
		i.replacing = true
		f.after(replaceWithin, func() {
			if i.replacing && i.newest.Load() == l {
				i.replacing = false
				f.publish()
			}
		})
	}
	i.conn.Connect()
	return connectivity.Idle
}

// UpdateSubConnState is never called: connections have listeners of their own.
func (b *fleetBalancer) UpdateSubConnState(balancer.SubConn, balancer.SubConnState) {}

// ExitIdle has nothing to do: connections never stay idle.
func (b *fleetBalancer) ExitIdle() {}

// Close ends what goes on besides the connections, which grpc-go closes.
func (b *fleetBalancer) Close() {
	if b.fleet == nil {
		return
	}
	b.fleet.mu.Lock()
	defer b.fleet.mu.Unlock()
	b.fleet.cancel()
	for _, i := range b.fleet.instances {
		i.conn.Shutdown()
	}
}
