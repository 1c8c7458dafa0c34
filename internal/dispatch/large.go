package dispatch

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

const (
	// largeBytes is the size from which a message is large. SIP's are below.
	largeBytes = 16 << 10
	// largeAtOnce is how many large messages are in flight at once: they share the processors' connections with all
	// others, which they would keep waiting.
	largeAtOnce = 16
	// largePatience is how long a large message waits for its turn.
	largePatience = time.Second
)

// TryTurn is Turn without waiting. It reports false where the message would have to wait. end may be nil.
func (l *Limiter) TryTurn(req *message.Request) (end func(), ok bool) {
	if len(req.Bytes()) <= largeBytes {
		return nil, true
	}
	select {
	case l.large <- struct{}{}:
		return func() { <-l.large }, true
	default:
		return nil, false
	}
}

// Turn lets a message go on, where it is large in its turn. end is to be called when it is answered.
func (l *Limiter) Turn(ctx context.Context, req *message.Request) (end func(), err error) {
	if len(req.Bytes()) <= largeBytes {
		return func() {}, nil
	}
	patience := time.NewTimer(largePatience)
	defer patience.Stop()
	select {
	case l.large <- struct{}{}:
		return func() { <-l.large }, nil
	case <-ctx.Done():
		return nil, callerLeft(ctx, "the message waited for its turn")
	case <-patience.C:
		l.refused.Add(1)
		return nil, overloaded("the limit on large messages in flight is reached")
	}
}
