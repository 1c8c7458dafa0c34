package server

import (
	"context"
	"net/http"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// EndWith ends what next serves when done is closed, so that no stream holds a drain up: the request's context ends,
// its body does, and what is left to write gets a second.
func EndWith(done <-chan struct{}, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer panics.Caught("end a stream")
			select {
			case <-done:
				cancel()
				control := http.NewResponseController(w)
				_ = control.SetReadDeadline(time.Unix(1, 0)) // both protocols can
				_ = control.SetWriteDeadline(time.Now().Add(closeTimeout))
			case <-ctx.Done():
			}
		}()
		defer func() { <-ended }() // it mustn't outlive the handler
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
