package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Run serves until ctx ends. Then it reports not ready, and goes on for as long as LameDuck says; takes no more calls,
// ends the streams and waits for the messages in flight. It returns nil when every message was answered.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	ctx, end := context.WithCancel(ctx)
	helpers := a.startHelpers(ctx)
	defer func() { // also where the server fails
		end()
		helpers.Wait()
	}()
	a.serving.Store(true)
	a.health.SetServing(true)
	servers := a.servers()
	served := make(chan error, len(servers))
	for _, s := range servers {
		go func() { served <- serve(s) }()
	}
	if a.fleet != nil {
		a.fleet.Start()
	}
	running := len(servers)
	var err error
	select {
	case err = <-served: // nobody told it to end
		running--
	case <-ctx.Done():
		a.draining.Store(true)
		a.serving.Store(false)
		if err = a.limp(served); err != nil {
			running--
		}
	}
	a.draining.Store(true)
	a.serving.Store(false)
	close(a.stopping)
	a.health.Close()
	a.opts.Log.Info("stopping", "drainTimeout", a.opts.DrainTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.opts.DrainTimeout)
	defer cancel()
	err = errors.Join(err, shutdown(drain, servers))
	for range running {
		err = errors.Join(err, <-served)
	}
	return err
}

// limp goes on for LameDuck, while whoever spreads load finds out that it shouldn't come here any more. It returns
// early, with the error, where a server ends.
func (a *App) limp(served <-chan error) error {
	if a.opts.LameDuck == 0 {
		return nil
	}
	a.opts.Log.Info("about to stop, messages are still taken", "lameDuck", a.opts.LameDuck.String())
	over := time.NewTimer(a.opts.LameDuck)
	defer over.Stop()
	select {
	case err := <-served:
		return err
	case <-over.C:
		return nil
	}
}

// serve is the server's Serve, whose panic stops the dispatcher in order.
func serve(s *server.Server) (err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("accept connections", v)
			err = fmt.Errorf("accept connections: %v", v)
		}
	}()
	return s.Serve()
}

// shutdown ends servers at the same time.
func shutdown(ctx context.Context, servers []*server.Server) error {
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, s := range servers {
		all.Go(func() { errs[i] = s.Shutdown(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// startHelpers starts what goes on beside the messages, until ctx ends.
func (a *App) startHelpers(ctx context.Context) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { a.logReadiness(ctx) })
	all.Go(func() { a.tidy.run(ctx) })
	all.Go(func() { a.tick(ctx) })
	all.Go(func() { a.sampleOverlaps(ctx) })
	if !a.opts.Demo {
		all.Go(func() { a.watch(ctx) })
	}
	return &all
}
