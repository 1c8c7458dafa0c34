package frames

import "encoding/binary"

// headers handles HEADERS (RFC 9113 section 6.2).
func (c *Conn) headers(b *Batch, h header, p []byte) error {
	if h.id == 0 {
		return broken(ProtocolError, "HEADERS without a stream")
	}
	p, err := unpad(h, p)
	if err != nil {
		return err
	}
	c.decode.begin(h)
	if h.flags&flagPriority != 0 {
		if len(p) < 5 {
			return broken(FrameSizeError, "HEADERS is too short for its priority")
		}
		c.decode.self = binary.BigEndian.Uint32(p)&maxID == h.id
		p = p[5:]
	}
	return c.part(b, h, p)
}

// continuation handles CONTINUATION (RFC 9113 section 6.10).
func (c *Conn) continuation(b *Batch, h header, p []byte) error {
	if !c.decode.open {
		return broken(ProtocolError, "CONTINUATION of nothing")
	}
	return c.part(b, h, p)
}

func (c *Conn) part(b *Batch, h header, p []byte) error {
	last := h.flags&flagEndHeaders != 0
	if err := c.decode.add(p, last); err != nil || !last {
		return err
	}
	if c.client {
		return c.response(b, c.decode.id, c.decode.end)
	}
	return c.request(b, c.decode.id, c.decode.end)
}

// request handles a header list of a client's: a new stream, or trailers.
func (c *Conn) request(b *Batch, id uint32, end bool) error {
	if id%2 == 0 {
		return broken(ProtocolError, "a client's streams have odd numbers")
	}
	c.mu.Lock()
	if s := c.streams[id]; s != nil {
		c.mu.Unlock()
		return c.trailers(b, s, end)
	}
	if id <= c.lastPeer {
		defer c.mu.Unlock()
		if known, _ := c.recent.find(id); !known {
			return broken(ProtocolError, "a new stream has a lower number than one before")
		}
		return c.unknown(b, id, "HEADERS")
	}
	c.lastPeer = id
	if c.leaving {
		c.mu.Unlock()
		return c.noisy() // it came after GOAWAY: the client tries it elsewhere
	}
	full := len(c.streams) >= c.opts.Streams
	c.opening = true
	c.mu.Unlock()
	return c.open(b, id, end, full)
}

// open begins a stream that a client has opened.
func (c *Conn) open(b *Batch, id uint32, end, full bool) error {
	d := &c.decode
	length, valid := d.checkRequest()
	switch {
	case full:
		return c.turnDown(b, id, RefusedStream)
	case d.self, !valid && !d.large, end && length > 0:
		return c.turnDown(b, id, ProtocolError)
	case d.large:
		return c.tooLarge(b, id, end)
	}
	s := c.opts.Accept(b, c, d.head, end)
	if s == nil {
		return c.turnDown(b, id, RefusedStream)
	}
	c.mu.Lock()
	s.begin(c, id)
	s.left, s.ending, c.opening = length, end, false
	s.telling.Store(telling)
	c.mu.Unlock()
	c.head(b, s, end)
	return nil
}

// head tells a stream's Events of the list that was decoded. They are being told as it is called.
func (c *Conn) head(b *Batch, s *Stream, end bool) {
	s.Events.Head(b, s, c.decode.head, end)
	c.told(b, s)
	if end {
		c.ended(b, s)
	}
}

// turnDown resets a stream that nobody has. It is noise.
func (c *Conn) turnDown(b *Batch, id uint32, code Code) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = appendReset(c.out, id, code)
	return c.notOpened(b, id)
}

// tooLarge answers a request whose header list is above the limit (RFC 6585 section 5).
func (c *Conn) tooLarge(b *Batch, id uint32, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.appendHead(id, []Field{{Name: ":status", Value: "431"}, {Name: "content-length", Value: "0"}}, true)
	if !end {
		c.out = appendReset(c.out, id, NoError)
	}
	return c.notOpened(b, id)
}

// notOpened ends what request began for a stream that nobody has. It is called with mu held.
func (c *Conn) notOpened(b *Batch, id uint32) error {
	c.opening = false
	c.recent.add(id, true)
	c.emptied(b)
	b.note(c)
	return c.noisyLocked()
}

// trailers handles a second header list of the peer's.
func (c *Conn) trailers(b *Batch, s *Stream, end bool) error {
	d := &c.decode
	c.mu.Lock()
	if c.streams[c.decode.id] != s { // it was closed a moment ago
		defer c.mu.Unlock()
		return c.noisyLocked()
	}
	ending, missing := s.ending, s.left > 0
	s.ending = s.ending || end
	s.telling.Store(telling)
	c.mu.Unlock()
	switch {
	case ending:
		return c.refuse(b, s, StreamClosed)
	case d.large && c.client:
		return c.refuse(b, s, EnhanceYourCalm)
	case !end, d.self, d.large, missing, !d.checkTrailers():
		return c.refuse(b, s, ProtocolError)
	}
	c.head(b, s, end)
	return nil
}

// response handles a header list of a server's.
func (c *Conn) response(b *Batch, id uint32, end bool) error {
	d := &c.decode
	c.mu.Lock()
	s := c.streams[id]
	if s == nil {
		defer c.mu.Unlock()
		return c.unknown(b, id, "HEADERS")
	}
	if s.headed {
		c.mu.Unlock()
		return c.trailers(b, s, end)
	}
	interim, valid := d.checkResponse()
	ending := s.ending
	s.headed = !interim
	s.ending = s.ending || end
	s.telling.Store(telling)
	c.mu.Unlock()
	switch {
	case ending:
		return c.refuse(b, s, StreamClosed)
	case d.large:
		return c.refuse(b, s, EnhanceYourCalm)
	case !valid, interim && end:
		return c.refuse(b, s, ProtocolError)
	}
	c.head(b, s, end)
	if interim {
		return c.noisy() // there may be any number of them
	}
	return nil
}
