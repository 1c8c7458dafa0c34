package frames

import (
	"errors"
	"io"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// readAll handles frames until the connection ends. A nil error is an end in good order.
func (c *Conn) readAll(b *Batch) error {
	if c.looped != nil {
		b.Flush() // what greet left
		if err := c.looped.serve(c); !errors.Is(err, errLeft) {
			return err
		}
	}
	for {
		if err := c.whole(b); err != nil {
			return err
		}
		if err := c.read.more(b); err != nil {
			return c.goodEnd(err)
		}
	}
}

// turn reads what a looped connection has, and handles it. The error ends the connection; nil where that is in good
// order, and it is over.
func (c *Conn) turn(b *Batch) (over bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("read a connection", v)
			over, err = true, errPanicked
		}
	}()
	if err := c.read.once(b, c.looped); err != nil {
		return true, c.goodEnd(err)
	}
	err = c.whole(b)
	return err != nil, err
}

// whole handles the frames that have come whole.
func (c *Conn) whole(b *Batch) error {
	if !c.client && !c.skip {
		whole, err := c.read.preface()
		if err != nil || !whole {
			c.read.compact()
			return err
		}
		c.skip = true
	}
	for {
		h, payload, whole, err := c.read.frame()
		if err != nil {
			return err
		}
		if !whole {
			c.read.compact()
			return nil
		}
		if err := c.handle(b, h, payload); err != nil {
			return err
		}
	}
}

// goodEnd returns nil for what ends a connection on which nothing is open any more.
func (c *Conn) goodEnd(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err // why it was cut
	}
	if len(c.streams) == 0 && (errors.Is(err, io.EOF) || c.halfway) {
		return nil
	}
	return err
}

// handle handles one frame. The error ends the connection.
func (c *Conn) handle(b *Batch, h header, p []byte) error {
	if c.decode.open && (h.kind != typeContinuation || h.id != c.decode.id) {
		return broken(ProtocolError, "a header block is interrupted")
	}
	if !c.greeted.Load() {
		if h.kind != typeSettings || h.flags&flagAck != 0 {
			return broken(ProtocolError, "the first frame isn't SETTINGS")
		}
		c.greeted.Store(true)
	}
	switch h.kind {
	case typeData:
		return c.data(b, h, p)
	case typeHeaders:
		return c.headers(b, h, p)
	case typePriority:
		return c.priority(b, h, p)
	case typeReset:
		return c.resetBy(b, h, p)
	case typeSettings:
		return c.settings(b, h, p)
	case typePushPromise:
		return broken(ProtocolError, "nobody may push")
	case typePing:
		return c.ping(b, h, p)
	case typeGoAway:
		return c.goneAway(b, h, p)
	case typeWindowUpdate:
		return c.windowUpdate(b, h, p)
	case typeContinuation:
		return c.continuation(b, h, p)
	}
	return c.noisy() // an extension
}

// noisy counts a frame that carries nothing. The error says that there were too many.
func (c *Conn) noisy() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.noisyLocked()
}

func (c *Conn) noisyLocked() error {
	if c.noise++; c.noise > maxNoise {
		return broken(EnhanceYourCalm, "too many frames that carry nothing")
	}
	return nil
}

// unpad takes the padding off a payload.
func unpad(h header, p []byte) ([]byte, error) {
	if h.flags&flagPadded == 0 {
		return p, nil
	}
	if len(p) == 0 {
		return nil, broken(FrameSizeError, "a padded frame is empty")
	}
	n := int(p[0])
	if p = p[1:]; n > len(p) {
		return nil, broken(ProtocolError, "the padding is longer than the frame")
	}
	return p[:len(p)-n], nil
}

// idle reports whether a stream with the number wasn't opened by anybody. It is called with mu held.
func (c *Conn) idle(id uint32) bool {
	if ours := id%2 == 1; ours == c.client {
		return id >= c.nextID
	}
	return id > c.lastPeer
}

// data handles DATA (RFC 9113 section 6.1).
func (c *Conn) data(b *Batch, h header, p []byte) error {
	if h.id == 0 {
		return broken(ProtocolError, "DATA without a stream")
	}
	body, err := unpad(h, p)
	if err != nil {
		return err
	}
	end := h.flags&flagEndStream != 0
	c.mu.Lock()
	if c.recvWindow -= int64(len(p)); c.recvWindow < 0 {
		c.mu.Unlock()
		return broken(FlowControlError, "more DATA than the connection's window")
	}
	c.credit(b, len(p)-len(body))
	if len(body) == 0 && !end {
		if err = c.noisyLocked(); err != nil {
			c.mu.Unlock()
			return err
		}
	}
	s := c.streams[h.id]
	if s == nil {
		c.credit(b, len(body))
		err = c.unknown(b, h.id, "DATA")
		c.mu.Unlock()
		return err
	}
	if code := s.takes(len(p), len(body), end, c.client); code != NoError {
		c.credit(b, len(body))
		c.mu.Unlock()
		return c.refuse(b, s, code)
	}
	s.ending = end
	s.owed += len(p) - len(body)
	s.unconsumed += len(body)
	s.telling.Store(telling)
	c.mu.Unlock()
	s.Events.Data(b, s, body, end)
	c.told(b, s)
	if end {
		c.ended(b, s)
	}
	return nil
}

// takes counts DATA, and says what is wrong with it. It is called with conn.mu held.
func (s *Stream) takes(length, body int, end, client bool) Code {
	switch {
	case s.ending:
		return StreamClosed
	case client && !s.headed:
		return ProtocolError
	}
	if s.recvWindow -= int64(length); s.recvWindow < 0 {
		return FlowControlError
	}
	if s.left >= 0 {
		if s.left -= int64(body); s.left < 0 || end && s.left > 0 {
			return ProtocolError // RFC 9113 section 8.1.1
		}
	}
	return NoError
}

// ended notes that the peer has ended a stream, after its Events were told.
func (c *Conn) ended(b *Batch, s *Stream) {
	c.mu.Lock()
	closed := false
	if !s.gone {
		s.remoteEnded = true
		if s.localEnded {
			c.forget(b, s, inOrder)
			closed = true
		}
	}
	c.mu.Unlock()
	if closed {
		s.Events.Closed(b, s, Close{})
	}
}

// refuse resets a stream on which the peer did something wrong. That is noise: a peer that has its streams reset makes
// as much work of nothing as one that resets them.
func (c *Conn) refuse(b *Batch, s *Stream, code Code) error {
	c.mu.Lock()
	gone := s.gone
	if !gone {
		c.reset(b, s, code)
	}
	err := c.noisyLocked()
	c.mu.Unlock()
	if !gone {
		s.Events.Closed(b, s, Close{Code: code, Ended: true})
	}
	return err
}

// unknown is what comes of a frame for a stream that isn't open. It is called with mu held.
func (c *Conn) unknown(b *Batch, id uint32, what string) error {
	if c.idle(id) {
		return broken(ProtocolError, what+" for a stream that was never opened")
	}
	known, reset := c.recent.find(id)
	if reset || known && c.client {
		return c.noisyLocked() // it was under way; or a server says more than all, which harms nobody on other streams
	}
	if known && what == "HEADERS" {
		return broken(StreamClosed, what+" for a stream that is closed")
	}
	c.out = appendReset(c.out, id, StreamClosed)
	b.note(c)
	return c.noisyLocked()
}

// credit gives the peer back what it sent on the connection. It is called with mu held.
func (c *Conn) credit(b *Batch, n int) {
	if c.owed += n; c.owed >= c.opts.ConnWindow/2 && c.err == nil {
		c.out = appendWindowUpdate(c.out, 0, c.owed)
		c.recvWindow += int64(c.owed)
		c.owed = 0
		b.note(c)
	}
}
