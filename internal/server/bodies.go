package server

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// bodyPatience is how long a request's body may take once the server drains. What comes takes milliseconds; what
// doesn't, from a peer that is gone or waits, would hold the drain for as long as limits.readTimeout.
const bodyPatience = time.Second

// bodies are the requests whose body hasn't come whole. The zero value has none.
type bodies struct {
	mu    sync.Mutex
	open  map[*guard]struct{}
	until time.Time // the server drains: when bodies end; zero before
}

// expect begins to wait for the body of a guard's request.
func (b *bodies) expect(g *guard, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	g.body = body{ReadCloser: r.Body, of: b, guard: g}
	r.Body = &g.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = map[*guard]struct{}{}
	}
	b.open[g] = struct{}{}
	if !b.until.IsZero() {
		g.endBody(b.until)
	}
}

// done waits no more. It may be called for a guard that isn't waited for.
func (b *bodies) done(g *guard) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, g)
}

// drain has every body end at a time: those that are expected, and those that will be.
func (b *bodies) drain(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = until
	for g := range b.open {
		g.endBody(until)
	}
}

// endBody is called with the lock of bodies held, which keeps it from coming after the handler's end.
func (g *guard) endBody(at time.Time) {
	_ = http.NewResponseController(g.ResponseWriter).SetReadDeadline(at) // both protocols can
}

// body tells when it has come whole. From then on there is no deadline to set: over HTTP/1.1 that would end the
// request.
type body struct {
	io.ReadCloser
	of    *bodies
	guard *guard
}

// Read is part of io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.of.whole(b.guard)
	}
	return n, err
}

// whole takes back the deadline of a body that came in time, since a connection of HTTP/1.1 keeps it.
func (b *bodies) whole(g *guard) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.open[g]; !ok {
		return
	}
	delete(b.open, g)
	if !b.until.IsZero() {
		g.endBody(time.Time{})
	}
}
