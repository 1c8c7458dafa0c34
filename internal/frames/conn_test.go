package frames

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// onLoops has the package's tests read their sockets by loops, where there are loops.
var onLoops = flag.Bool("loops", false, "read sockets by loops, and not by goroutines")

// loops are those of the tests; nil where goroutines read.
var loops *Loops

func TestMain(m *testing.M) { goleak.VerifyTestMain(withLoops{m}) }

// withLoops runs tests while there are loops.
type withLoops struct{ *testing.M }

func (m withLoops) Run() int {
	flag.Parse()
	if *onLoops {
		loops = newLoops(2)
	}
	defer loops.Close()
	return m.M.Run()
}

// TestAllOfThisHoldsOnLoops runs this package's tests once more with their sockets read by loops, so that what is
// promised of a Conn is promised whoever reads it.
func TestAllOfThisHoldsOnLoops(t *testing.T) {
	if *onLoops {
		return // it does
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), self, "-loops").CombinedOutput(); err != nil {
		t.Errorf("on loops: %v\n%s", err, out)
	}
}

// echo answers each stream with what came on it.
type echo struct {
	Stream
	body []byte
}

func (e *echo) Head(b *Batch, s *Stream, _ []Field, end bool) {
	if end {
		e.answer(b, s)
	}
}

func (e *echo) Data(b *Batch, s *Stream, p []byte, end bool) {
	e.body = append(e.body, p...)
	s.Consume(b, len(p))
	if end {
		e.answer(b, s)
	}
}

func (e *echo) answer(b *Batch, s *Stream) {
	s.WriteHead(b, []Field{{Name: ":status", Value: "200"}}, false)
	s.WriteCopy(b, e.body, false)
	s.WriteHead(b, []Field{{Name: "grpc-status", Value: "0"}}, true)
}

func (e *echo) Room(*Batch, *Stream, int)     {}
func (e *echo) Closed(*Batch, *Stream, Close) {}

// asked is a client's stream.
type asked struct {
	Stream
	got  []byte
	done chan Close
}

func (a *asked) Head(*Batch, *Stream, []Field, bool) {}
func (a *asked) Data(b *Batch, s *Stream, p []byte, _ bool) {
	a.got = append(a.got, p...)
	s.Consume(b, len(p))
}
func (a *asked) Room(*Batch, *Stream, int)           {}
func (a *asked) Closed(_ *Batch, _ *Stream, c Close) { a.done <- c }

// pair are two ends of a connection over TCP, both served.
func pair(t *testing.T, server, client Options) (*Conn, *Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if server.Accept == nil {
		server.Accept = func(*Batch, *Conn, []Field, bool) *Stream {
			e := &echo{}
			e.Events = e
			return &e.Stream
		}
	}
	s, c := NewServer(loops.Take(far), server), NewClient(loops.Take(near), client)
	var both sync.WaitGroup
	for _, conn := range []*Conn{s, c} {
		both.Go(func() { _ = conn.Serve(&Batch{}) })
	}
	t.Cleanup(func() {
		c.Close()
		s.Close()
		both.Wait()
	})
	return s, c
}

var post = []Field{
	{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"},
	{Name: ":authority", Value: "x"},
}

func TestABodyOfAnySizeComesBack(t *testing.T) {
	_, c := pair(t, Options{}, Options{})
	for _, n := range []int{0, 1, 1500, 16384, 65535, 65536, 1 << 20, 5 << 20} {
		body := make([]byte, n)
		for i := range body {
			body[i] = byte(i * 7)
		}
		a := &asked{done: make(chan Close, 1)}
		a.Events = a
		b := &Batch{}
		if err := c.Open(b, &a.Stream, post, false); err != nil {
			t.Fatal(err)
		}
		a.WriteCopy(b, body, true)
		b.Flush()
		if why := <-a.done; why != (Close{}) {
			t.Fatalf("%d bytes: %+v", n, why)
		}
		if string(a.got) != string(body) {
			t.Fatalf("%d bytes: %d came back", n, len(a.got))
		}
	}
}
