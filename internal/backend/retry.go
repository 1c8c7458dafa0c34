package backend

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
)

// outcome is what an attempt says about the instance that was called.
type outcome uint8

const (
	nothing     outcome = iota // nothing: the caller went away, the message was too large
	success                    // it answered, if only with a status of its application
	blameless                  // a failure, but the message's own
	broken                     // it answered that something is broken: it may be the message
	unavailable                // it can't be reached, hangs, or says that it can't serve
)

// outcome judges by the model of Envoy's gateway errors: UNAVAILABLE and DEADLINE_EXCEEDED count at once, INTERNAL and
// the like only where they are most of the answers, so that one poisonous message doesn't eject one instance after
// the other.
func (c *call) outcome(err error) outcome {
	if err == nil {
		return success
	}
	code := grpcstatus.Code(err)
	switch {
	case c.caller.Err() != nil, c.refusedHeaders(err):
		return nothing
	case c.answered.Load():
		if c.hurried && code == codes.DeadlineExceeded { // it was told the caller's time, and says that it is over
			return nothing
		}
		return answeredOutcome(code)
	case c.timedOut(code):
		if c.hurried || c.headers.heavy() { // Node never answers where there is too much metadata
			return nothing
		}
		return unavailable
	case code == codes.ResourceExhausted, code == codes.Canceled, c.headers.heavy(), c.sentBack(err):
		return nothing
	case code == codes.Unavailable && broke(err) && !c.link.breaks():
		return nothing
	}
	return unavailable
}

// broke reports whether it is the connection that broke, not the stream alone.
func broke(err error) bool {
	text := grpcstatus.Convert(err).Message()
	return !strings.HasPrefix(text, "stream terminated") && !strings.HasPrefix(text, "unexpected HTTP status")
}

func answeredOutcome(code codes.Code) outcome {
	switch code {
	case codes.Unavailable, codes.DeadlineExceeded:
		return unavailable
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return broken
	}
	return success
}

// mostDrained is how many connections in a row may end under a call, announced and before it was processed.
const mostDrained = 100

// goOn reports whether an instance may be called again after err, and prepares for it. Where it returns true, the
// attempt is paid for. What a connection didn't take that was announced to end costs nothing, and the same
// instance may take it: it will on its next connection, unless it goes for good.
func (c *call) goOn(err error) bool {
	switch {
	case c.headers.most > 0:
		return false
	case !c.entered: // no instance could be called
		return grpcstatus.Code(err) == codes.Unavailable && c.hold(c.caller)
	case c.instance == nil:
		return false
	case c.sentBack(err):
		if c.drained++; c.drained > mostDrained {
			return false
		}
	case !c.unprocessed(err) && !(c.repeatable() && c.outcome(err) == unavailable):
		return false
	case !c.backend.fleet.hasOther(c), !c.backend.fleet.budget.spend(c.backend.opts.RetryBudget):
		return false
	}
	c.again()
	c.answered.Store(false)
	return true
}

// again takes the last attempt for over, and leaves its instance out of the next one unless its next connection will
// take what the last one, which was good for something, did not.
func (c *call) again() {
	if !c.link.announced() || !c.link.useful() {
		c.tried = append(c.tried, c.instance)
	}
	c.backend.totals.retries.Add(1)
}

// sentBack reports whether it is certain that the instance didn't process the message, and no wonder: it had announced
// the end of the connection, or the stream ended before the message was written.
func (c *call) sentBack(err error) bool {
	return errors.Is(err, errUnwritten) || c.link.announced() && c.unprocessed(err)
}

// errUnwritten is what becomes of the io.EOF that grpc-go gives where a stream ended between its headers and the
// message. How it ended is lost.
var errUnwritten = grpcstatus.Error(codes.Unavailable, "the stream ended before the message was written")

// refused is what grpc-go says of a stream that the instance didn't take.
const refused = "stream terminated by RST_STREAM with error code: REFUSED_STREAM"

// unprocessed reports whether it is certain that the instance didn't process the message. grpc-go knows, tells
// it by these words alone, and tries again by itself only once. The tests hold it to them.
func (c *call) unprocessed(err error) bool {
	if errors.Is(err, errUnwritten) {
		return true
	}
	if c.answered.Load() || c.replied.Load() {
		return false
	}
	switch grpcstatus.Convert(err).Message() {
	case refused,
		"the stream is rejected because server is draining the connection", // a GOAWAY's last stream is an earlier one
		"the connection is draining":                                       // and so it was before this one was written
		return true
	}
	return false
}

// repeatable reports whether the operator allows that the message arrives twice.
func (c *call) repeatable() bool {
	return len(c.backend.opts.RetryMethods) > 0 && slices.Contains(c.backend.opts.RetryMethods, c.req.Method())
}

// budget bounds the further attempts that a fleet makes to a fraction of its calls, so that an outage isn't amplified.
// It is a bucket of tokens, counted in thousandths.
type budget struct{ tokens atomic.Int64 }

const (
	budgetToken = 1000
	budgetStart = 3 * budgetToken  // a fleet that was hardly called may try again too
	budgetMax   = 10 * budgetToken // what a quiet time saves up
)

// earn counts a call, of which so many as ratio says may be tried again.
func (b *budget) earn(ratio float64) {
	if t := b.tokens.Load(); t < budgetMax && ratio > 0 {
		b.tokens.Add(min(int64(ratio*budgetToken), budgetMax-t)) // may exceed it by a few under contention
	}
}

// spend pays for a further attempt, if there is enough.
func (b *budget) spend(ratio float64) bool {
	for ratio > 0 {
		t := b.tokens.Load()
		if t < budgetToken {
			return false
		}
		if b.tokens.CompareAndSwap(t, t-budgetToken) {
			return true
		}
	}
	return false
}
