package backend

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// What waits for a connection at most, for one fleet.
const (
	mostHeld      = 1000     // messages
	mostHeldBytes = 16 << 20 // of them together
)

// nudge is how often connections are tried while messages wait for one.
const nudge = 200 * time.Millisecond

// waiting is what waits because no instance can be called.
type waiting struct {
	calls, bytes atomic.Int64
	nudged       atomic.Int64 // when connections were tried last, as package monotonic has it
}

// hold lets a call wait, where its backend holds messages and no instance can be called, until one can, its time is
// over or the caller goes away. It reports whether an instance can be called.
func (c *call) hold(ctx context.Context) bool {
	b := c.backend
	left := time.Until(c.start.Add(b.opts.HoldWhenDown))
	if left <= 0 {
		return false
	}
	wake, down := b.fleet.down()
	if !down {
		return true
	}
	size := int64(len(c.req.Bytes()))
	f := b.fleet
	calls, bytes := f.held.calls.Add(1), f.held.bytes.Add(size)
	b.totals.held.Add(1)
	defer func() { f.held.calls.Add(-1); f.held.bytes.Add(-size); b.totals.held.Add(-1) }()
	if calls > mostHeld || bytes > mostHeldBytes {
		return false
	}
	limit, again := time.NewTimer(left), time.NewTicker(nudge)
	defer limit.Stop()
	defer again.Stop()
	for down {
		select {
		case <-wake:
			wake, down = b.fleet.down()
		case <-again.C:
			f.nudge()
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		case <-b.fleet.ctx.Done():
			return false
		}
	}
	return true
}

// nudge tries connections that failed again, which would be left alone for a while.
func (f *fleet) nudge() {
	now := monotonic.Now()
	if last := f.held.nudged.Load(); now-last >= int64(nudge) && f.held.nudged.CompareAndSwap(last, now) {
		f.conn.ResetConnectBackoff()
	}
}

// down reports whether no instance can be called and none is about to be. wake is closed when that may have changed.
func (f *fleet) down() (wake <-chan struct{}, down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wake, f.unresolved || f.picker.Load().err != nil
}
