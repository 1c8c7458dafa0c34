//go:build chaos

package chaos

import (
	"io"
	"net"
	"sync"
	"testing"
)

// hole is a network path that can turn into a black hole: connections stay, and nothing gets through.
type hole struct {
	addr string

	mu      sync.Mutex
	passage chan struct{} // closed while there is one
}

func startHole(t *testing.T, to string) *hole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{addr: l.Addr().String(), passage: make(chan struct{})}
	close(h.passage)
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				from.Close()
				continue
			}
			mu.Lock()
			conns = append(conns, from, there)
			mu.Unlock()
			all.Go(func() { h.copy(there, from) })
			all.Go(func() { h.copy(from, there) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		h.open()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return h
}

// copy passes bytes on while there is a passage.
func (h *hole) copy(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		h.mu.Lock()
		passage := h.passage
		h.mu.Unlock()
		<-passage
		if _, failed := to.Write(buf[:n]); failed != nil || err == io.EOF || err != nil {
			return
		}
	}
}

func (h *hole) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passage = make(chan struct{})
}

func (h *hole) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.passage:
	default:
		close(h.passage)
	}
}
