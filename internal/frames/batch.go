package frames

// Batch is the connections that one goroutine has written to and not flushed. Its zero value has none. It belongs to
// one goroutine, which flushes it before it waits for anything, and before it drops it.
type Batch struct {
	conns []*Conn
	woken int64 // when its goroutine was, as package monotonic has it; 0 where nobody says
	busy  bool  // one of them has more than one stream open: others may be about to write to it, too
}

// Flush writes what its connections have to write, each by one system call where the network takes it. It waits for
// nobody.
func (b *Batch) Flush() {
	for i := 0; i < len(b.conns); i++ { // a flush may note more
		c := b.conns[i]
		b.conns[i] = nil
		c.flush(b)
	}
	b.conns, b.busy = b.conns[:0], false
}

// Empty reports whether there is nothing to flush.
func (b *Batch) Empty() bool { return len(b.conns) == 0 }

// note is called with c.mu held.
func (b *Batch) note(c *Conn) {
	b.busy = b.busy || len(c.streams) > 1
	if c.notedBy != b {
		c.notedBy = b
		b.conns = append(b.conns, c)
	}
}
