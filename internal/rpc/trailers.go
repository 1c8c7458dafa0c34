package rpc

import (
	"net/http"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/door"
)

// trailers mends what connect makes of a status: a grpc-message may neither begin nor end with a space (RFC 9113
// section 8.2.1), or clients on Node drop the field, and may not be longer than door.TextRoom says, as when connect
// quotes a header of the request in it.
type trailers struct{ http.Handler }

const grpcMessage = "Grpc-Message"

// ServeHTTP implements http.Handler.
func (t trailers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room := door.TextRoom(r.Context())
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc-web") {
		t.Handler.ServeHTTP(&webWriter{ResponseWriter: w, room: room}, r)
		return
	}
	t.Handler.ServeHTTP(w, r)
	mend(w.Header(), http.TrailerPrefix+grpcMessage, room)
}

// webWriter mends headers before they are sent: gRPC-Web has the status of a call that failed among them.
type webWriter struct {
	http.ResponseWriter
	room int // for the text
	sent bool
}

func (w *webWriter) mend() {
	if !w.sent {
		w.sent = true
		mend(w.Header(), grpcMessage, w.room)
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *webWriter) WriteHeader(status int) {
	w.mend()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *webWriter) Write(data []byte) (int, error) {
	w.mend()
	return w.ResponseWriter.Write(data)
}

// Flush implements http.Flusher.
func (w *webWriter) Flush() {
	w.mend()
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// mend rewrites a percent-encoded text.
func mend(header http.Header, name string, room int) {
	for i, text := range header[name] {
		header[name][i] = door.Mend(text, room)
	}
}
