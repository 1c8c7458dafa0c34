package server

import (
	"context"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// drainInterval is how often the connections of a server that drains are looked at.
const drainInterval = 5 * time.Millisecond

// Shutdown stops listening, tells the peers to go elsewhere (HTTP/2 GOAWAY) and returns as soon as the requests in
// flight are answered. A request whose body doesn't come ends after bodyPatience. When ctx ends first, Shutdown cuts
// all off, which takes closeTimeout at most, and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	began := time.Now()
	s.bodies.drain(began.Add(bodyPatience))
	s.listener.connections.drain(began)
	if s.board != nil {
		s.board.Drain()
	}
	if s.inner != nil {
		defer s.inner.end() // what a connection still has is carried to the end
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := make(chan error, 1)
	go func() {
		defer panics.Caught("shut the server down")
		defer close(stopped)
		stopped <- s.http.Shutdown(inner)
	}()
	tick := time.NewTicker(drainInterval)
	defer tick.Stop()
	for {
		select {
		case err := <-stopped:
			if err == nil {
				return nil
			}
			s.listener.connections.cut()
			_ = s.http.Close() // nothing is left to lose
			return fmt.Errorf("requests were still in flight: %w", err)
		case now := <-tick.C:
			if s.listener.closed.Load() && s.listener.connections.endIdle(now) == 0 && ctx.Err() == nil {
				cancel() // http.Server itself looks twice a second only
				<-stopped
				return nil
			}
		}
	}
}

// endIdle lets connections on which nothing is in flight end, and returns how many are open.
func (c *openConnections) endIdle(now time.Time) int {
	all := c.all()
	for _, conn := range all {
		conn.endIfIdle(now)
	}
	return len(all)
}
