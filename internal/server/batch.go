package server

import (
	"net"
	"runtime"
	"sync"
	"time"
)

// maxBatch is how many bytes wait for the network before a writer waits too.
const maxBatch = 256 << 10

// closeTimeout bounds how long closing a connection waits for a peer that doesn't read.
const closeTimeout = time.Second

// batchListener makes the connections that it accepts batch their writes.
type batchListener struct{ net.Listener }

func (l batchListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &batchConn{Conn: conn}
	c.changed.L = &c.mu
	return c, nil
}

// batchConn puts small writes that come at the same time into one: an HTTP/2 connection carries many answers at once,
// each of several frames, and a system call costs more than the frames do. It waits for nobody: what is there when the
// scheduler gets to it, goes.
//
// A write error is returned by the next write.
type batchConn struct {
	net.Conn

	mu       sync.Mutex
	changed  sync.Cond // when flushing ends, and when pending becomes shorter
	pending  []byte
	spare    []byte
	flushing bool // a goroutine writes what is pending
	err      error
}

// Write takes p to be written soon.
func (c *batchConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.pending) >= maxBatch && c.err == nil {
		c.changed.Wait()
	}
	if c.err != nil {
		return 0, c.err
	}
	c.pending = append(c.pending, p...)
	if !c.flushing {
		c.flushing = true
		go c.flush()
	}
	return len(p), nil
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
		_, err := c.Conn.Write(out)
		c.mu.Lock()
		c.err = err
		if cap(out) <= maxBatch {
			c.spare = out
		}
		c.changed.Broadcast()
		c.mu.Unlock()
	}
}

// Close writes what is pending, as far as the peer takes it, and closes the connection.
func (c *batchConn) Close() error {
	c.drain()
	return c.Conn.Close()
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
	_ = c.Conn.SetWriteDeadline(time.Now().Add(closeTimeout))
	for c.flushing {
		c.changed.Wait()
	}
}
