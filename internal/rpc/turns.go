package rpc

import (
	"context"
	"errors"
	"runtime"
	"time"

	"connectrpc.com/connect"
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

var errLarge = connect.NewError(connect.CodeResourceExhausted,
	errors.New("the dispatcher is overloaded: the limit on large messages in flight is reached"))

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

// large lets a message go on, where it is large in its turn. end is to be called when it is answered. The error is a
// *connect.Error.
func (t turns) large(ctx context.Context, request []byte) (end func(), err error) {
	if len(request) <= largeBytes {
		return func() {}, nil
	}
	waiting, cancel := context.WithTimeout(ctx, largePatience)
	defer cancel()
	switch err := t.take(waiting); {
	case err == nil:
		return t.end, nil
	case ctx.Err() != nil:
		return nil, gone(ctx.Err())
	}
	return nil, errLarge
}
