package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// guarded gives up an answer that the peer doesn't take: each write and flush has patience. HTTP/2 lets a peer keep
// the window of a stream shut, which would hold the answer and the goroutine that writes it for as long as the
// connection lives. http.Server's WriteTimeout would do for that, but it counts from the request, and so bounds the
// handler too.
func guarded(next http.Handler, patience time.Duration, bodies *bodies) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := guards.Get().(*guard)
		g.ResponseWriter, g.patience = w, patience
		bodies.expect(g, r)
		func() {
			defer bodies.done(g) // before another request has it, whatever the handler does
			next.ServeHTTP(g, r)
		}()
		g.done()
	})
}

var guards = sync.Pool{New: func() any {
	g := &guard{}
	g.timer = time.AfterFunc(time.Hour, g.giveUp)
	g.timer.Stop()
	return g
}}

// guard is a ResponseWriter whose writes don't wait forever. Like every other one it belongs to one handler, and ends
// with it.
type guard struct {
	http.ResponseWriter
	patience time.Duration
	timer    *time.Timer
	buffered bool // something was written that may not have left
	body     body

	mu      sync.Mutex
	waiting bool // in a write
	late    bool // the timer has run
}

func (g *guard) Write(p []byte) (int, error) {
	g.buffered = true
	g.begin()
	defer g.end()
	return g.ResponseWriter.Write(p)
}

// FlushError implements what http.ResponseController looks for.
func (g *guard) FlushError() error {
	g.buffered = false
	g.begin()
	defer g.end()
	return http.NewResponseController(g.ResponseWriter).Flush()
}

// Flush implements http.Flusher.
func (g *guard) Flush() {
	_ = g.FlushError() // the next write says so too
}

// Unwrap gives http.ResponseController the rest.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *guard) begin() {
	g.mu.Lock()
	g.waiting = true
	g.mu.Unlock()
	g.timer.Reset(g.patience)
}

func (g *guard) end() {
	g.mu.Lock()
	g.waiting = false
	g.mu.Unlock()
	if !g.timer.Stop() {
		g.late = true
	}
}

// giveUp ends the answer, and with it the write. net/http takes no deadline any more once the handler has returned, so
// it mustn't while this runs.
func (g *guard) giveUp() {
	defer panics.Caught("give up an answer")
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting {
		// there is nothing else to do
		_ = http.NewResponseController(g.ResponseWriter).SetWriteDeadline(time.Unix(1, 0))
	}
}

// done leaves to net/http what the handler wrote without flushing it. A guard whose timer ran isn't used again: giveUp
// could be late.
func (g *guard) done() {
	if g.buffered {
		// both protocols can
		_ = http.NewResponseController(g.ResponseWriter).SetWriteDeadline(time.Now().Add(g.patience))
	}
	g.mu.Lock()
	g.ResponseWriter, g.buffered = nil, false
	g.mu.Unlock()
	if !g.late {
		guards.Put(g)
	}
}
