package server

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// openConnections are those that are open. The zero value has none.
type openConnections struct {
	mu       sync.Mutex
	open     map[*batchConn]struct{}
	draining time.Time // since when; zero before
}

// add counts a connection in, unless there are as many as limit; 0 is no limit.
func (c *openConnections) add(conn *batchConn, limit int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if limit > 0 && int64(len(c.open)) >= limit {
		return false
	}
	if c.open == nil {
		c.open = map[*batchConn]struct{}{}
	}
	c.open[conn] = struct{}{}
	conn.drains.began = c.draining // nobody else has it yet
	return true
}

func (c *openConnections) remove(conn *batchConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// drain marks those that are open, and those that will be.
func (c *openConnections) drain(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = now
	for conn := range c.open {
		conn.mu.Lock()
		conn.drains.began = now
		conn.mu.Unlock()
	}
}

func (c *openConnections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

func (c *openConnections) all() []*batchConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*batchConn, 0, len(c.open))
	for conn := range c.open {
		all = append(all, conn)
	}
	return all
}

// cut closes all at the same time, and waits until they are.
func (c *openConnections) cut() {
	var closing sync.WaitGroup
	for _, conn := range c.all() {
		closing.Go(func() {
			defer panics.Caught("close a connection")
			_ = conn.Close() // nothing is left to lose
		})
	}
	closing.Wait()
}

// What a connection that drains has time for.
const (
	newPatience = 250 * time.Millisecond // to send a first byte
	quiet       = 20 * time.Millisecond  // to write what follows GOAWAY
	linger      = 250 * time.Millisecond // to close, once it was told that nothing more comes
)

// draining is what a connection knows of its end. net/http sends GOAWAY over HTTP/2 and then holds an idle connection
// for a second, so that the peer reads it before a reset may wipe it out. A connection closed in two steps needs no
// guess: it says that nothing more comes, goes on reading, and ends when the peer has read that and closed its side.
type draining struct {
	state atomic.Int32             // http.ConnState
	owes  atomic.Bool              // nothing was written since the state became idle
	top   atomic.Pointer[tls.Conn] // above it; nil in clear text

	began, wrote, ended time.Time // guarded by the connection's mu: the drain, the last write since, our side's end
}

// noteState is a http.Server's ConnState, which HTTP/2 tells of idle connections, too.
func noteState(conn net.Conn, state http.ConnState) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
		if c, ok := conn.(*batchConn); ok && state == http.StateNew {
			c.drains.top.Store(secure)
		}
	}
	if c, ok := conn.(*batchConn); ok {
		c.drains.owes.Store(state == http.StateIdle) // first, since both are read in the other order
		c.drains.state.Store(int32(state))
	}
}

// http2 reports whether the peer speaks HTTP/2. Call it once the handshake is over: it would wait for that, which may
// wait for the connection's mu.
func (c *batchConn) http2() bool {
	if top := c.drains.top.Load(); top != nil {
		return top.ConnectionState().NegotiatedProtocol == "h2"
	}
	return c.says.http2.Load()
}

// endIfIdle takes a connection a step further towards its end, where nothing is in flight on it. Over HTTP/2 net/http
// calls a connection idle before it writes the end of the last answer. Where it has nothing to write, since the peer
// gave up the last request, net/http ends the connection itself, a second later.
func (c *batchConn) endIfIdle(now time.Time) {
	c.mu.Lock()
	d := &c.drains
	idle := http.ConnState(d.state.Load()) == http.StateIdle && !c.flushing && !(d.owes.Load() && c.http2())
	silent := http.ConnState(d.state.Load()) == http.StateNew && now.Sub(d.began) > newPatience
	last := idle && d.ended.IsZero() && !d.wrote.IsZero() && now.Sub(d.wrote) > quiet
	timeUp := silent || !d.ended.IsZero() && now.Sub(d.ended) > linger
	if last {
		d.ended = now
	}
	c.mu.Unlock()
	switch {
	case timeUp:
		_ = c.Close()
	case last:
		if top := d.top.Load(); top != nil {
			_ = top.CloseWrite() // the peer is gone
		}
		_ = c.CloseWrite()
	}
}
