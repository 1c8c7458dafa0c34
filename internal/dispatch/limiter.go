package dispatch

import (
	"sync/atomic"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Limiter bounds the messages in flight, so that what can't be handled is refused at once rather than late. A tenth of
// the limit is kept for what ends calls or can't be asked for again: ACK, BYE, CANCEL and SIP responses. It outlives the
// configurations and is safe for concurrent use.
type Limiter struct {
	max      atomic.Int64
	inFlight atomic.Int64
	refused  atomic.Uint64
	adaptive adaptivelimiter.AdaptiveLimiter[any] // nil without one
}

// NewLimiter returns a Limiter of so many messages. An adaptive one also lowers the limit for what isn't kept room for,
// while the time that messages take rises.
func NewLimiter(limit int, adaptive bool) *Limiter {
	l := &Limiter{}
	l.max.Store(int64(limit))
	if adaptive {
		most := uint(max(1, limit))
		l.adaptive = adaptivelimiter.NewBuilder[any]().WithLimits(min(20, most), most, min(200, most)).Build()
	}
	return l
}

// SetLimit changes the limit. Messages in flight stay.
func (l *Limiter) SetLimit(limit int) { l.max.Store(int64(limit)) }

// InFlight returns how many messages are in flight.
func (l *Limiter) InFlight() int64 { return l.inFlight.Load() }

// Refused returns how many messages were refused.
func (l *Limiter) Refused() uint64 { return l.refused.Load() }

// Permit is leave to handle one message, which is given back by Release.
type Permit struct {
	limiter  *Limiter
	adaptive adaptivelimiter.Permit
}

// Admit lets a message in, or says that there are too many.
func (l *Limiter) Admit(req *message.Request) (Permit, *backend.Error) {
	limit, kept := l.max.Load(), vital(req)
	if !kept {
		limit -= limit / 10
	}
	if l.inFlight.Add(1) > limit {
		l.inFlight.Add(-1)
		return Permit{}, l.refuse("the limit on messages in flight is reached")
	}
	p := Permit{limiter: l}
	if l.adaptive != nil && !kept {
		var ok bool
		if p.adaptive, ok = l.adaptive.TryAcquirePermit(); !ok {
			l.inFlight.Add(-1)
			return Permit{}, l.refuse("the adaptive limit on messages in flight is reached")
		}
	}
	return p, nil
}

func (l *Limiter) refuse(why string) *backend.Error {
	l.refused.Add(1)
	return &backend.Error{Code: backend.ResourceExhausted, Message: "the dispatcher is overloaded: " + why}
}

// Release ends the message. One that the caller gave up says nothing of how long messages take.
func (p Permit) Release(gaveUp bool) {
	p.limiter.inFlight.Add(-1)
	switch {
	case p.adaptive == nil:
	case gaveUp:
		p.adaptive.Drop()
	default:
		p.adaptive.Record()
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
