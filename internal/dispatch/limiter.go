package dispatch

import (
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Limiter bounds the messages in flight, and the large ones among them, so that what can't be handled is refused at
// once rather than late. A tenth of the limit is kept for what ends calls or can't be asked for again: ACK, BYE, CANCEL
// and SIP responses. It outlives the configurations and is safe for concurrent use.
type Limiter struct {
	max      atomic.Int64
	inFlight atomic.Int64
	refused  atomic.Uint64
	pace     pace
	large    chan struct{} // holds one for each large message in flight
}

// NewLimiter returns a Limiter of so many messages. An adaptive one also lowers the limit for what isn't kept room for,
// while messages take longer than they usually do.
func NewLimiter(limit int, adaptive bool) *Limiter {
	l := &Limiter{large: make(chan struct{}, largeAtOnce)}
	l.SetLimit(limit, adaptive)
	return l
}

// SetLimit changes what NewLimiter was told. Messages in flight stay. Callers take turns.
func (l *Limiter) SetLimit(limit int, adaptive bool) {
	if before := l.max.Swap(int64(limit)); before != int64(limit) || adaptive != l.pace.on.Load() {
		l.pace.set(adaptive, int64(limit))
	}
}

// InFlight returns how many messages are in flight.
func (l *Limiter) InFlight() int64 { return l.inFlight.Load() }

// Refused returns how many messages were refused.
func (l *Limiter) Refused() uint64 { return l.refused.Load() }

// Permit is leave to handle one message, which is given back by Release.
type Permit struct {
	limiter *Limiter
	began   time.Time // zero where nobody wants to know how long the message takes
}

// Admit lets a message in, or says that there are too many.
func (l *Limiter) Admit(req *message.Request) (Permit, *status.Error) {
	limit, kept, adapted := l.max.Load(), vital(req), false
	if !kept {
		limit, adapted = l.pace.below(limit - limit/10)
	}
	switch {
	case l.inFlight.Add(1) <= limit:
	case adapted:
		return Permit{}, l.refuse("the adaptive limit on messages in flight is reached")
	default:
		return Permit{}, l.refuse("the limit on messages in flight is reached")
	}
	p := Permit{limiter: l}
	if !kept && l.pace.on.Load() {
		p.began = time.Now()
	}
	return p, nil
}

func (l *Limiter) refuse(why string) *status.Error {
	l.inFlight.Add(-1)
	l.refused.Add(1)
	return overloaded(why)
}

func overloaded(why string) *status.Error {
	return &status.Error{
		Code: status.ResourceExhausted, Message: "the dispatcher is overloaded: " + why, Overloaded: true,
	}
}

// Release ends the message. One that the caller gave up says nothing of how long messages take.
func (p Permit) Release(gaveUp bool) {
	others := p.limiter.inFlight.Add(-1)
	if !p.began.IsZero() && !gaveUp {
		p.limiter.pace.record(time.Since(p.began), others+1, p.limiter.max.Load())
	}
}

// vital reports whether a message is among the last to be shed.
func vital(req *message.Request) bool {
	switch routrpb.Method(req.Method()) {
	case routrpb.Method_ACK, routrpb.Method_BYE, routrpb.Method_CANCEL:
		return true
	}
	return req.Form() == message.SIPResponse
}
