package rpc

import (
	"context"
	"runtime"
)

// largeBytes is the size from which a text takes so long to convert that it waits for its turn. SIP's are below.
const largeBytes = 16 << 10

// turns are given to so many at once.
type turns chan struct{}

// newTurns keeps half of the processors free of what takes long before a message is known to be any good.
func newTurns() turns { return make(turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// take waits for a turn, in the order of those who wait.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end gives the turn to another.
func (t turns) end() { <-t }
