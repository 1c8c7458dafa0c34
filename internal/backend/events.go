package backend

import (
	"time"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// events are an Exchange as its stream sees it. What an instance does on a stream becomes the very errors that grpc-go
// makes of it, so that one set of rules judges both.
type events Exchange

// Head is part of frames.Events.
func (e *events) Head(b *frames.Batch, s *frames.Stream, head []frames.Field, end bool) {
	x := (*Exchange)(e)
	defer x.caught(b)
	x.took(b, s, x.reply.head(head, end), end)
}

// Data is part of frames.Events.
func (e *events) Data(b *frames.Batch, s *frames.Stream, p []byte, end bool) {
	x := (*Exchange)(e)
	defer x.caught(b)
	over := x.reply.data(p, end)
	if x.reply.aside != nil {
		x.inflateAside()
	}
	if !over && !end {
		s.Consume(b, len(p))
	}
	x.took(b, s, over, end)
}

// took goes on after a piece of the answer came. over says that nothing more is wanted of it, end that the instance has
// ended its side.
func (x *Exchange) took(b *frames.Batch, s *frames.Stream, over, end bool) {
	if !over && !end {
		return
	}
	x.mu.Lock()
	if x.state != running {
		x.mu.Unlock()
		return
	}
	if end && (!x.kept || s.Written()) { // our side is ended too: Closed comes next
		x.state = judged
		x.mu.Unlock()
		return
	}
	// The instance doesn't wait for all of the request, or we don't wait for all of the answer.
	waits := x.inflating && !over
	x.state, x.wasted = idle, true
	if waits {
		x.state = ended
	}
	x.mu.Unlock()
	s.Reset(b, x.reply.resetWith())
	if !waits {
		x.conclude(b)
	}
}

// Room is part of frames.Events. The request is read until all of it is written; that it is, nobody needs to know.
func (e *events) Room(*frames.Batch, *frames.Stream, int) {}

// Closed is part of frames.Events.
func (e *events) Closed(b *frames.Batch, _ *frames.Stream, why frames.Close) {
	x := (*Exchange)(e)
	defer x.caught(b)
	x.mu.Lock()
	was := x.state
	waits := was == judged && x.inflating
	x.state = idle
	if waits {
		x.state = ended
	} else {
		x.wasted = x.wasted || x.inflating
	}
	x.mu.Unlock()
	switch {
	case waits: // whoever inflates the answer goes on
	case was == running:
		x.call.replied.Store(x.reply.headed)
		x.finish(b, x.ended(why))
	case was == judged: // however the stream ended after that
		x.conclude(b)
	}
}

// conclude ends a call whose reply is judged.
func (x *Exchange) conclude(b *frames.Batch) {
	if x.inflated {
		x.takeInflated()
	}
	err := x.reply.outcome()
	// An instance that says that the time is up is told so by our clock, which is coarse, a moment later.
	x.call.answered.Store(x.reply.answered && !x.call.timedOut(grpcstatus.Code(err)))
	x.finish(b, err)
}

// takeInflated has the reply be what was made of it aside.
func (x *Exchange) takeInflated() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.reply.text = x.text
	if x.failed != nil && x.reply.err == nil {
		x.reply.err, x.reply.answered = x.failed, false
	}
}

// ended returns what it means that a stream ended without an answer, in grpc-go's words.
func (x *Exchange) ended(why frames.Close) error {
	switch {
	case why.Unprocessed && why.Code != frames.RefusedStream:
		return grpcstatus.Error(codes.Unavailable, "the stream is rejected because server is draining the connection")
	case why.Err != nil:
		return grpcstatus.Error(codes.Unavailable, "error reading from server: "+why.Err.Error())
	case why.Remote:
		code := resetCode(why.Code)
		if code == codes.Canceled && time.Since(x.call.begun) >= x.call.limit {
			code = codes.DeadlineExceeded
		}
		return grpcstatus.Error(code, "stream terminated by RST_STREAM with error code: "+resetName(why.Code))
	case !why.Ended:
		return grpcstatus.Error(codes.Internal, "server closed the stream without sending trailers")
	case why.Code == frames.InternalError:
		return grpcstatus.Error(codes.Unavailable, "the instance doesn't take the request")
	case why.Code == frames.EnhanceYourCalm:
		return grpcstatus.Error(codes.Internal, "peer header list size exceeded limit")
	}
	return grpcstatus.Error(codes.Internal, "the instance broke HTTP/2: "+why.Code.String())
}

// caught ends the call that a mistake of ours was made on: its caller is told of it, and the connection's other calls
// go on.
func (x *Exchange) caught(b *frames.Batch) {
	v := recover()
	if v == nil {
		return
	}
	panics.Note("take an instance's answer", v)
	x.mu.Lock()
	was := x.state
	x.state, x.wasted = idle, true
	x.mu.Unlock()
	if was != idle {
		x.stream.Reset(b, frames.Cancel)
		x.finish(b, grpcstatus.Error(codes.Internal, "the dispatcher failed on the answer"))
	}
}
