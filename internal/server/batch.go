package server

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// maxBatch is how many bytes wait for the network before a writer waits too.
const maxBatch = 256 << 10

// closeTimeout bounds how long closing a connection waits for a peer that doesn't read.
const closeTimeout = time.Second

// batchListener makes the connections that it accepts batch their writes, and closes those above the limit: a peer
// that is refused at once can go to another dispatcher, one that waits in a queue can't know.
type batchListener struct {
	net.Listener
	limit       int64         // 0: none
	clear       bool          // text, rather than TLS
	patience    time.Duration // with a peer that doesn't read
	log         *slog.Logger
	connections openConnections
	closed      atomic.Bool
	refused     trouble
	failed      trouble
}

func (l *batchListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if !l.closed.Load() && !errors.Is(err, net.ErrClosed) {
				l.failed.happens(l.log, err) // net/http tries again
			}
			return nil, err
		}
		c := &batchConn{Conn: conn, patience: l.patience, of: &l.connections, clear: l.clear}
		c.changed.L = &c.mu
		if l.connections.add(c, l.limit) {
			return c, nil
		}
		l.refused.happens(l.log, nil)
		conn.Close()
	}
}

func (l *batchListener) Close() error {
	defer l.closed.Store(true)
	return l.Listener.Close()
}

// batchConn puts small writes that come at the same time into one: an HTTP/2 connection carries many answers at once,
// each of several frames, and a system call costs more than the frames do. It waits for nobody: what is there when the
// scheduler gets to it, goes.
//
// A write error is returned by the next write.
type batchConn struct {
	net.Conn
	patience time.Duration // with a peer that doesn't read
	of       *openConnections
	drains   draining
	says     announced
	clear    bool // what comes is HTTP itself

	turn     sync.Mutex // held by who writes, so that parts of a long write stay together
	mu       sync.Mutex
	changed  sync.Cond // when flushing ends, and when pending becomes shorter
	pending  []byte
	spare    []byte
	flushing bool // a goroutine writes what is pending
	err      error
	closed   bool
	instead  net.Conn  // of Conn, by which the connection goes on; nil: it goes on by Conn
	deadline time.Time // that the user of the connection set
	armed    time.Time // the deadline that the connection below has
}

// Write takes p to be written soon. It returns once less than two batches of it are left to write: what is longer is
// somebody's memory, and he has to know that it is.
func (c *batchConn) Write(p []byte) (n int, err error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.pending) >= maxBatch && c.err == nil {
			c.changed.Wait()
		}
		if c.err != nil {
			return n, c.err
		}
		part := p[n:min(len(p), n+maxBatch)]
		c.pending = append(c.pending, part...)
		c.drains.owes.Store(false)
		if !c.drains.began.IsZero() {
			c.drains.wrote = time.Now()
		}
		if !c.flushing {
			c.flushing = true
			go c.flush()
		}
		if n += len(part); n == len(p) {
			return n, nil
		}
	}
}

// flush writes until nothing is pending.
func (c *batchConn) flush() {
	for {
		runtime.Gosched() // let those that are about to write do so
		c.mu.Lock()
		if len(c.pending) == 0 || c.err != nil {
			c.flushing = false
			c.changed.Broadcast()
			c.mu.Unlock()
			return
		}
		out := c.pending
		c.pending, c.spare = c.spare[:0], nil
		c.changed.Broadcast()
		c.mu.Unlock()
		err := c.write(out)
		c.mu.Lock()
		c.err = err
		if cap(out) <= maxBatch {
			c.spare = out
		}
		c.changed.Broadcast()
		c.mu.Unlock()
	}
}

// write writes all of p, and gives up when the peer takes nothing for as long as patience lasts.
func (c *batchConn) write(p []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("write to a connection", v)
			err = errPanicked
		}
	}()
	for {
		c.arm()
		n, err := c.Conn.Write(p)
		if err == nil || n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !c.mayGoOn() {
			return err
		}
		p = p[n:]
	}
}

var errPanicked = errors.New("the dispatcher failed on this connection")

// arm sets the next write's deadline. Doing so is dear, so patience may be shorter by a quarter.
func (c *batchConn) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if !c.deadline.IsZero() || c.armed.Sub(now) > c.patience*3/4 {
		return
	}
	c.armed = now.Add(c.patience)
	_ = c.Conn.SetWriteDeadline(c.armed) // the write fails too
}

// mayGoOn reports whether the deadline that ended a write was the connection's own.
func (c *batchConn) mayGoOn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deadline.IsZero()
}

// SetWriteDeadline bounds how long writes wait for the peer. One that is over already, by which crypto/tls ends a
// connection, doesn't stop what was written before it from leaving.
func (c *batchConn) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() && !t.After(time.Now()) {
		c.drain()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() && c.deadline.IsZero() {
		return nil
	}
	c.deadline, c.armed = t, t
	if t.IsZero() {
		c.armed = time.Now().Add(c.patience)
	}
	return c.Conn.SetWriteDeadline(c.armed)
}

// SetDeadline sets both deadlines.
func (c *batchConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// Close writes what is pending, as far as the peer takes it, and closes the connection.
func (c *batchConn) Close() error {
	defer c.of.remove(c)
	c.drain()
	c.mu.Lock()
	c.closed = true
	instead := c.instead
	c.mu.Unlock()
	if instead != nil {
		return instead.Close()
	}
	return c.Conn.Close()
}

// goOn has Close close another connection instead.
func (c *batchConn) goOn(instead net.Conn) {
	c.mu.Lock()
	c.instead = instead
	closed := c.closed
	c.mu.Unlock()
	if closed {
		_ = instead.Close() // nothing is left to lose
	}
}

// CloseWrite writes what is pending and tells the peer that nothing more comes. net/http uses it before it closes.
func (c *batchConn) CloseWrite() error {
	c.drain()
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

func (c *batchConn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.flushing {
		return
	}
	c.deadline = time.Now().Add(closeTimeout)
	_ = c.Conn.SetWriteDeadline(c.deadline) // the write fails too
	for c.flushing {
		c.changed.Wait()
	}
}
