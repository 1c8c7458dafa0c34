package relay

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// call is one call of the relay's own, from its head to its answer. It is used again once both its stream and its
// message are over.
type call struct {
	frames.Stream
	dispatch.Delivery
	connection *connection
	request    request

	mu    sync.Mutex     // held while events are told, but for the last; guards what follows
	id    uint32         // of its stream; 0: there is none
	to    fromPeer       // who is told its events; nothing while it is the relay's own
	head  []frames.Field // as it came, in case that the call is to be carried
	body  []byte         // so far, with the prefix of its message
	share server.Share
	began bool // its message was started

	at   int          // where connection.bodies has it; guarded by that
	over atomic.Int32 // how many of the two are over
}

const (
	// prefixBytes is what stands before a message: a flag and its length ("gRPC over HTTP2", Length-Prefixed-Message).
	prefixBytes = 5
	// keptBytes is how large a buffer may be that is kept for the next call.
	keptBytes = 64 << 10
)

var calls = sync.Pool{New: func() any {
	k := &call{}
	k.Events = k
	return k
}}

// accept says whose a new stream is.
func (c *connection) accept(_ *frames.Batch, _ *frames.Conn, head []frames.Field, end bool) *frames.Stream {
	k := calls.Get().(*call)
	if !end && k.request.read(head) && k.request.list <= c.handed.Limits.HeaderBytes {
		k.connection = c
		k.share = c.relay.Budget.Begin(c.peer)
		if k.share.Try(int64(door.RequestBytes + k.request.bytes)) {
			return &k.Stream
		}
	}
	k.recycle()
	return c.carry(nil).near
}

// Head is part of frames.Events.
func (k *call) Head(b *frames.Batch, s *frames.Stream, head []frames.Field, end bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.id == 0 {
		k.id = s.ID()
		k.head = append(k.head, head...)
		k.connection.bodies.await(k)
		return
	}
	k.carry(b).Head(b, s, head, end) // trailers
}

// Data is part of frames.Events.
func (k *call) Data(b *frames.Batch, s *frames.Stream, p []byte, end bool) {
	if k.take(b, s, p, end) {
		k.start(b)
	}
}

// take takes a part of the body, and reports whether the message is to be started with it.
func (k *call) take(b *frames.Batch, s *frames.Stream, p []byte, end bool) (start bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.began = k.gather(b, s, p, end); k.began {
		k.connection.bodies.forget(k)
	}
	return k.began
}

// gather takes a part of the body, and reports whether it is whole. It is called with mu held.
func (k *call) gather(b *frames.Batch, s *frames.Stream, p []byte, end bool) (whole bool) {
	if k.to.carried != nil || !k.share.Try(int64(len(p))) {
		k.carry(b).Data(b, s, p, end)
		return false
	}
	k.body = append(k.body, p...)
	if !k.regular(end) {
		k.body = k.body[:len(k.body)-len(p)]
		k.carry(b).Data(b, s, p, end)
		return false
	}
	s.Consume(b, len(p))
	return end
}

// regular reports whether the body is one message without compression, so far, or to its end.
func (k *call) regular(end bool) bool {
	if len(k.body) < prefixBytes {
		return !end
	}
	size := uint64(binary.BigEndian.Uint32(k.body[1:]))
	whole := uint64(len(k.body)-prefixBytes) == size
	return k.body[0] == 0 && size <= uint64(k.connection.relay.MaxBytes) &&
		(whole || !end && uint64(len(k.body)-prefixBytes) < size)
}

// carry gives a call that is out of the ordinary to the http.Server, with what came of it, and returns who is told the
// rest. It is called with mu held.
func (k *call) carry(b *frames.Batch) fromPeer {
	if k.to.carried == nil {
		k.connection.bodies.forget(k)
		k.to = fromPeer{k.connection.carry(&k.Stream)}
		k.share.End() // the http.Server counts it
		k.to.Head(b, &k.Stream, k.head, false)
		if len(k.body) > 0 && !k.to.lost {
			k.to.far.WriteCopy(b, k.body, false)
		}
	}
	return k.to
}

// late has a call carried whose body doesn't come: the http.Server has time limits for that. id is the number that its
// stream had when that was seen.
func (k *call) late(c *connection, b *frames.Batch, id uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.id == id && k.connection == c && !k.began { // without an id, accept may be writing its connection
		k.carry(b)
	}
}

// start sends the message on its way.
func (k *call) start(b *frames.Batch) {
	k.connection.handed.Requested()
	k.Request, k.Metadata, k.To = k.body[prefixBytes:], k.request.metadata, k
	if k.request.timed {
		k.Deadline = time.Now().Add(k.request.timeout)
	}
	k.connection.relay.Start(b, &k.Delivery)
}

// Room is part of frames.Events.
func (k *call) Room(b *frames.Batch, s *frames.Stream, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.to.carried != nil {
		k.to.Room(b, s, n)
	}
}

// Closed is part of frames.Events.
func (k *call) Closed(b *frames.Batch, s *frames.Stream, why frames.Close) {
	k.mu.Lock()
	to, began := k.to, k.began
	if to.carried == nil && !began && k.id != 0 {
		k.id = 0 // nobody is late any more
		k.connection.bodies.forget(k)
	}
	k.mu.Unlock()
	switch {
	case to.carried != nil:
		to.Closed(b, s, why)
	case !began:
		k.share.End()
		k.recycle()
	default:
		if why.Ended {
			k.Leave()
		}
		k.end()
	}
}

// end counts what is over: the stream, or the message.
func (k *call) end() {
	if k.over.Add(1) == 2 {
		k.share.End()
		k.recycle()
	}
}

// recycle makes the call one that another stream may have.
func (k *call) recycle() {
	k.mu.Lock()
	if k.Kept || cap(k.body) > keptBytes {
		k.body = nil
	}
	clear(k.head)
	k.head, k.body = k.head[:0], k.body[:0]
	k.connection, k.request, k.share, k.began, k.id = nil, request{}, server.Share{}, false, 0
	k.over.Store(0)
	k.Delivery.Reset()
	k.mu.Unlock()
	calls.Put(k)
}
