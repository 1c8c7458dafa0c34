package frames

import (
	"cmp"
	"time"
)

// Options say what a Conn takes from its peer. Zero values stand for the defaults.
type Options struct {
	HeaderBytes  int           // the largest header list (RFC 9113 section 6.5.2); 64 KiB
	Streams      int           // server: that the peer may have open at once; 4096
	PeerStreams  int           // client: what the peer is taken to allow at once before its SETTINGS; 100
	StreamWindow int           // bytes that the peer may send on a stream before Consume, 64 KiB at least; 256 KiB
	ConnWindow   int           // on all streams; 1 MiB
	WriteTimeout time.Duration // a peer that takes nothing for so long is cut, a stream reset; 30s

	// Accept is asked for a stream that the peer opens, in the server role, which must have it. It returns one with
	// its Events set, which are told all of it, head first; nil refuses it (REFUSED_STREAM). head is valid until it
	// returns. Where end is set it is the whole request.
	Accept func(b *Batch, c *Conn, head []Field, end bool) *Stream

	// Greeted, where it isn't nil, is called once when the peer's first SETTINGS were taken.
	Greeted func(b *Batch, c *Conn)

	// GoAway, where it isn't nil, is called whenever the peer says that it takes no more streams (client role).
	GoAway func(b *Batch, c *Conn)
}

// What a connection holds of what its peer doesn't take.
const (
	maxOut  = 256 << 10 // then data stays with its stream
	maxHeld = 4 << 20   // then the peer is cut: answers to what it sends and heads of streams alone made so much
)

// maxNoise is how many frames that carry nothing, such as PING, RST_STREAM or empty DATA, a peer may send between two
// Ticks, give or take what goes with streams that end well.
const (
	maxNoise      = 10000
	noiseAStream  = 100
	streamsANoise = 64 // a change of so many streams' windows counts as one more
)

func (o Options) withDefaults() Options {
	o.HeaderBytes = cmp.Or(o.HeaderBytes, 64<<10)
	o.Streams = cmp.Or(o.Streams, 4096)
	o.PeerStreams = cmp.Or(o.PeerStreams, 100)
	o.StreamWindow = max(cmp.Or(o.StreamWindow, 256<<10), initialWindow)
	o.ConnWindow = max(cmp.Or(o.ConnWindow, 1<<20), initialWindow)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 30*time.Second)
	return o
}
