package backend

import (
	"context"
	"flag"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// byLane has the package's tests make their calls on lanes wherever those take them.
var byLane = flag.Bool("lanes", false, "make calls on lanes, and not by grpc-go")

// newPool returns a Pool as the tests' calls need it.
func newPool() *Pool {
	if *byLane {
		return WithLanes(loops)
	}
	return NewPool()
}

// ask is Call, on a lane where -lanes says so and one takes it.
func (b *Backend) ask(
	ctx context.Context, req *message.Request, md map[string][]string, made *Made,
) ([]byte, error) {
	if !*byLane {
		return b.Call(ctx, req, md, made)
	}
	b.Connect()
	b.awaitLane(time.Second / 4)
	return newCaller(ctx).ask(b, req, md, made)
}

// awaitLane waits until an instance has a lane, for a while.
func (b *Backend) awaitLane(atMost time.Duration) (ok bool) {
	for until := time.Now().Add(atMost); time.Now().Before(until); time.Sleep(time.Millisecond) {
		for _, e := range b.fleet.picker.Load().entries {
			if e.lanes.usable() != nil {
				return true
			}
		}
	}
	return false
}

// caller is who waits for a call on a lane.
type caller struct {
	context.Context
	x    Exchange
	told chan struct{}
}

func newCaller(ctx context.Context) *caller {
	c := &caller{Context: ctx, told: make(chan struct{}, 2)} // room for one too many
	c.x.To, c.x.Caller = c, c
	return c
}

// Err goes by the time, as that of a message's caller does in package dispatch: on a busy machine a context's own timer
// comes later than the clock that looks.
func (c *caller) Err() error {
	err := c.Context.Err()
	if deadline, ok := c.Deadline(); ok && err == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return err
}

// Called is part of Awaiting.
func (c *caller) Called(*frames.Batch) { c.told <- struct{}{} }

// ask makes a call on a lane, or by Call where no lane takes it.
func (c *caller) ask(b *Backend, req *message.Request, md map[string][]string, made *Made) ([]byte, error) {
	var batch frames.Batch
	if !b.Start(&batch, &c.x, req, md) {
		return b.Call(c.Context, req, md, made)
	}
	batch.Flush()
	select {
	case <-c.told:
	case <-c.Done():
		if c.Err() == context.Canceled { // a deadline is the clock's
			c.x.Leave()
		}
		<-c.told
	}
	if c.x.Again {
		c.x.GoOn(c.Context, md)
	}
	if made != nil {
		*made = c.x.Made
	}
	return c.x.Answer, c.x.Err
}
