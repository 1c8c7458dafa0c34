package app

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/relay"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// listen opens the port, and the side door's where it has one of its own.
func (a *App) listen(ctx context.Context) (err error) {
	spec, open := a.opts.Config.Spec, a.opts.Listeners
	wire := http.NewServeMux()
	side := wire
	if spec.Admin.BindAddr != "" {
		side = http.NewServeMux()
		a.side, err = server.Listen(ctx, a.serverOptions(spec.Admin.BindAddr, open.Side, rpc.WithUnknown(side)))
		if err != nil {
			return err
		}
	}
	a.mount(wire, side)
	opts := a.serverOptions(spec.BindAddr, open.Wire, rpc.WithUnknown(wire))
	if spec.Relay == config.RelayAuto {
		opts.HTTP2 = a.relay()
	}
	a.server, err = server.Listen(ctx, opts)
	if err != nil && a.side != nil {
		return errors.Join(err, a.side.Shutdown(ctx))
	}
	return err
}

func (a *App) serverOptions(addr string, open net.Listener, handler http.Handler) server.Options {
	spec := a.opts.Config.Spec
	opts := server.Options{
		Addr: addr, Listener: open, Handler: handler, Log: a.opts.Log,
		ErrorLog: log.New(newPeerLog(a.opts.Log), "", 0),
		Limits: server.Limits{
			StreamsPerConnection: int(spec.Limits.Streams), HeaderBytes: int(spec.Limits.HeaderBytes),
			ReadHeaderTimeout: spec.Limits.ReadHeaderTimeout, ReadTimeout: spec.Limits.ReadTimeout,
			WriteTimeout: spec.Limits.WriteTimeout, IdleTimeout: spec.Limits.IdleTimeout,
			Connections: int(spec.Limits.Connections), MaxConnectionAge: spec.MaxConnectionAge,
		},
	}
	if spec.TLS != nil {
		opts.TLS = serverTLS(a.opts.Config)
	}
	return opts
}

// relay returns the fast door: what it doesn't lead itself goes to the server's handler.
func (a *App) relay() *relay.Relay {
	return relay.New(relay.Params{
		Start:    a.service.Start,
		MaxBytes: int(a.opts.Config.Spec.MaxMessageBytes),
		Budget:   a.budget,
		Loops:    a.loops,
	})
}

// Addr returns the address that the dispatcher listens on.
func (a *App) Addr() net.Addr { return a.server.Addr() }

// SideAddr returns the address of the side door; that of Addr where it has none of its own.
func (a *App) SideAddr() net.Addr {
	if a.side == nil {
		return a.Addr()
	}
	return a.side.Addr()
}

// mount mounts the wire's door and the side door, which may be one.
func (a *App) mount(wire, side *http.ServeMux) {
	wire.Handle(rpc.NewProcessor(a.service.Process, int(a.opts.Config.Spec.MaxMessageBytes), a.budget))
	limits := rpc.Limits{Work: a.budget, Streams: a.streams, Idle: a.opts.Config.Spec.Limits.IdleTimeout,
		Done: a.stopping}
	a.health.Handle(wire, limits)
	rpc.HandleReflection(wire, limits)
	guard := admin.Handle(side, a.adminOptions())
	a.guard = guard
	side.Handle("/debug/pprof/", guard.Protect(server.EndWith(a.stopping, profiles())))
	side.Handle("GET /metrics", a.budget.Bound(guard.Details(a.metrics.All(), a.metrics.Open()), metricsBytes))
	for _, mux := range slices.Compact([]*http.ServeMux{wire, side}) { // whoever probes finds these on both
		mux.HandleFunc("GET /healthz", healthz)
		mux.Handle("GET /readyz", a.readyz(guard))
	}
}

// servers are what listens.
func (a *App) servers() []*server.Server {
	if a.side == nil {
		return []*server.Server{a.server}
	}
	return []*server.Server{a.server, a.side}
}
