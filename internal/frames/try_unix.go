//go:build unix

package frames

import (
	"errors"
	"syscall"
)

// try writes to a socket what it takes at once. One goroutine at a time uses it.
type try struct {
	once func(fd uintptr) bool
	p    []byte
	n    int
	err  error
}

func (t *try) init() {
	t.once = func(fd uintptr) bool {
		for {
			t.n, t.err = syscall.Write(int(fd), t.p)
			if !errors.Is(t.err, syscall.EINTR) {
				return true
			}
		}
	}
}

// write returns how many bytes of p were taken.
func (t *try) write(to syscall.RawConn, p []byte) (n int, err error) {
	t.p = p
	err = to.Write(t.once)
	t.p = nil
	switch {
	case err != nil:
		return 0, err
	case t.err == nil:
		return t.n, nil
	case errors.Is(t.err, syscall.EAGAIN):
		return 0, nil
	}
	return 0, t.err
}
