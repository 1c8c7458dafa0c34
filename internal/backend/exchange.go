package backend

import (
	"context"
	"errors"
	"sync"
	"time"

	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Exchange is calls that nobody waits for, one after the other, all of one message: see Backend.Start. Set To and
// Caller before the first. Whoever has it may use it for another message once Reusable says so.
type Exchange struct {
	To     Awaiting
	Caller context.Context // of the message; asked for Err and Deadline alone, as often as not by other goroutines

	// What came of the call, for Awaiting.Called.
	Answer []byte // a MessageResponse; read-only, and valid until the next call begins or the message is over
	Err    error  // instead of it: a *status.Error
	Made   Made
	// Again says that the call isn't over: another instance may be asked, by GoOn, which waits. Answer and Err say
	// nothing as yet.
	Again bool

	stream frames.Stream
	alarm  alarm
	mu     sync.Mutex
	state  exchangeState
	turn   uint64 // of the call that the state is of
	left   bool   // the caller left, for good
	late   bool   // its time was up, and the stream could not be reset
	kept   bool   // the request wasn't written whole when the call began
	wasted bool   // the stream was reset, or grpc-go has the call: they are of no more use
	call   call
	lane   *lane // that it is on
	reply  reply // of the stream's events; theirs who finish the call where they do
	head   []frames.Field

	// An answer that is inflated aside: see inflateAside.
	inflated  bool   // it is, or was; set by who reads the stream
	inflating bool   // a goroutine is at it; guarded by mu, as the rest
	text      []byte // what came of it
	failed    error

	limit [16]byte // grpc-timeout's value
}

// Awaiting is told of what came of a call that Backend.Start began.
type Awaiting interface {
	// Called is called once for each call, by the goroutine that batch belongs to and that flushes it. It doesn't wait.
	Called(batch *frames.Batch)
}

// exchangeState is how a call stands.
type exchangeState uint8

const (
	idle exchangeState = iota
	running
	judged // its outcome is known, and the stream is ending in good order
	ended  // so is the stream over, but that the answer is being inflated
)

// Start is Call without waiting: it begins the call, and what comes of it is told to x.To, maybe before Start returns.
// It reports false where the call has to be made by Call: no connection for it is to be had without waiting, or it
// isn't one that can be made so. Nothing was sent then. md and the bytes of req are in use until Called.
func (b *Backend) Start(batch *frames.Batch, x *Exchange, req *message.Request, md map[string][]string) bool {
	if x.wasted { // who sets it had the call before told
		return false
	}
	c := &x.call
	now := time.Now()
	*c = call{
		backend: b, caller: x.Caller, req: req, start: now, begun: now, limit: b.opts.Timeout, headers: measure(md),
	}
	if len(req.Bytes()) > b.fleet.manner.Load().MaxMessageBytes {
		return false
	}
	if c.hurry(x.Caller); x.Caller.Err() != nil || c.limit <= 0 {
		return false
	}
	instance, l := c.lane()
	if l == nil {
		return false
	}
	x.head = l.request(x.head[:0], x.timeout(), md)
	if !l.takes(x.head, &c.headers) {
		return false
	}
	return x.send(batch, instance, l)
}

// lane chooses an instance for the call, as Pick does, and returns its lane; nil where it has none.
func (c *call) lane() (*instance, *lane) {
	p := c.backend.fleet.picker.Load().of(c)
	if len(p.entries) == 0 {
		return nil, nil
	}
	i := p.choose(c).instance
	if l := i.lanes.usable(); l != nil {
		return i, l
	}
	if c.backend.opts.Policy == RoundRobin {
		p.fleet.next.Add(^uint64(0)) // it keeps its turn, for Call
	}
	return nil, nil
}

// send begins the call on a lane.
func (x *Exchange) send(batch *frames.Batch, i *instance, l *lane) bool {
	c := &x.call
	b := c.backend
	// The stream's events wait for mu, so that the call is whole before anything comes of it.
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.left {
		return false
	}
	x.stream.Events = (*events)(x)
	x.turn++
	x.reply.begin(b.fleet.manner.Load().MaxMessageBytes)
	x.Answer, x.Err, x.Made, x.Again, x.late = nil, nil, Made{}, false, false
	x.inflated, x.text, x.failed = false, nil, nil
	if err := l.conn.Open(batch, &x.stream, x.head, false); err != nil {
		return false
	}
	b.totals.inFlight.Add(1)
	b.fleet.budget.earn(b.opts.RetryBudget)
	c.enter(i, l.link, c.begun)
	x.state, x.lane = running, l
	x.kept = x.stream.WriteMessage(batch, c.req.Bytes(), true)
	x.alarm.x = x
	b.fleet.clock.set(&x.alarm, x.turn, c.begun.Add(c.limit))
	return true
}

// Leave says that nobody waits for the message any more: the call that is running ends, unless too many ended on the
// same connection lately (see resets), and none begins. It doesn't wait, and is safe for concurrent use; after the
// message is over it must not be called.
func (x *Exchange) Leave() {
	x.mu.Lock()
	x.left = true
	turn, waits := x.turn, x.state == running || x.state == ended
	var c *clock
	if waits {
		c = x.call.backend.fleet.clock
	}
	x.mu.Unlock()
	if waits {
		c.hurry(x, turn)
	}
}

// expire is called by the clock for the call of a turn, whose time is up, or whose caller left.
func (x *Exchange) expire(batch *frames.Batch, turn uint64, now time.Time) {
	x.mu.Lock()
	if x.turn != turn || x.state == idle {
		x.mu.Unlock()
		return
	}
	c := &x.call
	err := c.caller.Err()
	over := now.Sub(c.begun) >= c.backend.opts.Timeout
	if (over || errors.Is(err, context.DeadlineExceeded)) && x.lane.hung(c.begun, now) {
		x.lane.end(batch)
	}
	switch {
	case over && err == nil:
		err = context.DeadlineExceeded
	case over:
	case err == nil || x.late:
		// It is too early: the clock is coarse, and the wait goes on to what is the call's own limit.
		c.backend.fleet.clock.set(&x.alarm, turn, c.begun.Add(c.backend.opts.Timeout))
		x.mu.Unlock()
		return
	case !c.link.resets.take(now):
		x.late = true // it runs on for nobody
		c.backend.fleet.clock.set(&x.alarm, turn, c.begun.Add(c.backend.opts.Timeout))
		x.mu.Unlock()
		return
	}
	x.state, x.wasted = idle, true
	x.mu.Unlock()
	x.stream.Reset(batch, frames.Cancel)
	x.finish(batch, grpcstatus.FromContextError(err).Err())
}

// Drop ends the call that may be running, of which nothing is told any more.
func (x *Exchange) Drop(batch *frames.Batch) {
	x.mu.Lock()
	was := x.state
	x.state, x.wasted = idle, true
	x.mu.Unlock()
	if was == idle {
		return
	}
	x.stream.Reset(batch, frames.Cancel)
	x.call.backend.fleet.clock.stop(&x.alarm)
	x.call.leave(nothing)
	x.call.backend.totals.inFlight.Add(-1)
}

// finish judges a call whose attempt ended, as attempts does, and has its caller told. The state is idle by now.
func (x *Exchange) finish(batch *frames.Batch, err error) {
	c := &x.call
	c.backend.fleet.clock.stop(&x.alarm)
	gone := c.caller.Err()
	if err != nil && gone == nil && !c.overtime() && c.unprocessed(err) { // grpc-go, too, goes on at once, at first
		c.leave(nothing)
		c.again()
		x.Again = true
	} else {
		c.leave(c.outcome(err))
		switch {
		case gone != nil:
			err = grpcstatus.FromContextError(gone).Err()
		case err != nil && !c.overtime():
			x.Again = c.goOn(err)
		}
	}
	if !x.Again {
		x.Err = c.end(err, &x.Made)
		if err == nil {
			x.Answer = x.reply.message()
		}
		c.backend.totals.inFlight.Add(-1)
	}
	x.To.Called(batch)
}

// overtime reports whether the backend's own limit has passed.
func (c *call) overtime() bool { return time.Since(c.begun) >= c.backend.opts.Timeout }

// GoOn asks further instances, where Again says so, and waits for what comes of it, until ctx ends, which stands for
// the caller from now on. md are those of Start.
func (x *Exchange) GoOn(ctx context.Context, md map[string][]string) {
	c := &x.call
	x.mu.Lock()
	x.wasted = true // grpc-go's reader may tell of the call's stream when the call is over
	x.mu.Unlock()
	c.caller, x.Again = ctx, false
	ctx, end := c.begin(md)
	defer end()
	answer, err := c.attempts(ctx)
	x.Answer, x.Err = answer, c.end(err, &x.Made)
	c.backend.totals.inFlight.Add(-1)
}

// Reusable makes x ready for another message, and reports whether it can be.
func (x *Exchange) Reusable() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.left = false
	x.Answer, x.Err, x.Made, x.Again = nil, nil, Made{}, false
	if x.state != idle || x.wasted {
		return false
	}
	x.lane, x.text = nil, nil
	x.call.forget()
	x.reply.trim()
	return true
}

// forget lets go of what a call that is over holds.
func (c *call) forget() {
	c.backend, c.caller, c.req, c.instance, c.link, c.tried = nil, nil, nil, nil, nil, nil
	c.headers = headers{}
}
