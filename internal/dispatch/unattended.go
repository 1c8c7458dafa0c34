package dispatch

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// unattended is the life of a message that no goroutine waits with: see Service.Start. Whoever has something for it,
// such as the goroutine that reads an answer, leads it on as far as it goes without waiting. Where it has to wait, a
// goroutine of its own takes it over, waits, and leads it on likewise.
//
// It is the context of its message, too (see leaving.go), for steps that don't wait.
type unattended struct {
	life
	delivery *Delivery
	request  message.Request
	passage  Passage
	ctx      context.Context // with the message's span
	exchange backend.Exchange

	calling telemetry.Span      // of the call that is running
	carried map[string][]string // its metadata

	permit   Permit
	admitted bool
	endTurn  func() // of a large message; nil where it has none

	// What its retransmissions share, where it is the first of them. Guarded by mu, but for whoever leads it on.
	flight  *flight
	told    bool   // retransmissions were told, who have the flight: it isn't used again
	shard   *shard // that the flight is in; nil where it is in none
	id      transaction
	stopped atomic.Bool // nobody waits for the work any more
	gone    atomic.Bool // the caller doesn't
	mu      sync.Mutex
	cancel  context.CancelFunc // stops the goroutine that waits; guarded by mu
}

var unattendedLives = sync.Pool{New: func() any {
	u := new(unattended)
	u.exchange.To, u.exchange.Caller = u, u
	return u
}}

// Start is Process for a door that doesn't wait: what Process returns is told to d.To, before Start returns or later.
// batch is the calling goroutine's, which flushes it.
func (s *Service) Start(batch *frames.Batch, d *Delivery) {
	u := unattendedLives.Get().(*unattended) // New makes nothing else
	u.delivery, u.ctx = d, u
	defer u.caught(batch)
	err := u.begin(s, &u.request, d.Request)
	u.rec.Relayed = true
	u.ctx, u.span = s.Tracing.Message(u, d.Metadata)
	u.rec.Trace = u.span.TraceID(d.Metadata)
	d.begin(u)
	if err != nil {
		u.finish(batch, nil, err)
		return
	}
	u.through(batch)
}

// through is Service.through without waiting.
func (u *unattended) through(batch *frames.Batch) {
	end, ok := u.service.Limiter.TryTurn(u.req)
	if ok {
		u.admit(batch, end)
		return
	}
	u.takeOver(func(ctx context.Context, batch *frames.Batch) {
		end, err := u.service.Limiter.Turn(ctx, u.req)
		if err != nil {
			u.finish(batch, nil, err)
			return
		}
		u.admit(batch, end)
	})
}

// admit lets the message in, unless it is too much, and lets it wait for the first where it is a retransmission.
func (u *unattended) admit(batch *frames.Batch, endTurn func()) {
	u.endTurn = endTurn
	permit, refused := u.service.Limiter.Admit(u.req)
	if refused != nil {
		u.finish(batch, nil, refused)
		return
	}
	u.permit, u.admitted = permit, true
	first, of := u.share()
	if first == nil {
		u.epoch.Begin(&u.passage, u.req, &u.rec)
		u.next(batch)
		return
	}
	u.takeOver(func(ctx context.Context, batch *frames.Batch) {
		answer, err := first.wait(ctx, of)
		u.rec.Shared = true
		u.service.Metrics.Shared()
		u.finish(batch, answer, err)
	})
}

// share returns the flight that the message is a retransmission of, and its shard; nil where it is none.
func (u *unattended) share() (first *flight, of *shard) {
	id, s := u.service.transactions.of(u.req)
	if s == nil {
		return nil, nil
	}
	u.delivery.mu.Lock() // who leaves, leaves the flight, or before there is one
	defer u.delivery.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if first = s.join(id); first != nil {
		return first, s
	}
	if u.flight == nil {
		u.flight = new(flight)
	}
	u.id, u.shard = id, s
	s.begin(id, u.flight, u)
	return nil, nil
}

// next has whoever is next called.
func (u *unattended) next(batch *frames.Batch) {
	if !u.passage.Slow() {
		if to, req, ok, later := u.passage.NextSoon(u); !later {
			u.step(batch, to, req, ok)
			return
		}
	}
	u.takeOver(func(ctx context.Context, batch *frames.Batch) {
		to, req, ok := u.passage.Next(ctx)
		u.step(batch, to, req, ok)
	})
}

// step makes the call that Next wants, or ends the message.
func (u *unattended) step(batch *frames.Batch, to *backend.Backend, req *message.Request, ok bool) {
	if !ok {
		answer, err := u.passage.Outcome()
		u.finish(batch, answer, err)
		return
	}
	u.carried, u.calling = u.epoch.Tracing.Call(u.ctx, u.delivery.Metadata)
	if to.Start(batch, &u.exchange, req, u.carried) {
		return // it may be over by now
	}
	u.takeOver(func(ctx context.Context, batch *frames.Batch) {
		u.delivery.Kept = true // grpc-go may read on
		var r Reply
		r.Answer, r.Err = to.Call(ctx, req, u.carried, &r.Made)
		r.CallerLeft = ctx.Err() != nil
		u.took(batch, r)
	})
}

// Called is part of backend.Awaiting.
func (u *unattended) Called(batch *frames.Batch) {
	defer u.caught(batch)
	x := &u.exchange
	if !x.Again {
		u.took(batch, Reply{Answer: x.Answer, Err: x.Err, Made: x.Made, CallerLeft: u.Err() != nil})
		return
	}
	u.takeOver(func(ctx context.Context, batch *frames.Batch) {
		u.delivery.Kept = true // as above
		x.GoOn(ctx, u.carried)
		u.took(batch, Reply{Answer: x.Answer, Err: x.Err, Made: x.Made, CallerLeft: ctx.Err() != nil})
	})
}

// took takes what came of a call.
func (u *unattended) took(batch *frames.Batch, r Reply) {
	tracedCall(u.calling, u.passage.to, &r)
	u.calling, u.carried = telemetry.Span{}, nil
	u.passage.Took(r)
	u.next(batch)
}

// takeOver leads the message on by a goroutine that may wait, until ctx ends.
func (u *unattended) takeOver(lead func(ctx context.Context, batch *frames.Batch)) {
	ctx, cancel := u.context()
	go func() {
		defer panics.Caught("lead a message on")
		var batch frames.Batch
		defer cancel()
		defer batch.Flush()
		defer u.caught(&batch)
		lead(ctx, &batch)
	}()
}

// finish ends the message with what it came to, and has the door told.
func (u *unattended) finish(batch *frames.Batch, answer []byte, err error) {
	u.settle(answer, err)
	answer, err = u.answered(answer, err)
	panics.Do("keep the record of a message", func() { u.end(u.ctx) })
	to := u.delivery.To
	u.delivery.end()
	u.delivery = nil
	panics.Do("answer a message", func() { to.Done(batch, answer, err) })
	u.reuse()
}

// settle gives back what the message holds, and tells its retransmissions what it came to.
func (u *unattended) settle(answer []byte, err error) {
	if u.shard != nil && u.shard.land(u.id, u.flight) {
		u.flight.tell(bytes.Clone(answer), err)
		u.told = true
	}
	if u.admitted {
		u.permit.Release(u.gone.Load() || u.late())
	}
	if u.endTurn != nil {
		u.endTurn()
	}
}

// answered is life.answer. A mistake of ours fails the message.
func (u *unattended) answered(with []byte, failed error) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, u.fail(mistake(p))
		}
	}()
	return u.answer(with, failed)
}

// caught fails a message that we panicked on, deferred by whoever leads it on: others aren't harmed.
func (u *unattended) caught(batch *frames.Batch) {
	if p := recover(); p != nil {
		err := mistake(p)
		u.exchange.Drop(batch)
		u.finish(batch, nil, err)
	}
}

// reuse makes u ready for another message.
func (u *unattended) reuse() {
	if !u.exchange.Reusable() {
		return
	}
	if u.told {
		u.flight, u.told = nil, false
	}
	u.ctx, u.cancel, u.carried, u.calling = nil, nil, nil, telemetry.Span{}
	u.permit, u.admitted, u.endTurn, u.shard = Permit{}, false, nil, nil
	u.stopped.Store(false)
	u.gone.Store(false)
	u.passage.rest()
	u.request.Reset(nil)
	unattendedLives.Put(u)
}
