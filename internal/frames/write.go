package frames

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// appendHead encodes a header list as HEADERS and, where it is long, CONTINUATION. It is called with mu held.
func (c *Conn) appendHead(id uint32, head []Field, end bool) {
	c.block = c.encode.append(c.block[:0], head)
	block, kind, flags := c.block, uint8(typeHeaders), endFlag(end)
	for {
		n := min(len(block), c.peerFrame)
		if n == len(block) {
			flags |= flagEndHeaders
		}
		c.out = append(appendHeader(c.out, n, kind, flags, id), block[:n]...)
		if block = block[n:]; len(block) == 0 {
			break
		}
		kind, flags = typeContinuation, 0
	}
	if cap(c.block) > maxFrame {
		c.block = nil // one long list isn't held for the connection's life
	}
}

// lets returns how many bytes of a stream's data may go now in one frame; -1 where the write buffer is full. It is
// called with mu held.
func (c *Conn) lets(s *Stream) int {
	if len(c.out)+c.inWrite >= maxOut {
		return -1
	}
	return int(max(0, min(s.sendWindow, c.sendWindow, int64(c.peerFrame))))
}

// release writes what a stream holds as far as it may, and returns how much of what Room is told, and whether that
// closed the stream. It is called with mu held.
func (c *Conn) release(b *Batch, s *Stream) (room int, closed bool) {
	n := 0 // pieces that are written
	for n < len(s.held) && !closed {
		h := &s.held[n]
		written, whole := c.piece(s, h)
		room += written
		if !whole {
			c.await(s, h)
			break
		}
		n++
		closed = h.end && s.endLocal(b)
	}
	if !s.gone { // forget lets go of all
		s.held = slices.Delete(s.held, 0, n)
	}
	if len(s.held) == 0 {
		s.stalled = 0
	}
	return room, closed
}

// piece writes what it may of a piece, and returns how much of what Room is told, and whether that was all. It is
// called with mu held.
func (c *Conn) piece(s *Stream, h *piece) (room int, whole bool) {
	if h.isHead {
		c.appendHead(s.id, h.head, h.end)
		return 0, true
	}
	for {
		n := c.lets(s)
		if n < 0 || n == 0 && len(h.data) > 0 {
			return room, false
		}
		n = min(n, len(h.data))
		whole = n == len(h.data)
		c.out = append(appendHeader(c.out, n, typeData, endFlag(whole && h.end), s.id), h.data[:n]...)
		h.data = h.data[n:]
		s.sendWindow -= int64(n)
		c.sendWindow -= int64(n)
		s.stalled = 0
		if !h.silent {
			room += n
		}
		if whole {
			return room, true
		}
	}
}

// await has a stream wait with a piece: for its window, or in the row of those that have one, or need none. It is
// called with mu held.
func (c *Conn) await(s *Stream, h *piece) {
	if s.stalled == 0 {
		s.stalled = monotonic.Now()
	}
	if (s.sendWindow > 0 || len(h.data) == 0) && !s.inWaiting {
		s.inWaiting = true
		c.waiting = append(c.waiting, s)
	}
}

// event is something that Events are to be told once mu is free.
type event struct {
	s      *Stream
	room   int
	closed bool
	why    Close
}

func (e event) tell(b *Batch) {
	if e.room > 0 {
		e.s.Events.Room(b, e.s, e.room)
	}
	if e.closed {
		e.s.Events.Closed(b, e.s, e.why)
	}
}

// letGo has a stream write what it holds, and adds what Events are to be told. It is called with mu held.
func (c *Conn) letGo(b *Batch, s *Stream, to []event) []event {
	if s.gone {
		return to
	}
	e := event{s: s}
	tells := s.tellsRoom
	e.room, e.closed = c.release(b, s)
	if !tells {
		e.room = 0
	}
	if s.resetAfter && len(s.held) == 0 && !s.gone {
		e.closed, e.why = c.closes(b, s), Close{Code: s.resetCode, Ended: true}
	}
	if e.room > 0 || e.closed {
		to = append(to, e)
	}
	return to
}

// pump gives those that wait what room there is. It is called with mu held.
func (c *Conn) pump(b *Batch) (told []event) {
	for n := len(c.waiting); n > 0 && c.sendWindow > 0 && len(c.out)+c.inWrite < maxOut; n-- {
		s := c.waiting[0]
		c.waiting = slices.Delete(c.waiting, 0, 1)
		s.inWaiting = false
		told = c.letGo(b, s, told)
		b.note(c)
	}
	return told
}

// flush writes what there is. What the network doesn't take at once is left to the writer.
func (c *Conn) flush(b *Batch) {
	defer c.cutCaught()
	c.mu.Lock()
	if c.notedBy == b {
		c.notedBy = nil
	}
	if c.halfway {
		c.out = c.out[:0] // our side is ended
	}
	for len(c.out) > 0 && !c.writing && c.err == nil {
		out := c.take()
		var n int
		var err error
		if c.tries() {
			c.mu.Unlock()
			n, err = c.tryWrite(out)
			c.mu.Lock()
		}
		if err != nil {
			c.wrote(out)
			c.cut(err)
			break
		}
		if n < len(out) {
			c.inWrite = len(out) - n
			c.writers.Go(func() {
				defer panics.Caught("write to a connection")
				c.write(out, n)
			})
			break
		}
		c.wrote(out)
		if told := c.pump(b); len(told) > 0 {
			c.mu.Unlock()
			for _, e := range told {
				e.tell(b)
			}
			c.mu.Lock()
		}
	}
	if len(c.out)+c.inWrite > maxHeld {
		c.cut(broken(EnhanceYourCalm, "the peer doesn't read the answers to what it sends"))
	}
	c.mayFinish()
	c.mu.Unlock()
}

// tries reports whether the network can be asked to take something without waiting.
func (c *Conn) tries() bool { return c.raw != nil || c.looped != nil }

// tryWrite returns how many bytes of p the network took.
func (c *Conn) tryWrite(p []byte) (n int, err error) {
	if c.looped != nil {
		return c.looped.try(p)
	}
	return c.try.write(c.raw, p)
}

// take takes what is to be written. It is called with mu held.
func (c *Conn) take() []byte {
	out := c.out
	c.out, c.spare = c.spare[:0], nil
	c.writing, c.inWrite = true, len(out)
	return out
}

// wrote ends what take began. It is called with mu held.
func (c *Conn) wrote(out []byte) {
	c.writing, c.inWrite = false, 0
	if cap(out) <= maxOut && cap(out) > cap(c.spare) {
		c.spare = out[:0]
	}
	if c.err != nil {
		c.out = c.out[:0]
	}
}

// cut ends a connection that can't be written to. It is called with mu held; the reader does the rest.
func (c *Conn) cut(err error) {
	if c.err != nil {
		return
	}
	c.fail(err)
	c.writers.Go(func() { // since a close waits for who uses the connection
		defer panics.Caught("close a connection")
		_ = c.nc.Close() // it is given up
	})
}

// cutCaught, deferred by who writes to a connection, ends that where he panics, rather than what else he has to do:
// nobody would write to it any more.
func (c *Conn) cutCaught() {
	if v := recover(); v != nil {
		panics.Note("write to a connection", v)
		c.mu.Lock()
		c.cut(errPanicked)
		c.mu.Unlock()
	}
}

// write is the writer: it writes out from n on, and whatever comes meanwhile, waiting for the peer.
func (c *Conn) write(out []byte, n int) {
	defer c.cutCaught()
	b := &Batch{}
	for {
		err := c.writeAll(out[n:])
		c.mu.Lock()
		c.wrote(out)
		if err != nil && c.err == nil {
			c.cut(err)
		}
		told := c.pump(b)
		c.mu.Unlock()
		for _, e := range told {
			e.tell(b)
		}
		runtime.Gosched() // let those that are about to write do so
		c.mu.Lock()
		if len(c.out) == 0 || c.err != nil || c.writing {
			if c.looped != nil {
				c.looped.rest()
			}
			c.mayFinish()
			c.mu.Unlock()
			b.Flush()
			return
		}
		out, n = c.take(), 0
		c.mu.Unlock()
		b.Flush() // of other connections: the next write may wait
	}
}

// writeAll writes p, and gives up when the peer takes nothing for as long as WriteTimeout.
func (c *Conn) writeAll(p []byte) error {
	for {
		_ = c.nc.SetWriteDeadline(time.Now().Add(c.opts.WriteTimeout)) // the write fails too
		n, err := c.nc.Write(p)
		if err == nil || n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			_ = c.nc.SetWriteDeadline(time.Time{}) // so that a try isn't late by then
			return err
		}
		p = p[n:]
	}
}

// mayFinish ends our side, once it is over and all of it is written. It is called with mu held. A socket's end takes
// no time; that of TLS is written, and may wait.
func (c *Conn) mayFinish() {
	if !c.finished || c.halfway || c.writing || len(c.out) > 0 || c.err != nil {
		return
	}
	c.halfway = true
	if c.tries() {
		c.finish()
		return
	}
	c.writers.Go(func() {
		defer panics.Caught("end our side of a connection")
		c.finish()
	})
}

// lingers is how long a peer has to close its side, once it was told that nothing more comes. A close before it has
// read what was written could wipe that out.
const lingers = 250 * time.Millisecond

// finish tells the peer that nothing more comes.
func (c *Conn) finish() {
	if c.looped != nil {
		c.looped.leave() // who waits for the peer to end has a deadline
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.nc.SetReadDeadline(time.Now().Add(lingers)) // the read fails too
		return
	}
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
}
