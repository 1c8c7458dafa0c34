package frames

import (
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// roundRobin says whose turn it is.
type roundRobin struct{ atomic.Uint32 }

// loop is one goroutine that waits for many sockets by epoll, level-triggered, and does what a frame makes possible.
// While it waits, Go takes its P away only after 10 ms, or where others want it; so what comes sooner wakes nothing
// but this goroutine's thread.
type loop struct {
	epoll int // file descriptors
	event int // which wakes it
	over  chan struct{}
	batch Batch
	ready []*Conn

	mu      sync.Mutex
	last    uint64
	conns   map[uint64]*Conn // by what epoll says of them; 0 is the event
	leaving []uint64
	stopped bool
}

func newLoops(n int) *Loops {
	all := &Loops{}
	for range n {
		l, err := newLoop()
		if err != nil { // out of file descriptors: connections are read without
			break
		}
		all.all = append(all.all, l)
	}
	if len(all.all) == 0 {
		return nil
	}
	return all
}

func newLoop() (*loop, error) {
	l := &loop{over: make(chan struct{}), conns: map[uint64]*Conn{}}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		_ = unix.Close(l.epoll) // nothing is in it
		return nil, err
	}
	if err = l.control(unix.EPOLL_CTL_ADD, l.event, 0); err != nil {
		l.release()
		return nil, err
	}
	go func() {
		defer panics.Caught("read connections")
		defer close(l.over)
		defer l.letAllGo() // their goroutines read on, if it failed
		l.run()
	}()
	return l, nil
}

// Take returns a connection that one of the loops reads once it is served; nc itself where it isn't a TCP socket.
// Otherwise nc is closed, and the connection goes on by what was returned.
func (l *Loops) Take(nc net.Conn) net.Conn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok || l == nil {
		return nc
	}
	s, err := newSocket(l.all[int(l.next.Add(1)-1)%len(l.all)], tcp)
	if err != nil {
		return nc
	}
	return s
}

// Close stops the loops, and waits until they have. Connections that aren't over go on without them.
func (l *Loops) Close() {
	if l == nil {
		return
	}
	for _, one := range l.all {
		one.stop()
	}
}

func (l *loop) stop() {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	l.wake()
	<-l.over
	l.release()
}

func (l *loop) release() {
	_ = unix.Close(l.epoll) // nobody uses them any more
	_ = unix.Close(l.event)
}

func (l *loop) control(op, fd int, id uint64) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: int32(id), Pad: int32(id >> 32)}
	return unix.EpollCtl(l.epoll, op, fd, &e)
}

// wake has the loop look at who leaves.
func (l *loop) wake() {
	_, _ = unix.Write(l.event, binary.NativeEndian.AppendUint64(nil, 1)) // it takes it, or is as full as can be
}

// yields is how long a loop goes on before it lets Go's scheduler count anew how long it has been going on: after
// 10 ms that would make it stop, and look after it more often.
const yields = int64(5 * time.Millisecond)

// run reads until the loop is stopped.
func (l *loop) run() {
	events := make([]unix.EpollEvent, 128)
	yielded := monotonic.Now()
	for {
		n, err := unix.EpollWait(l.epoll, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			panics.Note("wait for connections", err)
			l.letAllGo()
			return
		}
		l.batch.woken = monotonic.Now()
		woken := l.pick(events[:max(n, 0)])
		for i, c := range l.ready {
			l.ready[i] = nil
			if over, err := c.turn(&l.batch); over {
				l.drop(c, err)
			}
		}
		l.batch.Flush()
		if woken && l.letGo() {
			return
		}
		if l.batch.woken-yielded > yields {
			yielded = l.batch.woken
			runtime.Gosched()
		}
	}
}

// pick finds the connections of events, and reports whether the loop was woken.
func (l *loop) pick(events []unix.EpollEvent) (woken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ready = l.ready[:0]
	for i := range events {
		id := uint64(uint32(events[i].Fd)) | uint64(uint32(events[i].Pad))<<32
		if c := l.conns[id]; c != nil {
			l.ready = append(l.ready, c)
		}
		woken = woken || id == 0
	}
	return woken
}

// letGo lets go of those that leave. It reports whether the loop is stopped.
func (l *loop) letGo() (stopped bool) {
	var count [8]byte
	_, _ = unix.Read(l.event, count[:]) // it counts from nothing again
	l.mu.Lock()
	leaving, stopped := l.leaving, l.stopped
	l.leaving = nil
	l.mu.Unlock()
	for _, id := range leaving {
		l.mu.Lock()
		c := l.conns[id]
		l.mu.Unlock()
		if c != nil {
			l.drop(c, errLeft)
		}
	}
	if stopped {
		l.letAllGo()
	}
	return stopped
}

func (l *loop) letAllGo() {
	l.mu.Lock()
	l.stopped = true
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	for _, c := range conns {
		l.drop(c, errLeft)
	}
}

// drop lets go of a connection: whoever serves it goes on.
func (l *loop) drop(c *Conn, why error) {
	s := c.looped.(*socket)
	l.mu.Lock()
	delete(l.conns, s.id)
	l.mu.Unlock()
	_ = s.with(func(fd int) error { return l.control(unix.EPOLL_CTL_DEL, fd, s.id) })
	s.off <- why
}
