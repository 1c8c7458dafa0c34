package frames

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"time"
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

// more reads, once, after what was written for others has left.
func (r *reader) more(b *Batch) error {
	if !b.Empty() {
		if b.busy { // alone, it would only wake a thread for nothing
			runtime.Gosched() // let those that are about to write do so
		}
		b.Flush()
	}
	if r.buf != nil && r.r == r.w {
		r.release()
	}
	if r.buf != nil && r.r > 0 {
		r.w = copy(r.buf[:], r.buf[r.r:r.w])
		r.r = 0
	}
	n, err := r.wait.read()
	if n == 0 && err == nil {
		err = io.EOF
	}
	if n > 0 {
		r.w += n
		r.conn.readAt.Store(time.Now().UnixNano())
		return nil
	}
	return err
}

// frame returns the next frame. The payload is valid until the next call.
func (r *reader) frame(b *Batch) (h header, payload []byte, err error) {
	for {
		have := r.have()
		if len(have) >= headerLen {
			h = readHeader(have)
			if h.length > maxFrame {
				return h, nil, broken(FrameSizeError, "a frame is longer than 16384 bytes")
			}
			if len(have) >= headerLen+h.length {
				r.r += headerLen + h.length
				return h, have[headerLen : headerLen+h.length], nil
			}
		}
		if err := r.more(b); err != nil {
			if errors.Is(err, io.EOF) && len(have) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return h, nil, err
		}
	}
}

// preface reads what a client begins with.
func (r *reader) preface(b *Batch) error {
	for len(r.have()) < len(Preface) {
		have := r.have()
		if string(have) != Preface[:len(have)] {
			break
		}
		if err := r.more(b); err != nil {
			return err
		}
	}
	if have := r.have(); len(have) < len(Preface) || string(have[:len(Preface)]) != Preface {
		return broken(ProtocolError, "the client's preface is missing")
	}
	r.r += len(Preface)
	return nil
}
