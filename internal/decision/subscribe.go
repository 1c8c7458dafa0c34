package decision

import (
	"context"
	"slices"
	"time"
)

// cursor is a reader's place in the ring. A reader that is slower than the ring turns loses records and knows how
// many; Add never waits for it.
type cursor struct {
	log    *Log
	number uint64 // of the next record to read
	wake   chan struct{}
	waits  bool // counted in log.waiting
	whole  bool // read messages too
	filter *Filter

	read []numbered // copied, not yet handed out
	bufs [batch]numbered
}

// pause is how long a reader that caught up rests at least. It bounds how often Add has to wake one.
const pause = 10 * time.Millisecond

// maxSubscribers is how many may watch at once.
const maxSubscribers = 64

// newCursor returns a cursor at a record's number. The caller holds l.mu.
func (l *Log) newCursor(number uint64) *cursor {
	c := &cursor{log: l, number: number, wake: make(chan struct{}, 1)}
	l.cursors = append(l.cursors, c)
	return c
}

func (c *cursor) close() {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.cursors, c); i >= 0 {
		l.cursors = slices.Delete(l.cursors, i, i+1)
	}
	if c.waits {
		c.waits = false
		l.waiting--
	}
}

// wake tells the cursors that wait that there is a record. The caller holds l.mu.
func (l *Log) wake() {
	for _, c := range l.cursors {
		if c.waits {
			c.waits = false
			select {
			case c.wake <- struct{}{}:
			default: // it is told already
			}
		}
	}
	l.waiting = 0
}

// looks is how many records a cursor looks at in one go, while Add waits, where its filter lets few through.
const looks = 4 * batch

// fetch copies the next records that the filter may let through into c.read, where there are any, and returns how many
// were lost before them, and whether it looked at all there are.
func (c *cursor) fetch() (lost uint64, end bool) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.number < l.oldest {
		lost = l.oldest - c.number
		c.number = l.oldest
	}
	n := 0
	for looked := 0; n < batch && looked < looks && c.number < l.next; looked++ {
		if rec := &l.at(c.number).rec; c.filter.quick(rec) {
			c.bufs[n].number, c.bufs[n].hadMessage = c.number, rec.Request != nil
			if c.whole {
				c.bufs[n].fill(rec)
			} else {
				c.bufs[n].fillBeside(rec)
			}
			n++
		}
		c.number++
	}
	c.read = c.bufs[:n]
	end = c.number == l.next
	if n == 0 && lost == 0 && end && !c.waits {
		c.waits = true
		l.waiting++
	}
	return lost, end
}

// more is fetch that waits until there is a record, or ctx is done and there is none.
func (c *cursor) more(ctx context.Context) (lost uint64, err error) {
	for {
		n, end := c.fetch()
		lost += n
		switch {
		case len(c.read) > 0:
			return lost, nil
		case ctx.Err() != nil:
			return lost, ctx.Err()
		case !end || n > 0:
			continue
		}
		select {
		case <-c.wake:
			rest(ctx)
		case <-ctx.Done():
		}
	}
}

// rest waits for a pause, or until ctx is done.
func rest(ctx context.Context) {
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
}
