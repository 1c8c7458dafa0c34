package frames

import (
	"encoding/binary"
	"math"
)

// priority handles PRIORITY, which is checked and ignored (RFC 9113 section 6.3).
func (c *Conn) priority(b *Batch, h header, p []byte) error {
	switch {
	case h.id == 0:
		return broken(ProtocolError, "PRIORITY without a stream")
	case len(p) != 5:
		return c.blame(b, h.id, FrameSizeError)
	case binary.BigEndian.Uint32(p)&maxID == h.id:
		return c.blame(b, h.id, ProtocolError)
	}
	return c.noisy()
}

// blame resets a stream, open or not, for what was wrong with a frame of it.
func (c *Conn) blame(b *Batch, id uint32, code Code) error {
	c.mu.Lock()
	s := c.streams[id]
	if s == nil {
		defer c.mu.Unlock()
		if c.idle(id) {
			return broken(code, "a frame of a stream that was never opened")
		}
		c.out = appendReset(c.out, id, code)
		b.note(c)
		return c.noisyLocked()
	}
	c.mu.Unlock()
	return c.refuse(b, s, code)
}

// resetBy handles RST_STREAM (RFC 9113 section 6.4).
func (c *Conn) resetBy(b *Batch, h header, p []byte) error {
	switch {
	case h.id == 0:
		return broken(ProtocolError, "RST_STREAM without a stream")
	case len(p) != 4:
		return broken(FrameSizeError, "RST_STREAM isn't 4 bytes long")
	}
	code := Code(binary.BigEndian.Uint32(p))
	c.mu.Lock()
	err := c.noisyLocked()
	s := c.streams[h.id]
	if s == nil && c.idle(h.id) {
		err = broken(ProtocolError, "RST_STREAM for a stream that was never opened")
	}
	if s == nil || err != nil {
		c.mu.Unlock()
		return err
	}
	c.forget(b, s, byPeer)
	c.mu.Unlock()
	s.Events.Closed(b, s, Close{Code: code, Ended: true, Remote: true, Unprocessed: code == RefusedStream})
	return nil
}

// settings handles SETTINGS (RFC 9113 section 6.5).
func (c *Conn) settings(b *Batch, h header, p []byte) error {
	switch {
	case h.id != 0:
		return broken(ProtocolError, "SETTINGS of a stream")
	case h.flags&flagAck != 0 && len(p) > 0, len(p)%6 != 0:
		return broken(FrameSizeError, "SETTINGS has an odd length")
	case h.flags&flagAck != 0:
		return c.noisy()
	}
	c.mu.Lock()
	err := c.noisyLocked()
	if !c.settled && c.client {
		c.peerStreams = math.MaxUint32 // unless it says otherwise
	}
	first := !c.settled
	c.settled = true
	before := c.peerWindow
	for ; len(p) > 0 && err == nil; p = p[6:] {
		err = c.setting(binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:]))
	}
	var told []event
	if err == nil {
		c.out = appendHeader(c.out, 0, typeSettings, flagAck, 0)
		b.note(c)
		if c.peerWindow > before {
			told = c.reopened(b)
		}
	}
	c.mu.Unlock()
	for _, e := range told {
		e.tell(b)
	}
	if first && err == nil && c.opts.Greeted != nil {
		c.opts.Greeted(b, c)
	}
	return err
}

// setting is called with mu held.
func (c *Conn) setting(id uint16, value uint32) error {
	switch id {
	case settingTableSize:
		c.encode.resize(value)
	case settingEnablePush:
		if value > 1 || c.client && value == 1 {
			return broken(ProtocolError, "SETTINGS_ENABLE_PUSH")
		}
	case settingStreams:
		c.peerStreams = value
	case settingWindow:
		if value > maxWindow {
			return broken(FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE")
		}
		return c.rewindow(int64(value))
	case settingFrameSize:
		if value < maxFrame || value > 1<<24-1 {
			return broken(ProtocolError, "SETTINGS_MAX_FRAME_SIZE")
		}
	case settingHeaders:
		c.peerHeaders.Store(max(value, 1))
	}
	return nil
}

// rewindow changes the windows of all streams (RFC 9113 section 6.9.2), and counts that as the work that it is: one
// frame can ask for it 2,730 times. It is called with mu held.
func (c *Conn) rewindow(to int64) error {
	change := to - c.peerWindow
	if change == 0 {
		return nil
	}
	c.peerWindow = to
	c.noise += len(c.streams) / streamsANoise
	if err := c.noisyLocked(); err != nil {
		return err
	}
	for _, s := range c.streams {
		if s.sendWindow += change; s.sendWindow > maxWindow {
			return broken(FlowControlError, "a window is larger than 2³¹-1")
		}
	}
	return nil
}

// reopened lets go what waits for windows that may have opened. It is called with mu held.
func (c *Conn) reopened(b *Batch) (told []event) {
	for _, s := range c.streams {
		if len(s.held) > 0 && s.sendWindow > 0 {
			told = c.letGo(b, s, told)
		}
	}
	return told
}

// windowUpdate handles WINDOW_UPDATE (RFC 9113 section 6.9).
func (c *Conn) windowUpdate(b *Batch, h header, p []byte) error {
	if len(p) != 4 {
		return broken(FrameSizeError, "WINDOW_UPDATE isn't 4 bytes long")
	}
	n := int64(binary.BigEndian.Uint32(p) & maxID)
	if h.id != 0 {
		return c.streamWindow(b, h.id, n)
	}
	if n == 0 {
		return broken(ProtocolError, "WINDOW_UPDATE by nothing")
	}
	c.mu.Lock()
	if c.sendWindow += n; c.sendWindow > maxWindow {
		c.mu.Unlock()
		return broken(FlowControlError, "the connection's window is larger than 2³¹-1")
	}
	told := c.pump(b)
	c.mu.Unlock()
	for _, e := range told {
		e.tell(b)
	}
	return nil
}

func (c *Conn) streamWindow(b *Batch, id uint32, n int64) error {
	c.mu.Lock()
	s := c.streams[id]
	switch {
	case s == nil && c.idle(id):
		c.mu.Unlock()
		return broken(ProtocolError, "WINDOW_UPDATE for a stream that was never opened")
	case s == nil:
		defer c.mu.Unlock()
		return c.noisyLocked() // it was under way
	case n == 0:
		c.mu.Unlock()
		return c.blame(b, id, ProtocolError)
	}
	if s.sendWindow += n; s.sendWindow > maxWindow {
		c.mu.Unlock()
		return c.blame(b, id, FlowControlError)
	}
	var told []event
	if len(s.held) > 0 && s.sendWindow > 0 && !s.inWaiting {
		told = c.letGo(b, s, nil)
		b.note(c)
	}
	c.mu.Unlock()
	for _, e := range told {
		e.tell(b)
	}
	return nil
}

// ping handles PING (RFC 9113 section 6.7).
func (c *Conn) ping(b *Batch, h header, p []byte) error {
	switch {
	case h.id != 0:
		return broken(ProtocolError, "PING of a stream")
	case len(p) != 8:
		return broken(FrameSizeError, "PING isn't 8 bytes long")
	case h.flags&flagAck != 0:
		return c.pong(b, p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(appendHeader(c.out, 8, typePing, flagAck, 0), p...)
	b.note(c)
	return c.noisyLocked()
}
