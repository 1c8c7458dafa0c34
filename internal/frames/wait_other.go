//go:build !unix

package frames

// waiter reads into a reader's buffer.
type waiter struct{ of *reader }

func (w *waiter) init(r *reader) { w.of = r }

func (w *waiter) read() (n int, err error) {
	w.of.take()
	return w.of.conn.nc.Read(w.of.buf[w.of.w:])
}
