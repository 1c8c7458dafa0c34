package frames

import (
	"slices"
	"sync/atomic"
)

// Events is who has a stream. They are told what the peer does on it one after the other, by the goroutine that reads
// the stream's Conn, with its Batch, and without any lock of the Conn held. Closed and Room also come from whoever's
// call caused them, or from the goroutine that writes; Closed never while Head or Data is being told.
type Events interface {
	// Head tells of a request's head or a response's, 1xx ones too, and of trailers. head is valid until Head
	// returns; its strings stay.
	Head(b *Batch, s *Stream, head []Field, end bool)
	// Data is valid until Data returns. Consume gives the peer back what window it took.
	Data(b *Batch, s *Stream, p []byte, end bool)
	// Room says that n bytes that were kept back have been copied into the write buffer, where TellRoom was called.
	Room(b *Batch, s *Stream, n int)
	// Closed is the last, and comes once, but not after our own Reset: neither side says anything more.
	Closed(b *Batch, s *Stream, why Close)
}

// Close is why a stream is over. The zero value says that both sides ended it in good order.
type Close struct {
	Code        Code
	Ended       bool  // it isn't over in good order
	Remote      bool  // the peer reset it
	Unprocessed bool  // the peer has never looked at it, so that it may be tried again
	Err         error // the connection ended
}

// Field is one of a header list. Names are in lower case.
type Field struct {
	Name, Value string
	Sensitive   bool // never indexed: a secret, or a value that no other list will have
}

// Stream is one stream of a Conn. Whoever has it embeds it, sets Events, and hands it to Conn.Open or returns it from
// Accept; he may use it for another stream after Closed, but not after Reset, nor while he has calls of its methods
// running. Nothing that is written after its end goes anywhere.
type Stream struct {
	Events Events

	conn *Conn
	id   uint32

	// Guarded by conn.mu.
	gone        bool // closed or reset: not among the conn's streams
	headed      bool // client: the response's head came
	localEnded  bool // END_STREAM is in the write buffer
	remoteEnded bool // END_STREAM came, and Events were told
	ending      bool // END_STREAM came, Events may be being told
	inWaiting   bool // is in conn.waiting
	tellsRoom   bool
	sendWindow  int64
	recvWindow  int64
	owed        int   // of recvWindow, to be given back
	unconsumed  int   // came and wasn't consumed
	left        int64 // server: of what content-length says; -1: it says nothing
	held        []piece
	resetAfter  bool // reset once nothing is held, with
	resetCode   Code
	stalled     int64 // since when windows hold it up, as package monotonic has it; 0: they don't

	telling atomic.Uint32 // set with conn.mu held
}

// Whether Events are being told of what came.
const (
	idle    = iota
	telling // by the reader
	closing // and it will close the stream, with resetCode, when it has: somebody else wanted to
)

// piece is what a stream has to write and can't yet.
type piece struct {
	data   []byte
	head   []Field
	isHead bool
	silent bool // its bytes aren't told to Room
	owned  bool // data is a copy of ours
	end    bool
}

// ID returns its number.
func (s *Stream) ID() uint32 { return s.id }

// begin is called with c.mu held.
func (s *Stream) begin(c *Conn, id uint32) {
	held := s.held[:0]
	*s = Stream{
		Events: s.Events, conn: c, id: id, sendWindow: c.peerWindow, recvWindow: int64(c.opts.StreamWindow), left: -1,
		held: held,
	}
	c.streams[id] = s
}

// TellRoom has Room told from now on. A stream that is used again after Closed must not have it told: it could be told
// late, when the next one has begun.
func (s *Stream) TellRoom() {
	s.conn.mu.Lock()
	s.tellsRoom = true
	s.conn.mu.Unlock()
}

// WriteHead writes a header list: a request's, a response's, or trailers. It is encoded, or copied, before WriteHead
// returns.
func (s *Stream) WriteHead(b *Batch, head []Field, end bool) {
	c := s.conn
	c.mu.Lock()
	closed := false
	if s.writable() {
		if len(s.held) > 0 {
			s.held = append(s.held, piece{head: append([]Field(nil), head...), isHead: true, end: end})
		} else {
			c.appendHead(s.id, head, end)
			closed = end && s.endLocal(b)
		}
		b.note(c)
	}
	c.mu.Unlock()
	if closed {
		s.Events.Closed(b, s, Close{})
	}
}

// WriteCopy writes p, whose bytes may be used again once it returns. As far as windows allow it is copied into the
// write buffer. It returns how much wasn't, and was copied elsewhere: of that Room will tell.
func (s *Stream) WriteCopy(b *Batch, p []byte, end bool) (kept int) {
	return s.write(b, nil, p, end, true)
}

// WriteMessage writes m as gRPC does, behind the five bytes that say how long it is ("gRPC over HTTP2",
// Length-Prefixed-Message). As far as windows allow it is copied into the write buffer; kept says that some of it
// wasn't, and is read until Room, Closed or Reset.
func (s *Stream) WriteMessage(b *Batch, m []byte, end bool) (kept bool) {
	prefix := [5]byte{1: byte(len(m) >> 24), 2: byte(len(m) >> 16), 3: byte(len(m) >> 8), 4: byte(len(m))}
	return s.write(b, prefix[:], m, end, false) > 0 || len(m) == 0 && end && !s.Written()
}

// CopyMessage is WriteMessage for bytes that are used again. It returns how much of m was copied because it can't be
// written, of which Room will tell.
func (s *Stream) CopyMessage(b *Batch, m []byte, end bool) (kept int) {
	prefix := [5]byte{1: byte(len(m) >> 24), 2: byte(len(m) >> 16), 3: byte(len(m) >> 8), 4: byte(len(m))}
	return s.write(b, prefix[:], m, end, true)
}

// write writes prefix and p.
func (s *Stream) write(b *Batch, prefix, p []byte, end, shared bool) (kept int) {
	c := s.conn
	c.mu.Lock()
	if !s.writable() || len(prefix)+len(p) == 0 && !end {
		c.mu.Unlock()
		return 0
	}
	var closed bool
	if n := len(prefix) + len(p); len(s.held) == 0 && c.lets(s) >= n {
		c.out = appendHeader(c.out, n, typeData, endFlag(end), s.id)
		c.out = append(append(c.out, prefix...), p...)
		s.sendWindow -= int64(n)
		c.sendWindow -= int64(n)
		closed = end && s.endLocal(b)
	} else if shared && len(prefix) == 0 && s.grows() {
		last := &s.held[len(s.held)-1]
		last.data, last.end = append(last.data, p...), end
		kept = len(p)
	} else {
		if len(prefix) > 0 {
			s.held = append(s.held, piece{data: append([]byte(nil), prefix...), silent: true})
		}
		s.held = append(s.held, piece{data: p, end: end})
		_, closed = c.release(b, s)
		kept = s.keep(len(p), shared)
	}
	b.note(c)
	c.mu.Unlock()
	if closed {
		s.Events.Closed(b, s, Close{})
	}
	return kept
}

// Written reports whether our side has ended, and all of it is in the write buffer.
func (s *Stream) Written() bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.localEnded
}

// grows reports whether the last piece takes more: so a peer's many small frames don't become as many pieces. It is
// called with conn.mu held.
func (s *Stream) grows() bool {
	return len(s.held) > 0 && s.held[len(s.held)-1].owned && len(s.held[len(s.held)-1].data) > 0
}

// keep returns how much of the piece of n bytes that was held last is held still, and copies it where it is
// somebody's.
func (s *Stream) keep(n int, shared bool) int {
	if len(s.held) == 0 || s.gone {
		return 0
	}
	last := &s.held[len(s.held)-1]
	if shared {
		last.data, last.owned = append([]byte(nil), last.data...), true
	}
	return min(n, len(last.data))
}

func endFlag(end bool) uint8 {
	if end {
		return flagEndStream
	}
	return 0
}

// writable reports whether anything may be written. It is called with conn.mu held.
func (s *Stream) writable() bool {
	return !s.gone && !s.localEnded && s.conn.err == nil && (len(s.held) == 0 || !s.held[len(s.held)-1].end)
}

// endLocal notes that END_STREAM is in the write buffer, and reports whether the stream is closed by it. It is called
// with conn.mu held.
func (s *Stream) endLocal(b *Batch) (closed bool) {
	s.localEnded = true
	if s.remoteEnded {
		s.conn.forget(b, s, inOrder)
		return true
	}
	return false
}

// Consume says that n bytes of data were dealt with: the peer may send as many more.
func (s *Stream) Consume(b *Batch, n int) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.gone || n == 0 {
		return
	}
	n = min(n, s.unconsumed)
	s.unconsumed -= n
	c.credit(b, n)
	if s.owed += n; !s.ending && s.owed >= c.opts.StreamWindow/2 && c.err == nil {
		c.out = appendWindowUpdate(c.out, s.id, s.owed)
		s.recvWindow += int64(s.owed)
		s.owed = 0
		b.note(c)
	}
}

// Reset ends a stream at once (RST_STREAM). Nothing comes of it any more, but for what is being told while Reset is
// called.
func (s *Stream) Reset(b *Batch, code Code) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.gone {
		c.reset(b, s, code)
	}
}

// ResetAfter is Reset once all that was written before it is in the write buffer. It isn't Events' end: Closed comes
// then.
func (s *Stream) ResetAfter(b *Batch, code Code) {
	c := s.conn
	c.mu.Lock()
	closed := false
	if !s.gone {
		s.resetAfter, s.resetCode = true, code
		if len(s.held) == 0 {
			closed = c.closes(b, s)
		}
	}
	c.mu.Unlock()
	if closed {
		s.Events.Closed(b, s, Close{Code: code, Ended: true})
	}
}

// closes resets a stream with its resetCode, and reports whether Events are to be told its end now: not while the
// reader tells them something else, which does it then. It is called with mu held, for a stream that isn't gone.
func (c *Conn) closes(b *Batch, s *Stream) bool {
	if s.telling.CompareAndSwap(telling, closing) || s.telling.Load() == closing {
		return false
	}
	c.reset(b, s, s.resetCode)
	return true
}

// told ends what the reader has told a stream's Events, and closes the stream where somebody wanted to meanwhile.
func (c *Conn) told(b *Batch, s *Stream) {
	if s.telling.Swap(idle) != closing {
		return
	}
	c.mu.Lock()
	code, closed := s.resetCode, !s.gone
	if closed {
		c.reset(b, s, code)
	}
	c.mu.Unlock()
	if closed {
		s.Events.Closed(b, s, Close{Code: code, Ended: true})
	}
}

// reset is called with mu held, for a stream that isn't gone.
func (c *Conn) reset(b *Batch, s *Stream, code Code) {
	if c.err == nil {
		c.out = appendReset(c.out, s.id, code)
		b.note(c)
	}
	c.forget(b, s, byUs)
}

// How a stream ended.
type ending uint8

const (
	inOrder ending = iota
	byPeer         // which reset it
	byUs
)

// forget takes a stream away. It is called with mu held.
func (c *Conn) forget(b *Batch, s *Stream, how ending) {
	c.credit(b, s.unconsumed) // what nobody consumes any more, the peer gets back
	s.unconsumed = 0
	delete(c.streams, s.id)
	if s.inWaiting {
		c.waiting = slices.DeleteFunc(c.waiting, func(w *Stream) bool { return w == s })
	}
	s.gone, s.inWaiting = true, false
	clear(s.held)
	s.held = s.held[:0]
	c.recent.add(s.id, how == byUs)
	if how == inOrder {
		c.noise = max(0, c.noise-noiseAStream)
	}
	c.emptied(b)
}

// emptied ends a connection that takes no more streams, once there is none. It is called with mu held.
func (c *Conn) emptied(b *Batch) {
	if (c.leaving || c.left) && len(c.streams) == 0 && !c.opening {
		c.finished = true
		b.note(c)
	}
}

// recent remembers the streams that ended last, and which of them we reset: what comes for those was under way.
type recent struct {
	ids  [256]uint32 // shifted by one; the lowest bit says that we reset it
	next int
}

func (r *recent) add(id uint32, reset bool) {
	id <<= 1
	if reset {
		id |= 1
	}
	r.ids[r.next%len(r.ids)] = id
	r.next++
}

func (r *recent) find(id uint32) (known, reset bool) {
	for _, seen := range r.ids {
		if seen>>1 == id {
			return true, seen&1 == 1
		}
	}
	return false, false
}
