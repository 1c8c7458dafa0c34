package rpc

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// WithUnknown returns mux's handler, which answers gRPC and gRPC-Web calls of what isn't there as gRPC servers do, with
// UNIMPLEMENTED and the path, where mux has a page for people that their clients make guesses about.
func WithUnknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/grpc") {
			if _, pattern := mux.Handler(r); pattern == "" {
				unimplemented(w, r, kind)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// unimplemented is a Trailers-Only response ("gRPC over HTTP2", Responses).
func unimplemented(w http.ResponseWriter, r *http.Request, kind string) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Grpc-Status", strconv.Itoa(int(status.Unimplemented)))
	text := door.Cut("unknown method "+r.URL.Path, door.TextRoom(r.Context()))
	header.Set(grpcMessage, door.Mend(door.Encode(text), door.TextRoom(r.Context())))
	w.WriteHeader(http.StatusOK)
}
