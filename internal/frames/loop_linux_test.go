package frames

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/sys/unix"
)

// looping starts loops for a test. It returns how to end them, which the test may do early.
func looping(t *testing.T, n int) (*Loops, func()) {
	t.Helper()
	l := newLoops(n)
	if l == nil {
		t.Fatal("no loops")
	}
	end := sync.OnceFunc(l.Close)
	t.Cleanup(end)
	return l, end
}

// on has a server's connection read by one of the loops.
func on(l *Loops, o Options) func(net.Conn) *Conn {
	return func(nc net.Conn) *Conn { return server(o)(l.Take(nc)) }
}

func (p *byHand) echoed(id uint32, text string) {
	p.Helper()
	p.post(id, false)
	p.ok(p.WriteData(id, true, []byte(text)))
	if got := p.body(id); string(got) != text {
		p.Errorf("%d bytes of %d came back, from %.20q on", len(got), len(text), got)
	}
}

// TestOneLoopReadsManyConnections has connections say all kinds of things at the same time, whole and in bytes.
func TestOneLoopReadsManyConnections(t *testing.T) {
	l, _ := looping(t, 1)
	var all sync.WaitGroup
	for n := range 20 {
		p, _ := against(t, on(l, Options{}))
		all.Go(func() {
			for i := range 50 {
				p.echoed(uint32(2*i+1), string(bytes.Repeat([]byte(fmt.Sprint(n, i, ";")), 1+(n+i)%50*6)))
			}
		})
	}
	all.Wait()
}

// TestAConnectionOutlivesItsLoop ends the loops while streams are open: whoever serves the connection reads on.
func TestAConnectionOutlivesItsLoop(t *testing.T) {
	l, end := looping(t, 2)
	p, _ := against(t, on(l, Options{}))
	q, _ := against(t, on(l, Options{}))
	for _, peer := range []*byHand{p, q} {
		peer.echoed(1, "before")
		peer.post(3, false)
		peer.ok(peer.WriteData(3, false, []byte("be")))
	}
	end()
	for _, peer := range []*byHand{p, q} {
		peer.ok(peer.WriteData(3, true, []byte("tween")))
		if got := peer.body(3); string(got) != "between" {
			t.Errorf("%q came back", got)
		}
		peer.echoed(5, "after")
	}
	late, _ := against(t, on(l, Options{}))
	late.echoed(1, "without a loop")
}

// TestWhoeverClosesASocketEndsItsConnection closes the net.Conn itself, as a server does that is cut off.
func TestWhoeverClosesASocketEndsItsConnection(t *testing.T) {
	l, _ := looping(t, 1)
	var nc net.Conn
	p, _ := against(t, func(far net.Conn) *Conn {
		nc = l.Take(far)
		return NewServer(nc, Options{Accept: echoes})
	})
	p.echoed(1, "x")
	if err := nc.Close(); err != nil {
		t.Error(err)
	}
	p.ends()
	if err := nc.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second Close says %v", err)
	}
}

// TestASocketThatIsClosedEarlyEndsItsConnection closes it before it is served.
func TestASocketThatIsClosedEarlyEndsItsConnection(t *testing.T) {
	l, _ := looping(t, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	nc := l.Take(near)
	c := NewClient(nc, Options{})
	_ = nc.Close()
	if err := c.Serve(&Batch{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve says %v", err)
	}
}

// ends fails the test unless the connection is over.
func (p *byHand) ends() error {
	p.Helper()
	select {
	case err := <-p.served:
		return err
	case <-time.After(10 * time.Second):
		p.Fatal("the connection is served on")
		return nil
	}
}

// failing panics at the first data.
type failing struct{ echo }

func (*failing) Data(*Batch, *Stream, []byte, bool) { panic("on purpose") }

// TestAPanicOnALoopEndsOneConnection has one connection fail; another one of the same loop is unharmed.
func TestAPanicOnALoopEndsOneConnection(t *testing.T) {
	l, _ := looping(t, 1)
	good, _ := against(t, on(l, Options{}))
	bad, _ := against(t, on(l, Options{Accept: func(*Batch, *Conn, []Field, bool) *Stream {
		f := &failing{}
		f.Events = f
		return &f.Stream
	}}))
	good.echoed(1, "before")
	bad.post(1, false)
	bad.ok(bad.WriteData(1, true, []byte("x")))
	if bad.ends() == nil {
		t.Error("the connection ended in good order")
	}
	good.echoed(3, "after")
}

// TestASlowPeerOfALoop takes nothing for a while of what it asked for: the loop reads others meanwhile, all of it comes
// in the end, and Go's poller forgets the socket again.
func TestASlowPeerOfALoop(t *testing.T) {
	l, _ := looping(t, 1)
	var of *socket
	slow, _ := against(t, func(far net.Conn) *Conn {
		nc := l.Take(far)
		of = nc.(*socket)
		_ = of.with(func(fd int) error {
			return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4096)
		})
		return server(Options{StreamWindow: 4 << 20, ConnWindow: 8 << 20})(nc)
	}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 8 << 20})
	slow.ok(slow.WriteWindowUpdate(0, 16<<20))
	text := bytes.Repeat([]byte("slow."), 600_000)
	slow.post(1, false)
	for rest := text; len(rest) > 0; {
		n := min(len(rest), 16<<10)
		slow.ok(slow.WriteData(1, n == len(rest), rest[:n]))
		rest = rest[n:]
	}
	other, _ := against(t, on(l, Options{}))
	for i := range 20 {
		other.echoed(uint32(2*i+1), "quick")
	}
	if got := slow.body(1); !bytes.Equal(got, text) {
		t.Errorf("%d bytes of %d came back", len(got), len(text))
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		of.mu.RLock()
		waits := of.waits != nil
		of.mu.RUnlock()
		if !waits {
			break
		}
		if time.Now().After(until) {
			t.Fatal("Go's poller knows the socket still")
		}
	}
	slow.echoed(3, "again")
}

// roomless answers with more than fits, and panics when it is told that there is room.
type roomless struct{ echo }

func (r *roomless) Data(b *Batch, s *Stream, p []byte, _ bool) {
	s.Consume(b, len(p))
	s.TellRoom()
	s.WriteHead(b, []Field{{Name: ":status", Value: "200"}}, false)
	s.WriteCopy(b, make([]byte, 24<<20), false)
}

func (*roomless) Room(*Batch, *Stream, int) { panic("on purpose") }

// TestAWriterThatPanicsEndsItsConnection has Events fail while the goroutine that writes tells them something: a
// connection that nobody writes to any more would be mute for ever.
func TestAWriterThatPanicsEndsItsConnection(t *testing.T) {
	p, _ := against(t, func(far net.Conn) *Conn {
		if tcp, ok := far.(*net.TCPConn); ok { // so that the network takes only some of it at once
			_ = tcp.SetWriteBuffer(4096)
		}
		return NewServer(far, Options{Accept: func(*Batch, *Conn, []Field, bool) *Stream {
			r := &roomless{}
			r.Events = r
			return &r.Stream
		}})
	}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 64 << 20})
	p.ok(p.WriteWindowUpdate(0, 64<<20))
	p.post(1, false)
	p.ok(p.WriteData(1, false, []byte("x")))
	_, _ = io.Copy(io.Discard, p.Conn) // it ends
	if p.ends() == nil {
		t.Error("the connection ended in good order")
	}
}

// TestALoopThatIsOverWritesToNobody closes sockets of loops that are over, whose descriptors others have by then.
func TestALoopThatIsOverWritesToNobody(t *testing.T) {
	l, end := looping(t, 1)
	var socket net.Conn
	p, _ := against(t, func(far net.Conn) *Conn {
		socket = l.Take(far)
		end()
		return NewServer(socket, Options{Accept: echoes})
	})
	others := make([]int, 20) // the lowest numbers that are free
	for i := range others {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		others[i] = fd
	}
	p.echoed(1, "without a loop")
	_ = socket.Close()
	p.ends()
	for _, fd := range others {
		if n, err := unix.Read(fd, make([]byte, 8)); !errors.Is(err, unix.EAGAIN) {
			t.Errorf("%d bytes were written to somebody else's descriptor, %v", n, err)
		}
	}
}
