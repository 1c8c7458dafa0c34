package relay

import (
	"errors"
	"math"
	"net"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// inner is the connection in memory of a caller's: none until something is carried, and another one when the
// http.Server ended it.
type inner struct {
	mu      sync.Mutex
	conn    *frames.Conn              // that takes new streams; nil: none
	conns   map[*frames.Conn]struct{} // all that aren't over
	ended   bool
	serving sync.WaitGroup
}

// open begins a stream.
func (i *inner) open(c *connection, b *frames.Batch, s *frames.Stream, head []frames.Field, end bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for tries := 0; ; tries++ {
		if i.conn == nil {
			if err := i.dial(c); err != nil {
				return err
			}
		}
		err := i.conn.Open(b, s, head, end)
		if err == nil || errors.Is(err, frames.ErrFull) || tries > 0 {
			return err
		}
		i.conn = nil // it leaves; what it has goes on
	}
}

// dial is called with mu held.
func (i *inner) dial(c *connection) error {
	if i.ended {
		return net.ErrClosed
	}
	nc, err := c.handed.Inner()
	if err != nil {
		return err
	}
	limits := &c.handed.Limits
	conn := frames.NewClient(nc, frames.Options{
		HeaderBytes: math.MaxInt32, PeerStreams: limits.StreamsPerConnection, WriteTimeout: limits.WriteTimeout,
	})
	i.conn = conn
	if i.conns == nil {
		i.conns = map[*frames.Conn]struct{}{}
	}
	i.conns[conn] = struct{}{}
	i.serving.Go(func() {
		defer panics.Caught("carry streams")
		defer i.forget(conn)
		_ = conn.Serve(&frames.Batch{}) // its streams were told
	})
	return nil
}

// forget forgets a connection that is over.
func (i *inner) forget(conn *frames.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.conns, conn)
}

// appendTo adds the connections that aren't over.
func (i *inner) appendTo(conns []*frames.Conn) []*frames.Conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	for conn := range i.conns {
		conns = append(conns, conn)
	}
	return conns
}

// end closes the connections, when there is nothing more to carry.
func (i *inner) end() {
	i.mu.Lock()
	i.ended = true
	i.mu.Unlock()
	for _, conn := range i.appendTo(nil) {
		conn.Close()
	}
	i.serving.Wait()
}
