package decision

import (
	"context"
	"fmt"
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

// fetch copies the next records into c.read, where there are any, and returns how many were lost before them.
func (c *cursor) fetch() (lost uint64) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.number < l.oldest {
		lost = l.oldest - c.number
		c.number = l.oldest
	}
	n := 0
	for ; n < batch && c.number < l.next; n++ {
		c.bufs[n].number = c.number
		c.bufs[n].fill(&l.at(c.number).rec)
		if !c.whole {
			c.bufs[n].rec.Request = nil
		}
		c.number++
	}
	c.read = c.bufs[:n]
	if n == 0 && lost == 0 && !c.waits {
		c.waits = true
		l.waiting++
	}
	return lost
}

// more is fetch that waits until there is a record, or ctx is done and there is none.
func (c *cursor) more(ctx context.Context) (lost uint64, err error) {
	for {
		lost += c.fetch()
		if len(c.read) > 0 {
			return lost, nil
		}
		if ctx.Err() != nil {
			return lost, ctx.Err()
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

// Subscription hands out records as they come. One goroutine at a time uses it; Close ends it.
type Subscription struct {
	cursor *cursor
	lost   uint64 // not yet told
}

// Subscribe watches the log: from the record behind the one with this id on, or from now on where the id is empty.
// Records behind it that are gone already count as lost. An id that this log never gave is an error, and so is one
// subscriber too many.
func (l *Log) Subscribe(afterID string) (*Subscription, error) {
	number, known := l.number(afterID)
	if afterID != "" && !known {
		return nil, fmt.Errorf("resume after %.64q: no decision of this dispatcher has this id", afterID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.cursors)-len(l.sinks) >= maxSubscribers {
		return nil, fmt.Errorf("watch the decisions: %d watch already", maxSubscribers)
	}
	if afterID == "" {
		number = l.next - 1
	}
	return &Subscription{cursor: l.newCursor(number + 1)}, nil
}

// Next returns the next record, without its message, and how many were lost before it. It waits for one until ctx is
// done, which is the only error.
func (s *Subscription) Next(ctx context.Context) (e Entry, lost uint64, err error) {
	c := s.cursor
	if len(c.read) == 0 {
		n, err := c.more(ctx)
		s.lost += n
		if err != nil {
			return Entry{}, 0, err
		}
	}
	r := &c.read[0]
	c.read = c.read[1:]
	lost, s.lost = s.lost, 0
	return c.log.entry(r.number, &r.rec), lost, nil
}

// Close ends the subscription.
func (s *Subscription) Close() { s.cursor.close() }
