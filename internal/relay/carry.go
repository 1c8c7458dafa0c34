package relay

import "github.com/fonoster/routr-dispatcher/internal/frames"

// carried is a stream that goes on to the http.Server as it is. Both sides pass on what they are told; what one side
// can't take yet, the other isn't asked for more of.
type carried struct {
	connection *connection
	near       *frames.Stream // the caller's
	own        frames.Stream  // which is near, unless that was a call's first
	far        frames.Stream  // the http.Server's
	opened     bool           // far is, or it is being done
	lost       bool           // it couldn't be: near was reset
}

// carry has a stream carried: near, whose Events tell it what the caller does, or one of its own where near is nil.
func (c *connection) carry(near *frames.Stream) *carried {
	s := &carried{connection: c, near: near}
	if near == nil {
		s.near = &s.own
		s.own.Events = fromPeer{s}
	}
	s.far.Events = fromInner{s}
	return s
}

// fromPeer is told what the caller does.
type fromPeer struct{ *carried }

// Head is part of frames.Events.
func (c fromPeer) Head(b *frames.Batch, s *frames.Stream, head []frames.Field, end bool) {
	if c.opened {
		c.far.WriteHead(b, head, end)
		return
	}
	c.opened = true // before the http.Server may answer
	c.near.TellRoom()
	if err := c.connection.inner.open(c.connection, b, &c.far, head, end); err != nil {
		c.lost = true
		s.Reset(b, frames.RefusedStream)
		return
	}
	c.far.TellRoom()
}

// Data is part of frames.Events.
func (c fromPeer) Data(b *frames.Batch, s *frames.Stream, p []byte, end bool) {
	if c.lost {
		return
	}
	kept := c.far.WriteCopy(b, p, end)
	s.Consume(b, len(p)-kept)
}

// Room is part of frames.Events.
func (c fromPeer) Room(b *frames.Batch, _ *frames.Stream, n int) {
	if !c.lost {
		c.far.Consume(b, n)
	}
}

// Closed is part of frames.Events.
func (c fromPeer) Closed(b *frames.Batch, _ *frames.Stream, why frames.Close) {
	switch {
	case !why.Ended || !c.opened || c.lost:
	case why.Remote:
		c.far.Reset(b, why.Code)
	default:
		c.far.Reset(b, frames.Cancel)
	}
}

// fromInner is told what the http.Server does.
type fromInner struct{ *carried }

// Head is part of frames.Events.
func (c fromInner) Head(b *frames.Batch, _ *frames.Stream, head []frames.Field, end bool) {
	c.near.WriteHead(b, head, end)
}

// Data is part of frames.Events.
func (c fromInner) Data(b *frames.Batch, s *frames.Stream, p []byte, end bool) {
	kept := c.near.WriteCopy(b, p, end)
	s.Consume(b, len(p)-kept)
}

// Room is part of frames.Events.
func (c fromInner) Room(b *frames.Batch, _ *frames.Stream, n int) { c.near.Consume(b, n) }

// Closed is part of frames.Events.
func (c fromInner) Closed(b *frames.Batch, _ *frames.Stream, why frames.Close) {
	switch {
	case !why.Ended:
	case why.Unprocessed:
		c.near.Reset(b, frames.RefusedStream)
	case why.Err != nil:
		c.near.Reset(b, frames.InternalError)
	default:
		c.near.ResetAfter(b, why.Code)
	}
}
