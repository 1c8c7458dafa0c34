package relay

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// connection is one of a caller's.
type connection struct {
	relay  *Relay
	handed *server.Handed
	peer   context.Context // stands for the caller
	frames *frames.Conn
	bodies bodies
	inner  inner
}

// Serve is part of server.Switchboard.
func (r *Relay) Serve(handed *server.Handed) { r.connection(handed).serve() }

// connection makes one of what the server hands over.
func (r *Relay) connection(handed *server.Handed) *connection {
	c := &connection{relay: r, handed: handed, peer: handed.Context()}
	nc := net.Conn(handed)
	if handed.Prefaced {
		nc = r.Loops.Take(handed.Conn) // the socket itself, which needs no goroutine to be written to
		if nc != handed.Conn {
			handed.Instead(nc)
		}
	}
	c.frames = frames.NewServer(nc, frames.Options{
		HeaderBytes: headerRoom * handed.Limits.HeaderBytes, Streams: handed.Limits.StreamsPerConnection,
		WriteTimeout: handed.Limits.WriteTimeout, Accept: c.accept,
	})
	if handed.Prefaced {
		c.frames.SkipPreface()
	}
	handed.Takes(c.frames.HeadersTaken)
	return c
}

// serve serves until the connection is over. Nothing of it stays, not even where it panics.
func (c *connection) serve() {
	over := make(chan struct{})
	var keeper sync.WaitGroup
	keeper.Go(func() { c.keep(over) })
	defer func() {
		close(over)
		keeper.Wait()
		c.inner.end()
	}()
	var wrong *frames.Error // how else it ended is no news
	if errors.As(c.frames.Serve(&frames.Batch{}), &wrong) {
		c.handed.Broken(wrong)
	}
}

// headerRoom is how many times the limit a header list may be large, so that it is refused as a request, by the
// http.Server that it is carried to.
const headerRoom = 4

// How often a connection is looked after.
const (
	keepInterval  = time.Second
	drainInterval = 50 * time.Millisecond
	// leavePatience is how long a peer has to answer the PING behind a GOAWAY.
	leavePatience = 250 * time.Millisecond
)

// keep does what time asks for, until the connection is over.
func (c *connection) keep(over <-chan struct{}) {
	k := keeper{connection: c, began: time.Now()}
	tick := time.NewTicker(keepInterval)
	defer tick.Stop()
	draining := c.relay.draining
	for {
		do := k.look
		select {
		case <-over:
			return
		case <-draining:
			draining = nil
			tick.Reset(drainInterval)
			do = k.leave
		case <-tick.C:
		}
		panics.Do("look after a connection", func() { // whatever one look comes to, time goes on
			do(time.Now())
			k.batch.Flush()
		})
	}
}

// keeper looks after a connection.
type keeper struct {
	*connection
	batch  frames.Batch
	began  time.Time
	idle   time.Time // since when no stream is open; zero: there is one
	leaves time.Time // when the peer was told to go; zero: it wasn't
	asked  bool      // whether it is there
	late   []waiting
	memory []*frames.Conn // of inner's
}

func (k *keeper) look(now time.Time) {
	limits := &k.handed.Limits
	k.frames.Tick(&k.batch, now)
	k.tickInner(now)
	k.late = k.bodies.tick(k.late[:0])
	for _, w := range k.late {
		w.call.late(k.connection, &k.batch, w.id)
	}
	clear(k.late)
	if k.frames.Streams() > 0 {
		k.idle = time.Time{}
	} else if k.idle.IsZero() {
		k.idle = now
	}
	silent := now.Sub(k.frames.LastRead())
	switch {
	case !k.frames.Greeted() && now.Sub(k.began) > limits.ReadHeaderTimeout,
		silent > server.PingAfter+server.PingTimeout:
		k.frames.Close()
	case !k.leaves.IsZero() && now.Sub(k.leaves) > leavePatience:
		k.frames.LeaveNow(&k.batch)
	case !k.handed.ReplaceAt.IsZero() && now.After(k.handed.ReplaceAt),
		!k.idle.IsZero() && now.Sub(k.idle) > limits.IdleTimeout:
		k.leave(now)
	}
	if silent <= server.PingAfter {
		k.asked = false
	} else if !k.asked {
		k.asked = true
		k.frames.Ping(&k.batch)
	}
}

// tickInner does for the connections in memory what time asks for.
func (k *keeper) tickInner(now time.Time) {
	k.memory = k.inner.appendTo(k.memory[:0])
	for _, conn := range k.memory {
		conn.Tick(&k.batch, now)
	}
	clear(k.memory)
}

// leave tells the peer to go elsewhere.
func (k *keeper) leave(now time.Time) {
	if k.leaves.IsZero() {
		k.leaves = now
		k.frames.GoAway(&k.batch)
	}
}
