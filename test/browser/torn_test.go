package browser

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// torn stands between the page and the dispatcher, and tears streams.
type torn struct {
	*httptest.Server
	over    atomic.Bool // everybody is cut off
	mu      sync.Mutex
	streams map[net.Conn]bool // those that a stream was asked for on; true once it answers
}

// tear closes the connections on which a stream has begun to answer, and says how many there were.
func (s *torn) tear() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for c, answers := range s.streams {
		if answers {
			_ = c.Close() // the page sees it end
			delete(s.streams, c)
			n++
		}
	}
	return n
}

// between serves a dispatcher through a proxy whose streams can be torn.
func between(t *testing.T, d *dispatcher) *torn {
	t.Helper()
	s := &torn{streams: map[net.Conn]bool{}}
	target := &url.URL{Scheme: "http", Host: d.addr}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = d.addr
		r.Out.Header.Del("Origin")
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.over.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	s.Listener.Close()
	s.Listener = &tornListener{l, s}
	s.Start()
	t.Cleanup(func() {
		s.over.Store(true) // a browser asks again at once, and Close would wait for that for ever
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// tornListener has connections tell when a stream is asked for on them, and when it answers.
type tornListener struct {
	net.Listener
	of *torn
}

func (l *tornListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tornConn{c, l.of}, nil
}

type tornConn struct {
	net.Conn
	of *torn
}

func (c *tornConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if strings.Contains(string(b[:n]), "/decisions/stream?") {
		c.of.mu.Lock()
		c.of.streams[c.Conn] = false
		c.of.mu.Unlock()
	}
	return n, err
}

func (c *tornConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if _, stream := c.of.streams[c.Conn]; stream {
		c.of.streams[c.Conn] = true
	}
	return n, err
}

// TestATornStreamLosesNothing sends 5,000 messages while the stream is torn 20 times: each is seen once, and those
// that aren't are counted on the page to the last one. Mutations it must catch: a page that comes back without the last
// id; one that comes back with the first id that it had.
func TestATornStreamLosesNothing(t *testing.T) {
	d := serve(t, "")
	s := between(t, d)
	p := open(t, s.URL+"/#/decisions?tab=messages", 1280, 900)
	p.shows("▶ live")
	invite := d.protobufNamed(t, "invite-sdp")
	const messages, tears = 5000, 20
	const each = messages / tears
	for n := range messages {
		if n%each == each/2 {
			if n/each%2 == 1 { // else it is torn before it could send any
				p.until("what came so far", func() bool { return accounted(p) == n })
			}
			p.until("a stream to tear", func() bool { return s.tear() > 0 })
		}
		d.sendBytes(t, renamed(invite, "1002", fmt.Sprintf("%04d", n)))
	}
	p.until("all messages", func() bool { return accounted(p) == messages })
	left := eval[int](p, leftOut)
	seen := readAll(p)
	for n := range messages {
		switch times := seen[fmt.Sprintf("%04d", n)]; {
		case times > 1:
			t.Errorf("message %d is there %d times", n, times)
		case times == 0:
			left--
		}
	}
	if left != 0 || seen["gap"] != 0 {
		t.Errorf("%d messages more are said to be left out than are; %d gaps", left, seen["gap"])
	}
	p.clean()
}

// accounted is how many messages the page shows or says to be left out.
func accounted(p *page) int {
	return eval[int](p, `Math.max(0, Number(document.querySelector(".rows")?.ariaRowCount ?? 0) - 1) + `+leftOut)
}

// leftOut is how many messages the page says it has left out, because they came too fast.
const leftOut = `Number((/([\d\u202f]+) came too fast/.exec(document.body.innerText)?.[1] ?? "0")
	.replaceAll("\u202f", ""))`

// readAll scrolls through the whole list, and counts the rows of each number that is called. It reads in parts: a
// browser that has little of the machine draws few frames in the time that one call may take.
func readAll(p *page) map[string]int {
	p.t.Helper()
	eval[int](p, `window.top0 = 0; window.read = new Map(); 0`)
	for !awaited[bool](p, readOn) {
	}
	return eval[map[string]int](p, `[...read.values()].reduce((seen, number) =>
		Object.assign(seen, {[number]: (seen[number] ?? 0) + 1}), {})`)
}

const readOn = `(async () => {
	const list = document.querySelector(".rows")
	for (let steps = 0; steps < 40 && top0 <= list.scrollHeight; steps++, top0 += 400) {
		list.scrollTop = top0
		await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
		for (const r of list.querySelectorAll(".body [role=row]")) {
			const called = /→\s*(\d{4})@/.exec(r.innerText)?.[1] ?? "?"
			read.set(r.ariaRowIndex, r.classList.contains("gap") ? "gap" : called)
		}
	}
	return top0 > list.scrollHeight
})()`
