package backend

import (
	"slices"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// outcome is what an attempt says about the instance that was called.
type outcome uint8

const (
	nothing outcome = iota // nothing: the caller went away, the message was too large
	success                // it answered, if only with a status of its application
	broken                 // it answered that something is broken: it may be the message
	gone                   // it can't be reached, hangs, or says that it can't serve
)

// outcome judges by the model of Envoy's gateway errors: UNAVAILABLE and DEADLINE_EXCEEDED count at once, INTERNAL and
// the like only where they are most of the answers, so that one poisonous message doesn't eject one instance after
// the other.
func (c *call) outcome(err error) outcome {
	if err == nil {
		return success
	}
	code := status.Code(err)
	switch {
	case c.caller.Err() != nil:
		return nothing
	case c.answered.Load():
		return answeredOutcome(code)
	case c.timedOut(code):
		if c.hurried {
			return nothing
		}
		return gone
	case code == codes.ResourceExhausted, code == codes.Canceled:
		return nothing
	}
	return gone
}

func answeredOutcome(code codes.Code) outcome {
	switch code {
	case codes.Unavailable, codes.DeadlineExceeded:
		return gone
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return broken
	}
	return success
}

// mayGoOn reports whether another instance may be called after err. Where it returns true, the attempt is paid for.
func (c *call) mayGoOn(err error) bool {
	if c.instance == nil || !c.unprocessed(err) && !(c.repeatable() && c.outcome(err) == gone) {
		return false
	}
	return c.backend.fleet.hasOther(c) && c.backend.budget.spend()
}

// unprocessed reports whether it is certain that the instance didn't process the message. grpc-go knows, tells
// it by these words alone, and tries again by itself only once. The tests hold it to them.
func (c *call) unprocessed(err error) bool {
	if c.answered.Load() {
		return false
	}
	switch status.Convert(err).Message() {
	case "stream terminated by RST_STREAM with error code: REFUSED_STREAM",
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

// goOn prepares for the next attempt.
func (c *call) goOn() {
	c.tried = append(c.tried, c.instance)
	c.answered.Store(false)
	c.backend.totals.retries.Add(1)
}

// budget bounds the further attempts that a fleet makes to a fraction of its calls, so that an outage isn't amplified.
// It is a bucket of tokens, counted in thousandths.
type budget struct {
	ratio  float64
	tokens atomic.Int64
}

const (
	budgetToken = 1000
	budgetStart = 3 * budgetToken  // a fleet that was hardly called may try again too
	budgetMax   = 10 * budgetToken // what a quiet time saves up
)

// earn counts a call.
func (b *budget) earn() {
	if t := b.tokens.Load(); t < budgetMax && b.ratio > 0 {
		b.tokens.Add(min(int64(b.ratio*budgetToken), budgetMax-t)) // may exceed it by a few under contention
	}
}

// spend pays for a further attempt, if there is enough.
func (b *budget) spend() bool {
	for b.ratio > 0 {
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
