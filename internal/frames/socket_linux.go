package frames

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a TCP connection that Go's poller doesn't know of: it would wake a thread for all that comes, beside the
// loop's. Where somebody has to wait after all, there is another descriptor of it, that Go's poller knows.
type socket struct {
	loop *loop
	id   uint64     // in the loop; 0: not in it
	off  chan error // why the loop let go of it

	local, remote net.Addr

	mu    sync.RWMutex // held for reading while fd is in use
	fd    int          // -1: closed
	waits net.Conn     // for who waits; nil: nobody has
	left  bool         // the loop, or will
}

// newSocket takes a connection out of Go's poller.
func newSocket(l *loop, from *net.TCPConn) (*socket, error) {
	s := &socket{loop: l, off: make(chan error, 1), local: from.LocalAddr(), remote: from.RemoteAddr()}
	raw, err := from.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		s.fd, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	_ = from.Close() // the connection stays open, by the other descriptor
	return s, nil
}

// with calls a function with the descriptor, unless it is closed.
func (s *socket) with(do func(fd int) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return net.ErrClosed
	}
	return do(s.fd)
}

// serve is part of looped.
func (s *socket) serve(c *Conn) error {
	l := s.loop
	l.mu.Lock()
	l.last++
	s.id = l.last
	if l.stopped || s.hasLeft() {
		l.mu.Unlock()
		return errLeft
	}
	err := s.with(func(fd int) error { return l.control(unix.EPOLL_CTL_ADD, fd, s.id) })
	if err == nil {
		l.conns[s.id] = c
	}
	l.mu.Unlock()
	if err != nil {
		return errLeft
	}
	why := <-s.off
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	return why
}

func (s *socket) hasLeft() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.left
}

// leave is part of looped.
func (s *socket) leave() {
	s.mu.Lock()
	first := !s.left
	s.left = true
	s.mu.Unlock()
	if !first {
		return
	}
	s.loop.mu.Lock()
	defer s.loop.mu.Unlock()
	if !s.loop.stopped { // afterwards its descriptors may be somebody else's
		s.loop.leaving = append(s.loop.leaving, s.id)
		s.loop.wake()
	}
}

// read is part of looped.
func (s *socket) read(p []byte) (n int, err error) {
	n, err = s.ask(syscall.Read, p)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return 0, nil
	case err == nil && n == 0:
		return 0, io.EOF
	}
	return max(n, 0), err
}

// try is part of looped.
func (s *socket) try(p []byte) (n int, err error) {
	if n, err = s.ask(syscall.Write, p); errors.Is(err, syscall.EAGAIN) {
		return 0, nil
	}
	return max(n, 0), err
}

// ask makes a system call on the descriptor, unless that is closed.
func (s *socket) ask(call func(fd int, p []byte) (int, error), p []byte) (n int, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	for {
		if n, err = call(s.fd, p); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// waiting returns the connection as Go's poller knows it.
func (s *socket) waiting() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil, net.ErrClosed
	}
	if s.waits != nil {
		return s.waits, nil
	}
	fd, err := unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	f := os.NewFile(uintptr(fd), "")
	defer f.Close()
	s.waits, err = net.FileConn(f)
	return s.waits, err
}

// rest is part of looped.
func (s *socket) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits != nil && !s.left { // by now the reader waits
		_ = s.waits.Close() // the connection stays open
		s.waits = nil
	}
}

// Read is part of net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	w, err := s.waiting()
	if err != nil {
		return 0, err
	}
	return w.Read(p)
}

// Write is part of net.Conn.
func (s *socket) Write(p []byte) (int, error) {
	w, err := s.waiting()
	if err != nil {
		return 0, err
	}
	return w.Write(p)
}

// Close is part of net.Conn.
func (s *socket) Close() error {
	s.mu.Lock()
	if s.fd < 0 {
		s.mu.Unlock()
		return net.ErrClosed
	}
	if s.waits != nil {
		_ = s.waits.Close() // whoever waits is told
	}
	err := os.NewSyscallError("close", unix.Close(s.fd))
	s.fd = -1
	s.mu.Unlock()
	s.leave()
	return err
}

// CloseWrite tells the peer that nothing more comes.
func (s *socket) CloseWrite() error {
	return s.with(func(fd int) error { return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_WR)) })
}

// LocalAddr is part of net.Conn.
func (s *socket) LocalAddr() net.Addr { return s.local }

// RemoteAddr is part of net.Conn.
func (s *socket) RemoteAddr() net.Addr { return s.remote }

// SetDeadline is part of net.Conn, like the two that follow: for who waits.
func (s *socket) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// SetReadDeadline is part of net.Conn.
func (s *socket) SetReadDeadline(t time.Time) error {
	w, err := s.waiting()
	if err != nil {
		return err
	}
	return w.SetReadDeadline(t)
}

// SetWriteDeadline is part of net.Conn.
func (s *socket) SetWriteDeadline(t time.Time) error {
	w, err := s.waiting()
	if err != nil {
		return err
	}
	return w.SetWriteDeadline(t)
}
