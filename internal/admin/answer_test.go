package admin

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// TestAnswersThatNobodyTakesStayWithinTheBudget asks for long answers and reads none of them.
func TestAnswersThatNobodyTakesStayWithinTheBudget(t *testing.T) {
	const limit = 4 << 20
	budget := server.NewByteBudget(limit)
	s := newSide(t, func(o *Options) { o.Budget = budget })
	for range 1000 {
		s.opts.Decisions.Add(&decision.Record{
			Time: time.Now(), Request: []byte("x"), Code: 5, CallID: bytes.Repeat([]byte{1}, 250),
			EdgePort: bytes.Repeat([]byte{1}, 250),
		})
	}
	listener := peertest.Listen(t)
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: s.mux}}
	web.Start()
	defer web.Close()
	const path = "GET /api/v1/decisions?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
	var peers []net.Conn
	defer func() { // before the server, which waits for them
		for _, peer := range peers {
			peer.Close()
		}
	}()
	for range 100 {
		peer := peertest.Dial(t, listener.Addr().String())
		if _, err := io.WriteString(peer, path); err != nil {
			t.Fatal(err)
		}
		peers = append(peers, peer)
	}
	for end := time.Now().Add(20 * time.Second); budget.Refused() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing is refused, %d bytes are held", budget.Used())
		}
	}
	if used := budget.Used(); used > limit || used < limit/8 {
		t.Errorf("%d bytes are held", used)
	}
	for _, peer := range peers {
		peer.Close()
	}
	for end := time.Now().Add(20 * time.Second); budget.Used() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are held after all have left", budget.Used())
		}
	}
}

func TestFewAnswersOfAKindAreMadeAtOnce(t *testing.T) {
	s := newSide(t)
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan int, 8)
	h := newDoor(s.opts).guarded(inTurn(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/panics" {
			panic("of the test")
		}
		begun <- struct{}{}
		<-release
		return reply(w, "done")
	}))
	call := func(path string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("GET", path, ""))
		ended <- w.Code
	}
	for range builtAtOnce + 1 {
		go call("/")
	}
	for range builtAtOnce {
		<-begun
	}
	select {
	case <-begun:
		t.Error("one more is made")
	case <-time.After(50 * time.Millisecond): // it never comes where turns are taken
	}
	close(release)
	<-begun
	for range builtAtOnce + 1 {
		if code := <-ended; code != http.StatusOK {
			t.Errorf("status %d", code)
		}
	}
	for range builtAtOnce + 1 { // more than there are turns
		go call("/panics")
		if code := <-ended; code != http.StatusInternalServerError {
			t.Errorf("one that panics: status %d", code)
		}
	}
}

// TestWorkLeavesProcessorsToMessages has calls of several kinds at once.
func TestWorkLeavesProcessorsToMessages(t *testing.T) {
	s := newSide(t)
	d := newDoor(s.opts)
	var at, most atomic.Int32
	work := func() {
		n := at.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		time.Sleep(time.Millisecond)
		at.Add(-1)
	}
	own := func() handler {
		return func(w http.ResponseWriter, _ *http.Request) error {
			work()
			return reply(w, "done")
		}
	}
	kinds := []http.HandlerFunc{
		d.guarded(d.busy(own())), d.guarded(d.busy(own())), d.guarded(d.busy(own())),
		d.guarded(func(w http.ResponseWriter, r *http.Request) error {
			done := d.working(r.Context())
			work()
			done()
			return reply(w, "done")
		}),
	}
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			w := httptest.NewRecorder()
			if kinds[n%len(kinds)](w, request("GET", "/", "")); w.Code != http.StatusOK {
				t.Errorf("status %d", w.Code)
			}
		})
	}
	all.Wait()
	if got, may := int(most.Load()), max(1, runtime.GOMAXPROCS(0)/2); got > may {
		t.Errorf("%d were at work at once, and %d may be", got, may)
	}
}
