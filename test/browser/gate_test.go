package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// gate stands between the page and the dispatcher. What is asked of a path may be held back, or refused. A path is that
// of a call, with its query where only that one is meant; "" is each call there is.
type gate struct {
	*httptest.Server
	over    chan struct{} // closed once the test is
	mu      sync.Mutex
	held    map[string]chan struct{}
	refused map[string]refusal
	silent  bool   // whoever asks is cut off
	garbled string // how the path of a file ends that comes as no script can
}

// refusal is an answer that the gate gives in the dispatcher's place.
type refusal struct {
	status, wait int // wait is what Retry-After says, in seconds; 0 for nothing
	problem      string
}

// busy is what a dispatcher answers that wants to be asked later.
var busy = refusal{http.StatusServiceUnavailable, 3,
	`{"type":"busy","title":"Busy","status":503,"detail":"Try again soon."}`}

// gated serves a dispatcher through a gate. It doesn't tell the time: a page's clock may be another one.
func gated(t *testing.T, d *dispatcher) *gate {
	t.Helper()
	g := &gate{over: make(chan struct{}), held: map[string]chan struct{}{}, refused: map[string]refusal{}}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: d.addr})
			r.Out.Host = d.addr
			r.Out.Header.Del("Origin")
		},
		ModifyResponse: func(r *http.Response) error { r.Header.Del("Date"); return nil },
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		if g.spoils(w, r) {
			return
		}
		held, refused := g.at(r)
		if held != nil {
			select {
			case <-held:
				_, refused = g.at(r)
			case <-g.over:
				return
			case <-r.Context().Done():
				return
			}
		}
		if refused.status == 0 {
			proxy.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		if refused.wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(refused.wait))
		}
		w.WriteHeader(refused.status)
		_, _ = w.Write([]byte(refused.problem))
	}))
	t.Cleanup(func() {
		close(g.over)
		g.silence() // a browser asks again at once where a connection ends, and Close would wait for that for ever
		g.Close()
	})
	return g
}

// at is what the gate does with a request.
func (g *gate) at(r *http.Request) (held chan struct{}, refused refusal) {
	call, isCall := strings.CutPrefix(r.URL.RequestURI(), "/api/v1")
	if !isCall {
		return nil, refusal{}
	}
	path, _, _ := strings.Cut(call, "?")
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range []string{"", path, call} {
		if h, ok := g.held[key]; ok {
			held = h
		}
		if a, ok := g.refused[key]; ok {
			refused = a
		}
	}
	return held, refused
}

// spoils ends a request where the gate is silent, and answers one for the file that is garbled.
func (g *gate) spoils(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	silent, garbled := g.silent, g.garbled
	g.mu.Unlock()
	switch {
	case silent:
		panic(http.ErrAbortHandler) // the server closes the connection, and the browser sees that
	case garbled != "" && strings.HasSuffix(r.URL.Path, garbled):
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte("words of a language that isn't spoken here"))
		return true
	}
	return false
}

// silence cuts everybody off until the function that it returns is called.
func (g *gate) silence() (no func()) {
	set := func(to bool) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.silent = to
	}
	set(true)
	g.CloseClientConnections()
	return func() { set(false) }
}

// garble has a file come as no script can.
func (g *gate) garble(ending string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.garbled = ending
}

// hold keeps back what is asked of a path until the function that it returns is called; again is no harm.
func (g *gate) hold(path string) (release func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make(chan struct{})
	g.held[path] = held
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.held, path)
		close(held)
	})
}

// refuse has what is asked of a path be refused until the function that it returns is called.
func (g *gate) refuse(path string, with refusal) (no func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused[path] = with
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.refused, path)
	}
}

// TestWhoWaitsIsToldForWhat holds a panel's answer back: the others live, and the panel says what it waits for until
// the answer is there. Mutations it must catch: a panel that waits without a word; panels that wait for one another.
func TestWhoWaitsIsToldForWhat(t *testing.T) {
	d := serve(t, "")
	g := gated(t, d)
	release := g.hold("/failures")
	p := stand(t, g.URL+"/#/")
	p.shows("The last 15 minutes", "epoch 1")
	p.until("the call", func() bool { return len(p.calls("/failures?")) > 0 })
	p.drawn() // so that it has set its clock
	p.windHeld(8000)
	p.shows("Still waiting for GET /failures?window=15m")
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
	p := stand(t, g.URL+"/#/play?rule=support")
	p.paste(inviteTo2002)
	p.windUntil("the verdict", func() bool { return strings.Contains(p.text(), `Request-URI user is "2002"`) })
	no := g.refuse("/route/explain", busy)
	asked := func() int { return len(p.calls("/route/explain")) }
	before := asked()
	p.rule(`req => req.message.requestUri?.user === "2002"`)
	p.shows("Try again soon.", "This verdict is old.", "NO MATCH", "3 s more")
	p.drawn() // so that it has set its clock
	p.wind(2000)
	p.shows("1 s more")
	p.wind(900)
	if n := asked() - before; n != 1 {
		t.Errorf("it was asked %d times before the 3 s were over", n)
	}
	no()
	p.wind(200)
	p.shows("● MATCH")
	p.until("that it is said no more", func() bool { return !strings.Contains(p.text(), "This verdict is old.") })
	if n := asked() - before; n != 2 {
		t.Errorf("it was asked %d times in all", n)
	}
}
