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
	f.unwatch(i)
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
	before := i.state
	switch s.ConnectivityState {
	case connectivity.Idle:
		f.reconnect(i)
		if before == connectivity.TransientFailure {
			return // it fails until it is connected, so that nobody waits for it
		}
	case connectivity.Connecting:
		if before == connectivity.TransientFailure {
			return
		}
	case connectivity.TransientFailure:
		i.reason = "connection failed"
		if s.ConnectionError != nil {
			i.reason = s.ConnectionError.Error()
		}
	case connectivity.Ready:
		i.readyAt = time.Now()
	}
	if before == connectivity.Ready {
		f.unwatch(i)
	}
	i.state = s.ConnectivityState
	if i.state == connectivity.Ready {
		f.watch(i)
	}
	f.publish()
}

// reconnect connects an instance again whose connection ended: at once, unless that keeps happening.
func (f *fleet) reconnect(i *instance) {
	const lasting = time.Second
	if i.state != connectivity.Ready || time.Since(i.readyAt) >= lasting {
		i.shortened = 0
		i.conn.Connect()
		return
	}
	i.shortened++
	if i.shortened == 1 {
		i.conn.Connect()
		return
	}
	pause := min(reconnect.BaseDelay<<min(i.shortened-2, 10), reconnect.MaxDelay)
	f.after(pause, i.conn.Connect)
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
