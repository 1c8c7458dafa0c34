package server

import (
	"fmt"
	"net/http"
	"strings"
)

// headerRoom is how many times the limit on a header net/http is allowed to read. It ends a connection whose peer
// exceeds the limit that it has, with all other calls on it; so it has a larger one, and what lies between is refused
// call by call.
const headerRoom = 4

// fieldBytes is what a field counts for beside its name and value (RFC 9113 section 6.5.2).
const fieldBytes = 32

// headersFit refuses a request whose header is larger than limit.
func headersFit(next http.Handler, limit int) http.Handler {
	text := fmt.Sprintf("the headers of the request are larger than %d bytes, the limit", limit)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		left := limit - len(r.Host) - len(r.RequestURI)
		for name, values := range r.Header {
			for _, value := range values {
				left -= len(name) + len(value) + fieldBytes
			}
		}
		if left >= 0 {
			next.ServeHTTP(w, r)
			return
		}
		if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/grpc") {
			h := w.Header() // a response of trailers only, in which a gRPC client looks for its status
			h.Set("Content-Type", kind)
			h.Set("Grpc-Status", "8") // RESOURCE_EXHAUSTED
			h.Set("Grpc-Message", text)
			return
		}
		http.Error(w, text, http.StatusRequestHeaderFieldsTooLarge)
	})
}
