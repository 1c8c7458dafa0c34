//go:build unix

package frames

import (
	"errors"
	"io"
	"syscall"
)

// waiter reads into a reader's buffer. On a socket it takes one only once there is something to read.
type waiter struct {
	of   *reader
	once func(fd uintptr) bool
	n    int
	err  error
}

func (w *waiter) init(r *reader) {
	w.of = r
	w.once = func(fd uintptr) bool {
		had := r.buf != nil
		r.take()
		for {
			w.n, w.err = syscall.Read(int(fd), r.buf[r.w:])
			if !errors.Is(w.err, syscall.EINTR) {
				break
			}
		}
		if errors.Is(w.err, syscall.EAGAIN) {
			if !had {
				r.release()
			}
			return false
		}
		return true
	}
}

func (w *waiter) read() (n int, err error) {
	c := w.of.conn
	if c.raw == nil {
		w.of.take()
		return c.nc.Read(w.of.buf[w.of.w:])
	}
	w.n, w.err = 0, nil
	if err := c.raw.Read(w.once); err != nil {
		return 0, err
	}
	if w.err != nil {
		return 0, w.err
	}
	if w.n == 0 {
		return 0, io.EOF
	}
	return w.n, nil
}
