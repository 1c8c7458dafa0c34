package rpc

import (
	"context"
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Limits are what everything on the wire has in common. All of them but Done must be set.
type Limits struct {
	Work    *server.Budget  // bytes in work
	Streams *server.Budget  // what stays open beside messages: watching health, reflection
	Done    <-chan struct{} // closed when the dispatcher stops
	Idle    time.Duration   // a stream on whose connection nothing else happens ends after it, or after twice as much
}

var (
	errStreams = connect.NewError(connect.CodeResourceExhausted,
		errors.New("the dispatcher is overloaded: the limit on open streams is reached"))
	errIdle = connect.NewError(connect.CodeUnavailable,
		errors.New("nothing else happened on the connection for a long time: open the stream again"))
	errStopping = connect.NewError(connect.CodeUnavailable, errors.New("the dispatcher is shutting down"))
)

// streaming lets a stream stay open while there is room for it and its connection is in use, until done is closed.
func (l Limits) streaming(next http.Handler, done <-chan struct{}) http.Handler {
	refusals := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		share := l.Streams.Begin(r.Context())
		if !share.Take(1) {
			_ = refusals.Write(w, r, errStreams) // the peer left
			return
		}
		defer share.End()
		ctx, end := context.WithCancelCause(r.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer panics.Caught("end an idle stream")
			if why := l.outlives(ctx, done); why != nil {
				end(why)
				_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) // where it waits for the peer
			}
		}()
		defer func() { end(nil); <-ended }()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// outlives waits until the stream whose context ctx is should end: when the connection had no other request for a
// while, or done is closed. It returns nil when ctx ends.
func (l Limits) outlives(ctx context.Context, done <-chan struct{}) error {
	tick := time.NewTicker(l.Idle)
	defer tick.Stop()
	for seen := server.Requests(ctx); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-done:
			return errStopping
		case <-tick.C:
		}
		now := server.Requests(ctx)
		if now == seen {
			return errIdle
		}
		seen = now
	}
}
