// Package work bounds what all rules of one message do together.
//
// Package routing makes a Budget for each message, and the engines that rules run in (packages native and script) take
// from it. What is counted is work: an outcome doesn't depend on what else the machine does.
package work

import (
	"context"
	"errors"
	"math"
	"time"
)

// ErrGone says that an evaluation was stopped because nobody waits for its outcome any more.
var ErrGone = errors.New("nobody waits for the outcome any more")

// Budget is what the rules of one message may still do. It belongs to one goroutine but for Gone. A nil Budget never
// runs out.
type Budget struct {
	done <-chan struct{}
	left time.Duration
}

// New returns a Budget of so much processor time. It ends with ctx.
func New(ctx context.Context, left time.Duration) Budget {
	return Budget{done: ctx.Done(), left: left}
}

// Left returns what is left of the processor time; a step of a native rule counts as a nanosecond.
func (b *Budget) Left() time.Duration {
	if b == nil {
		return math.MaxInt64
	}
	return max(0, b.left)
}

// Take takes from it what was used.
func (b *Budget) Take(used time.Duration) {
	if b != nil {
		b.left -= used
	}
}

// Spent reports whether nothing is left.
func (b *Budget) Spent() bool { return b != nil && b.left <= 0 }

// Gone reports whether its context has ended. Any goroutine may ask.
func (b *Budget) Gone() bool {
	if b == nil {
		return false
	}
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}
