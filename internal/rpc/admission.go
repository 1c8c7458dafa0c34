package rpc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"connectrpc.com/connect"

	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// errBusy is the answer to a request that there is no room for.
var errBusy = connect.NewError(connect.CodeResourceExhausted,
	errors.New("the dispatcher is overloaded: the limit on memory for requests in work is reached"))

// admitted lets requests in while there is room for them: it takes what they hold from the budget, before and while
// their bodies are read, counted inflated, and gives it back when they are answered. maxBytes bounds a message.
func admitted(next http.Handler, maxBytes int, budget *server.Budget, turns turns) http.Handler {
	refusals := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		job := &work{Context: r.Context(), share: budget.Begin(r.Context()), body: r.Body, left: int64(maxBytes)}
		defer job.end()
		if !job.share.Take(door.RequestBytes + headerBytes(r.Header)) {
			_ = refusals.Write(w, r, errBusy) // the peer left
			return
		}
		job.inflate(r.Header, maxBytes, turns)
		r = r.WithContext(job)
		r.Body = job
		next.ServeHTTP(w, r)
	})
}

// headerBytes is what a request's header holds. What connect would quote in an error is cut.
func headerBytes(header http.Header) (n int64) {
	for name, values := range header {
		for i, v := range values {
			n += int64(len(name) + len(v))
			if len(v) > maxQuoted && slices.Contains(quoted, name) {
				values[i] = v[:maxQuoted]
			}
		}
	}
	return n
}

// quoted are the headers that connect quotes where it can't use them, and maxQuoted is how much of them. What it can
// use is shorter.
var quoted = []string{
	"Content-Encoding", "Grpc-Encoding", "Connect-Content-Encoding", "Grpc-Timeout", "Connect-Timeout-Ms",
	"Connect-Protocol-Version",
}

const maxQuoted = 256

// work is one request while it is worked on: its body, inflated, what it holds of the budget, and the context that
// carries both. One goroutine uses it.
type work struct {
	context.Context

	share    server.Share
	body     io.ReadCloser
	inflated io.Reader // what the body is when it is inflated; nil where it is read as it is
	left     int64     // how many bytes more of the body anybody holds
	err      error     // that ended the body
}

type workKey struct{}

// Value implements context.Context.
func (w *work) Value(key any) any {
	if key == (workKey{}) {
		return w
	}
	return w.Context.Value(key)
}

// workOf returns the work whose context ctx is.
func workOf(ctx context.Context) *work {
	w, _ := ctx.Value(workKey{}).(*work)
	return w
}

// Read takes what it reads from the budget.
func (w *work) Read(p []byte) (n int, err error) {
	switch {
	case w.err != nil:
	case w.inflated != nil:
		n, w.err = w.inflated.Read(p)
	default:
		if n, w.err = w.body.Read(p); !w.take(n) {
			n, w.err = 0, errBusy
		}
	}
	return n, w.err
}

// Close implements io.Closer.
func (w *work) Close() error { return w.body.Close() }

// take counts n bytes of the body, as far as anybody holds them: what is beyond the largest message is read to be
// dropped.
func (w *work) take(n int) bool {
	held := min(int64(n), w.left)
	w.left -= held
	return held == 0 || w.share.Take(held)
}

// end gives back what the request held.
func (w *work) end() {
	if z, ok := w.inflated.(io.Closer); ok {
		_ = z.Close() // to be used again
	}
	w.share.End()
}
