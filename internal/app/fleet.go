package app

import (
	"cmp"
	"context"
	"net"
	"os"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/config"
)

// replicaName is what this process is called among the replicas of its fleet; empty without one.
func replicaName(cfg *config.Config) string {
	f := cfg.Spec.Fleet
	if f == nil {
		return ""
	}
	host, _ := os.Hostname() // the ref stands in for it
	return cmp.Or(f.Replica, host, cfg.Ref)
}

// fleetOptions says how to join the fleet of a configuration that has one.
func fleetOptions(cfg *config.Config) bus.FleetOptions {
	f := cfg.Spec.Fleet
	return bus.FleetOptions{Server: natsServer(cfg, f.URL, f.Credentials), Subject: f.Subject}
}

// checkFleet says what keeps a replica from joining its fleet. The error is a *config.Error.
func checkFleet(cfg *config.Config) error {
	if cfg.Spec.Fleet == nil {
		return nil
	}
	if _, err := bus.NewFleet(fleetOptions(cfg)); err != nil {
		return config.NewError([]config.Problem{cfg.Problem("spec.fleet", err.Error())})
	}
	return nil
}

// join makes this replica one of the fleet that the configuration names, if it does. The error is a *config.Error.
func (a *App) join() error {
	cfg := a.opts.Config
	if cfg.Spec.Fleet == nil {
		return nil
	}
	if a.adminToken() == "" {
		return config.NewError([]config.Problem{cfg.Problem("spec.fleet", "needs a token, the same for all replicas, "+
			"by which they know each other: set DISPATCHER_ADMIN_TOKEN or spec.admin.tokenFile")})
	}
	o := fleetOptions(cfg)
	o.Token, o.Self, o.Log = a.adminToken, a.self, a.opts.Log
	o.Answer = func(ctx context.Context, q bus.Question) bus.Reply { return a.guard.Answer(ctx, q) }
	fleet, err := bus.NewFleet(o)
	if err != nil {
		return config.NewError([]config.Problem{cfg.Problem("spec.fleet", err.Error())})
	}
	a.replica, a.fleet = replicaName(cfg), fleet
	return nil
}

// self is what this replica tells of itself.
func (a *App) self() bus.State {
	e := a.current.Load()
	ready, _, _ := a.readiness()
	return bus.State{
		Name: cmp.Or(a.replica, e.config.Ref), BootID: a.decisions.BootID(), Version: a.opts.Version,
		StartedAt: a.startedAt.UTC(), Epoch: e.number(), Hash: e.config.Hash, LoadedAt: e.loadedAt.UTC(),
		Ready: ready, Draining: a.draining.Load(), Admin: sideDoor(a.SideAddr()),
	}
}

// sideDoor is where the side door is, without a host where it listens on all addresses.
func sideDoor(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		_, port, _ := net.SplitHostPort(addr.String())
		return ":" + port
	}
	return addr.String()
}
