// Package backend calls the programs behind the dispatcher: processors and middlewares. A Backend is what one ref says
// of how to call, and what became of its calls. Behind it is a fleet of one or more gRPC servers of the Processor
// service, which all refs share that name the same places. The package owns the connections, the choice of an instance,
// health, further attempts, the deadlines and the classification of what goes wrong.
//
// Package dispatch calls it, once for every stop on a message's way. A Backend is safe for concurrent use.
package backend

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Backend is one processor or middleware: a ref's view of a fleet. It has no connection, goroutine or timer of its own,
// so ten thousand cost little. Close it when nobody calls it any more.
type Backend struct {
	opts    view
	timeout string // opts.Timeout as grpc-timeout has it
	fleet   *fleet
	totals  *totals
	pool    *Pool // which fleet and totals are from
	closed  atomic.Bool
}

// Made says how a call was made, whether it succeeded or not.
type Made struct {
	Addr     string // of the instance that was called last; empty where none could be
	Attempts int    // how many instances were called, an instance that was called twice counted twice
}

// Ref returns the backend's ref.
func (b *Backend) Ref() string { return b.opts.Ref }

// Role returns what the backend is.
func (b *Backend) Role() Role { return b.opts.Role }

// Addr returns where the backend's instances listen, as configured.
func (b *Backend) Addr() string { return strings.Join(b.fleet.place.targets(), ", ") }

// Connect starts to connect to every instance, without waiting for a call. From now on the fleet treats its instances
// as the options of this Backend say, whatever others that share it said before.
func (b *Backend) Connect() {
	b.fleet.adopt(b.opts.manner)
	b.fleet.connect()
}

// Call sends a MessageRequest and returns the MessageResponse that comes back, unparsed. It ends when ctx does, unless
// too many ended on the same connection lately (see resets), and after the backend's timeout at the latest, however
// many attempts there were; where messages are held while no instance can be called, the timeout begins after that. It
// fills in made, if that isn't nil. md is the call's gRPC metadata: keys in lower case, values of keys that end in -bin
// as bytes rather than base64. The error is a *status.Error.
func (b *Backend) Call(ctx context.Context, req *message.Request, md map[string][]string, made *Made) ([]byte, error) {
	c := &call{backend: b, caller: ctx, req: req, start: time.Now(), limit: b.opts.Timeout, headers: measure(md)}
	b.totals.inFlight.Add(1)
	defer b.totals.inFlight.Add(-1)
	c.begun = c.start
	if b.opts.HoldWhenDown > 0 {
		c.hold(ctx)
		c.begun = time.Now()
	}
	c.hurry(ctx)
	ctx, end := c.begin(md)
	defer end()
	b.fleet.budget.earn(b.opts.RetryBudget)
	answer, err := c.attempts(ctx)
	return answer, c.end(err, made)
}

// hurry bounds the call by the caller's time.
func (c *call) hurry(caller context.Context) {
	if deadline, ok := caller.Deadline(); ok && deadline.Sub(c.begun) < c.limit {
		c.limit, c.hurried = max(0, deadline.Sub(c.begun)), true
	}
}

// end counts a call that is over, fills in made, if that isn't nil, and returns the *status.Error that err stands for;
// nil for nil.
func (c *call) end(err error, made *Made) error {
	if made != nil {
		made.Attempts = c.made
		if c.instance != nil {
			made.Addr = c.instance.addr
		}
	}
	if err == nil {
		c.backend.totals.record(c, nil)
		return nil
	}
	failed := c.classify(err)
	c.backend.totals.record(c, failed)
	return failed
}

// attempts calls instances until one answers or it would be wrong to go on.
func (c *call) attempts(ctx context.Context) ([]byte, error) {
	request, answer := raw{data: c.req.Bytes()}, raw{}
	for {
		err := c.backend.fleet.invoke(ctx, &request, &answer)
		if errors.Is(err, io.EOF) {
			err = errUnwritten
		}
		c.leave(c.outcome(err))
		switch {
		case c.caller.Err() != nil: // it ran on for nobody
			return nil, grpcstatus.FromContextError(c.caller.Err()).Err()
		case err == nil:
			return answer.data, nil
		case ctx.Err() != nil, !c.goOn(err):
			return nil, err
		}
	}
}

// Close gives the backend back to its pool. The connections of its fleet end, and with them the calls that are still in
// flight, when everybody who shares it has closed.
func (b *Backend) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	return b.pool.release(b)
}
