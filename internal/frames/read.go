package frames

import (
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// readSize is how much is read at once: at least the longest frame.
const readSize = 32 << 10

var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// reader is what came and wasn't looked at. One goroutine uses it. It has a buffer only where something is in it, or
// may be at once: a connection on which nothing happens holds none, where its bytes are those of a socket.
type reader struct {
	conn *Conn
	buf  *[readSize]byte // nil: nothing is there
	r, w int
	wait waiter
}

func (r *reader) init(c *Conn) {
	r.conn = c
	r.wait.init(r)
}

func (r *reader) have() []byte {
	if r.buf == nil {
		return nil
	}
	return r.buf[r.r:r.w]
}

// take gets a buffer, where there is none.
func (r *reader) take() {
	if r.buf == nil {
		r.buf = buffers.Get().(*[readSize]byte)
		r.r, r.w = 0, 0
	}
}

// release gives the buffer back.
func (r *reader) release() {
	if r.buf != nil {
		buffers.Put(r.buf)
		r.buf = nil
	}
}

// more waits for something to come, and reads it, after what was written for others has left.
func (r *reader) more(b *Batch) error {
	if !b.Empty() {
		if b.busy { // alone, it would only wake a thread for nothing
			runtime.Gosched() // let those that are about to write do so
		}
		b.Flush()
	}
	r.compact()
	n, err := r.wait.read()
	if n == 0 && err == nil {
		err = io.EOF
	}
	return r.came(n, err, monotonic.Now())
}

// once reads what a looped connection has. That may be nothing.
func (r *reader) once(b *Batch, from looped) error {
	r.take()
	n, err := from.read(r.buf[r.w:])
	return r.came(n, err, b.now())
}

// compact makes room behind what wasn't looked at, or lets go of the buffer where there is nothing.
func (r *reader) compact() {
	switch {
	case r.buf == nil:
	case r.r == r.w:
		r.release()
	case r.r > 0:
		r.w = copy(r.buf[:], r.buf[r.r:r.w])
		r.r = 0
	}
}

// came counts what was read at a time. It is no error yet where something was.
func (r *reader) came(n int, err error, now int64) error {
	if n > 0 {
		r.w += n
		r.conn.readAt.Store(now)
		return nil
	}
	if errors.Is(err, io.EOF) && len(r.have()) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// frame returns the next frame, where it is there whole. The payload is valid until the next read.
func (r *reader) frame() (h header, payload []byte, whole bool, err error) {
	have := r.have()
	if len(have) < headerLen {
		return h, nil, false, nil
	}
	h = readHeader(have)
	if h.length > maxFrame {
		return h, nil, false, broken(FrameSizeError, "a frame is longer than 16384 bytes")
	}
	if len(have) < headerLen+h.length {
		return h, nil, false, nil
	}
	r.r += headerLen + h.length
	return h, have[headerLen : headerLen+h.length], true, nil
}

// preface reads what a client begins with, and reports whether it was there whole.
func (r *reader) preface() (whole bool, err error) {
	have := r.have()
	n := min(len(have), len(Preface))
	if string(have[:n]) != Preface[:n] {
		return false, broken(ProtocolError, "the client's preface is missing")
	}
	if n < len(Preface) {
		return false, nil
	}
	r.r += n
	return true, nil
}
