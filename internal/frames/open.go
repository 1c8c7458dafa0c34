package frames

import (
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// Open begins a stream of a client's: s gets the peer's answer told. Head is encoded before Open returns.
func (c *Conn) Open(b *Batch, s *Stream, head []Field, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.openable(); err != nil {
		return err
	}
	s.begin(c, c.nextID)
	c.nextID += 2
	s.localEnded = end
	c.appendHead(s.id, head, end)
	b.note(c)
	if c.nextID > usedUp && !c.warned {
		c.warned = true
		c.goAway(b)
	}
	return nil
}

// usedUp is the highest number of a stream that a client opens, three quarters of those that there are: then the
// connection ends with the streams that are open, and whoever needs another one gets to know by Open.
const usedUp = maxID / 4 * 3

// openable is called with mu held.
func (c *Conn) openable() error {
	switch {
	case c.err != nil:
		return ErrClosed
	case c.left || c.warned:
		return ErrLeaving
	case uint32(len(c.streams)) >= c.peerStreams:
		return ErrFull
	}
	return nil
}

// Usable reports whether Open would begin a stream now.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.openable() == nil
}

// Leaving reports whether no stream will begin any more.
func (c *Conn) Leaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil || c.left || c.warned
}

// Streams returns how many are open.
func (c *Conn) Streams() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams)
}

// HeadersTaken returns how large a header list may be that the peer takes, as RFC 9113 section 6.5.2 counts it; false
// where it doesn't say.
func (c *Conn) HeadersTaken() (bytes uint32, known bool) {
	bytes = c.peerHeaders.Load()
	return bytes, bytes > 0
}

// Greeted reports whether the peer has sent its SETTINGS.
func (c *Conn) Greeted() bool { return c.greeted.Load() }

// Tick does what time asks for: streams that the peer gives no window for as long as Options.WriteTimeout are reset.
// Call it about once a second.
func (c *Conn) Tick(b *Batch, now time.Time) {
	late := monotonic.Of(now.Add(-c.opts.WriteTimeout))
	var cut []*Stream
	c.mu.Lock()
	c.noise = 0
	for _, s := range c.streams {
		if s.stalled != 0 && s.stalled < late {
			s.resetCode = InternalError
			cut = append(cut, s)
		}
	}
	cut = slices.DeleteFunc(cut, func(s *Stream) bool { return !c.closes(b, s) })
	c.mu.Unlock()
	for _, s := range cut {
		s.Events.Closed(b, s, Close{Code: InternalError, Ended: true})
	}
}
