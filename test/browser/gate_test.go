package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// gate stands between the page and the dispatcher. A path may be held back, or answered as a busy dispatcher does.
type gate struct {
	*httptest.Server
	mu   sync.Mutex
	held map[string]chan struct{}
	busy map[string]bool
}

// gated serves a dispatcher through a gate.
func gated(t *testing.T, d *dispatcher) *gate {
	t.Helper()
	g := &gate{held: map[string]chan struct{}{}, busy: map[string]bool{}}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: d.addr})
		r.Out.Host = d.addr
		r.Out.Header.Del("Origin")
	}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/api/v1")
		g.mu.Lock()
		held, busy := g.held[path], g.busy[path]
		g.mu.Unlock()
		if held != nil {
			select {
			case <-held:
			case <-r.Context().Done():
				return
			}
		}
		if busy {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"type":"busy","title":"Busy","status":503,"detail":"Try again soon."}`))
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// hold keeps back what is asked of a path until the function that it returns is called.
func (g *gate) hold(path string) (release func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make(chan struct{})
	g.held[path] = held
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.held, path)
		close(held)
	}
}

// isBusy has a path be busy, or no longer.
func (g *gate) isBusy(path string, busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy[path] = busy
}

// TestWhoWaitsIsToldForWhat holds a panel's answer back: the others live, and the panel says what it waits for until
// the answer is there. Mutations it must catch: a panel that waits without a word; panels that wait for one another.
func TestWhoWaitsIsToldForWhat(t *testing.T) {
	d := serve(t, "")
	g := gated(t, d)
	release := g.hold("/failures")
	p := open(t, g.URL+"/#/", 1280, 900)
	p.shows("The last 15 minutes", "epoch 1", "Still waiting for GET /failures?window=15m")
	asked := len(p.calls("/failures?"))
	p.find("button", "Ask again").click()
	p.until("another call", func() bool { return len(p.calls("/failures?")) == asked+1 })
	release()
	p.until("the answer", func() bool { return !strings.Contains(p.text(), "Still waiting") })
	p.until("that nothing fails", func() bool {
		return strings.Contains(p.text(), "in the last 15 minutes\ncurl\n\nNothing.")
	})
	p.clean()
}

// TestABusyDispatcherIsAskedAgainWhenItSays has the dispatcher be busy while somebody types: the verdict stays and is
// said to be old, the time to wait is counted down, and nothing is asked before. Mutations it must catch: a call that
// is made again at once; a verdict that isn't said to be old.
func TestABusyDispatcherIsAskedAgainWhenItSays(t *testing.T) {
	d := serve(t, threeRules)
	g := gated(t, d)
	p := open(t, g.URL+"/#/play?rule=support", 1280, 900)
	p.paste(inviteTo2002)
	p.shows("NO MATCH", `Request-URI user is "2002"`)
	g.isBusy("/route/explain", true)
	before := len(p.calls("/route/explain"))
	p.rule(`req => req.message.requestUri?.user === "2002"`)
	p.shows("Try again soon.", "This verdict is old.", "NO MATCH", "3 s more", "1 s more")
	if n := len(p.calls("/route/explain")) - before; n > 2 { // the verdict, and the table of the new rule
		t.Errorf("it was asked %d times while it wanted to be left alone", n)
	}
	g.isBusy("/route/explain", false)
	p.shows("● MATCH")
	p.until("that it is said no more", func() bool { return !strings.Contains(p.text(), "This verdict is old.") })
}
