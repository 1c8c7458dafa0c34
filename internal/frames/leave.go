package frames

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// What our PINGs carry.
var (
	pingAlive  = [8]byte{'a', 'l', 'i', 'v', 'e'}
	pingLeaves = [8]byte{'l', 'e', 'a', 'v', 'e', 's'}
)

// Ping asks the peer whether it is there; LastRead tells whether it answered.
func (c *Conn) Ping(b *Batch) { c.sendPing(b, pingAlive) }

func (c *Conn) sendPing(b *Batch, data [8]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.out = append(appendHeader(c.out, 8, typePing, 0, 0), data[:]...)
		b.note(c)
	}
}

// LastRead is when something came last.
func (c *Conn) LastRead() time.Time { return monotonic.Time(c.readAt.Load()) }

// GoAway lets the connection end: the peer opens no more streams, those that are open finish, then our side closes. A
// server says so twice (RFC 9113 section 6.8): streams that the peer opens before it has read the first are served.
func (c *Conn) GoAway(b *Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.warned || c.err != nil {
		return
	}
	c.warned = true
	if c.client {
		c.goAway(b)
		return
	}
	c.out = appendGoAway(c.out, maxID, NoError, "")
	c.out = append(appendHeader(c.out, 8, typePing, 0, 0), pingLeaves[:]...)
	b.note(c)
}

// LeaveNow is GoAway's second half, for a peer that doesn't answer the PING of the first.
func (c *Conn) LeaveNow(b *Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.warned = true
		c.goAway(b)
	}
}

// goAway is called with mu held.
func (c *Conn) goAway(b *Batch) {
	if c.leaving {
		return
	}
	c.leaving = true
	c.out = appendGoAway(c.out, c.lastPeer, NoError, "")
	c.emptied(b)
	b.note(c)
}

// pong handles the answer to a PING of ours.
func (c *Conn) pong(b *Batch, p []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if [8]byte(p) == pingLeaves && c.warned {
		c.goAway(b)
	}
	return c.noisyLocked()
}

// Left returns what the peer's last GOAWAY says: the last stream that it will process, and why it leaves. It is for
// clients whose Options.GoAway was called.
func (c *Conn) Left() (last uint32, code Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastTaken, c.leftCode
}

// leftKept is how many bytes are kept of what a GOAWAY says.
const leftKept = 256

// saidBefore is the cause of a connection's end with the error that the peer named in its GOAWAY, if it did: that is
// what the other end knows of it. It is called with mu held.
func (c *Conn) saidBefore(cause error) error {
	if c.leftCode == NoError {
		return cause
	}
	said := &Error{Code: c.leftCode, Remote: true}
	if c.leftText != "" {
		said.Text = strconv.Quote(c.leftText)
	}
	return fmt.Errorf("%w; %w", cause, said)
}

// goneAway handles GOAWAY (RFC 9113 section 6.8).
func (c *Conn) goneAway(b *Batch, h header, p []byte) error {
	switch {
	case h.id != 0:
		return broken(ProtocolError, "GOAWAY of a stream")
	case len(p) < 8:
		return broken(FrameSizeError, "GOAWAY is shorter than 8 bytes")
	}
	last, code := binary.BigEndian.Uint32(p)&maxID, Code(binary.BigEndian.Uint32(p[4:]))
	c.mu.Lock()
	c.left, c.leftCode, c.leftText = true, code, string(p[8:min(len(p), 8+leftKept)])
	var lost []*Stream
	if c.client {
		c.lastTaken = min(c.lastTaken, last)
		for id, s := range c.streams {
			if id > last {
				lost = append(lost, s)
			}
		}
		for _, s := range lost {
			c.forget(b, s, byUs)
		}
	}
	if len(c.streams) == 0 {
		c.finished = true
		b.note(c)
	}
	err := c.noisyLocked()
	c.mu.Unlock()
	if c.opts.GoAway != nil {
		c.opts.GoAway(b, c) // before its streams end, so that they know why
	}
	for _, s := range lost {
		s.Events.Closed(b, s, Close{Code: code, Ended: true, Remote: true, Unprocessed: true})
	}
	return err
}
