package decision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Sink takes entries out of the process. Attach runs it in a goroutine of its own.
type Sink interface {
	Name() string // for logs and metrics, without any secret
	// Write takes the first taken of the entries for good, of which lost can't be delivered ever. Where there are
	// others, err says why, and they come again. It returns soon after ctx ends.
	Write(ctx context.Context, entries []Entry) (taken, lost int, err error)
	Close() error
}

// SinkStats says what became of the entries for a sink.
type SinkStats struct {
	Name    string
	Written uint64
	Dropped uint64 // by the ring turning faster than the sink takes them, by what can't be written, or at the end
	Failing bool
}

// Attachment is a sink at work.
type Attachment struct {
	log     *slog.Logger
	from    *Log
	sink    Sink
	cursor  *cursor
	written atomic.Uint64
	dropped atomic.Uint64
	failing atomic.Bool
	warned  time.Time

	stop  context.CancelFunc // ends the wait for records
	kill  context.CancelFunc // ends the rest of the work
	done  chan struct{}
	once  sync.Once
	close error
}

const (
	retryAfter = time.Second
	warnEvery  = time.Minute
	// abandonAfter is how long a sink may take to notice that it is to end.
	abandonAfter = 2 * time.Second
)

// Attach hands every record from now on to sink, with its message where it is still kept. What the sink can't take
// waits in the ring and is lost, and counted, when the ring turns.
func (l *Log) Attach(sink Sink, log *slog.Logger) *Attachment {
	waiting, stop := context.WithCancel(context.Background())
	working, kill := context.WithCancel(context.Background())
	a := &Attachment{log: log, from: l, sink: sink, stop: stop, kill: kill, done: make(chan struct{})}
	l.mu.Lock()
	a.cursor = l.newCursor(l.next)
	a.cursor.whole = true
	l.sinks = append(l.sinks, a)
	l.mu.Unlock()
	go a.run(waiting, working)
	return a
}

// Close writes what is left until ctx is done, closes the sink and waits for its goroutine. What isn't written by
// then counts as dropped. A sink in a system call that hangs, as on a network's file system, is left behind.
func (a *Attachment) Close(ctx context.Context) error {
	a.once.Do(func() {
		a.stop()
		select {
		case <-a.done:
		case <-ctx.Done():
		}
		a.kill()
		select {
		case <-a.done:
		case <-time.After(abandonAfter):
			a.close = fmt.Errorf("%s: still writing; what it has is lost", a.sink.Name())
			return
		}
		l := a.from
		l.mu.Lock()
		l.sinks = slices.DeleteFunc(l.sinks, func(b *Attachment) bool { return b == a })
		l.mu.Unlock()
		a.cursor.close()
		a.close = a.sink.Close()
	})
	return a.close
}

// Stats says what the sink took so far, after Close too.
func (a *Attachment) Stats() SinkStats {
	return SinkStats{a.sink.Name(), a.written.Load(), a.dropped.Load(), a.failing.Load()}
}

func (a *Attachment) run(waiting, working context.Context) {
	defer close(a.done)
	for {
		lost, err := a.cursor.more(waiting)
		a.dropped.Add(lost)
		if err != nil { // stopped, and nothing is left
			return
		}
		if !a.write(working, a.entries(a.cursor.read)) {
			a.dropped.Add(a.cursor.left())
			return
		}
	}
}

// entries encodes records. One that can't be is dropped.
func (a *Attachment) entries(records []numbered) []Entry {
	all := make([]Entry, 0, len(records))
	for i := range records {
		r := &records[i]
		if !panics.Do("encode a decision", func() { all = append(all, a.from.withMessage(r.number, &r.rec)) }) {
			a.dropped.Add(1)
		}
		r.rec.Request = nil // not to be held until the next batch
	}
	return all
}

// write hands entries to the sink until it took them all. It reports false where working ended before.
func (a *Attachment) write(working context.Context, entries []Entry) bool {
	for {
		taken, lost, err := 0, 0, error(nil)
		if !panics.Do("write decisions", func() { taken, lost, err = a.sink.Write(working, entries) }) {
			a.dropped.Add(uint64(len(entries)))
			return working.Err() == nil
		}
		a.written.Add(uint64(taken - lost)) // not negative
		a.dropped.Add(uint64(lost))
		entries = entries[taken:]
		if err == nil {
			a.failing.Store(false)
			return true
		}
		a.failing.Store(true)
		a.warn(err)
		select {
		case <-time.After(retryAfter):
		case <-working.Done():
			a.dropped.Add(uint64(len(entries)))
			return false
		}
	}
}

// warn logs what keeps the sink from working, once a minute.
func (a *Attachment) warn(err error) {
	if now := time.Now(); !errors.Is(err, context.Canceled) && now.Sub(a.warned) >= warnEvery {
		a.warned = now
		a.log.Warn("decisions wait for their sink", "sink", a.sink.Name(), "error", err, "dropped", a.dropped.Load())
	}
}

// left returns how many records the cursor has not read.
func (c *cursor) left() uint64 {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return c.log.next - c.number
}
