package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Limits on streams.
const (
	maxStreams = 32
	heartbeat  = 15 * time.Second // so that proxies see that the stream lives
	patience   = time.Minute      // with a reader that takes nothing
)

// streaming is what a stream is asked for.
type streaming struct {
	filter *decision.Filter
	batch  time.Duration // 0 for events of one decision
	max    int           // decisions a second; 0 for all
}

// Bounds on what is in an event.
const (
	leastBatch = 10 * time.Millisecond
	mostBatch  = 10 * time.Second
	usualBatch = 100 * time.Millisecond // where a stream is sampled
	maxBatch   = 1000                   // decisions in an event
	maxSample  = 100_000                // a second
)

// streamed reads what a stream is asked for.
func streamed(query url.Values) (s streaming, err error) {
	if s.max, err = number(query, "max", 1, maxSample, 0); err != nil {
		return s, err
	}
	text, err := single(query, "batch")
	if err != nil {
		return s, err
	}
	if text != "" {
		s.batch, err = time.ParseDuration(text)
		if err != nil || s.batch < leastBatch || s.batch > mostBatch {
			return s, badParameter("batch", "batch is a duration from 10ms to 10s, such as 100ms")
		}
	} else if s.max > 0 {
		s.batch = usualBatch
	}
	s.filter, err = filtered(query)
	return s, err
}

// stream sends decisions as server-sent events, as they come.
func (d *door) stream(w http.ResponseWriter, r *http.Request) error {
	s, err := streamed(r.URL.Query())
	if err != nil {
		return err
	}
	sub, restarted, err := d.subscribe(r, s.filter)
	if err != nil {
		return err
	}
	defer sub.Close()
	return d.serveStream(w, r, d.streams, "streams", func(ctx context.Context, e *events) {
		if restarted {
			e.send(d.opts.Decisions.Start(), "lost", []byte(`{"lost":0,"restarted":true}`))
		}
		e.run(ctx, sub, s)
	})
}

// serveStream has run send events to one of as many readers as slots takes; what names them to one too many.
func (d *door) serveStream(
	w http.ResponseWriter, r *http.Request, slots chan struct{}, what string, run func(context.Context, *events),
) error {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	default:
		d.refused.Add(1)
		p := problem(http.StatusServiceUnavailable, "busy",
			"%d %s are open, and no more are allowed.", cap(slots), what)
		p.header = http.Header{"Retry-After": {"10"}}
		return p
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	e := newEvents(ctx, w, func() bool { return d.access.admits(r) })
	defer e.release()
	run(ctx, e)
	return nil
}

// subscribe begins where the reader left off. A reader that comes back after the dispatcher was started again brings an
// id that nobody knows, and a browser would never try again if that was an error: it gets all since the start, and is
// told.
func (d *door) subscribe(r *http.Request, f *decision.Filter) (sub *decision.Subscription, restarted bool, err error) {
	after, err := single(r.URL.Query(), "after")
	if err != nil {
		return nil, false, err
	}
	last := r.Header.Get("Last-Event-ID")
	sub, err = d.opts.Decisions.Subscribe(cmp.Or(last, after), f)
	if err != nil && (last != "" || errors.Is(err, decision.ErrRestarted)) {
		restarted = true
		sub, err = d.opts.Decisions.Subscribe(d.opts.Decisions.Start(), f)
	}
	if err != nil {
		return nil, false, badParameter("after", err.Error())
	}
	return sub, restarted, nil
}

// untilDone ends a context also when the dispatcher stops, so that a drain doesn't wait for it. cancel returns when
// nothing is left of it.
func (d *door) untilDone(parent context.Context) (ctx context.Context, cancel func()) {
	ctx, stop := context.WithCancel(parent)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer panics.Caught("watch for the end of a call to the admin API")
		select {
		case <-d.opts.Done:
			stop()
		case <-ctx.Done():
		}
	}()
	return ctx, func() { stop(); <-ended }
}

// events writes server-sent events. Release it before the handler returns.
type events struct {
	ctx     context.Context
	w       http.ResponseWriter
	control *http.ResponseController
	admits  func() bool // the reader may still be told anything

	mu      sync.Mutex
	writing bool // and so, maybe, waiting for the reader

	released chan struct{}
	watcher  sync.WaitGroup
}

// newEvents lifts the server's time limit on a request. A write that waits for its reader ends with ctx.
func newEvents(ctx context.Context, w http.ResponseWriter, admits func() bool) *events {
	e := &events{
		ctx: ctx, w: w, control: http.NewResponseController(w), admits: admits, released: make(chan struct{}),
	}
	_ = e.control.SetReadDeadline(time.Time{}) // without one, the stream ends at the limit and the reader comes back
	e.watcher.Go(func() {
		defer panics.Caught("watch for the end of a stream")
		select {
		case <-ctx.Done():
			e.interrupt()
		case <-e.released:
		}
	})
	return e
}

// interrupt ends a write that is under way.
func (e *events) interrupt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.writing {
		_ = e.control.SetWriteDeadline(time.Now())
	}
}

// release leaves time to write the end of the reply.
func (e *events) release() {
	close(e.released)
	e.watcher.Wait()
	_ = e.control.SetWriteDeadline(time.Now().Add(time.Second))
}

// run sends what the subscription has until ctx ends or the reader is gone.
func (e *events) run(ctx context.Context, sub *decision.Subscription, s streaming) {
	send := e.one
	if s.batch > 0 {
		allowed := newAllowance(s)
		send = func(ctx context.Context, sub *decision.Subscription) (bool, error) {
			return e.batch(ctx, sub, s, allowed)
		}
	}
	alive := e.place("watching", sub)
	for alive {
		sent, err := e.before(ctx, sub, send)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			alive = e.place("alive", sub)
		case err != nil:
			return
		default:
			alive = sent
		}
	}
}

// before waits for something to send until the next sign of life is due.
func (e *events) before(
	ctx context.Context, sub *decision.Subscription,
	send func(context.Context, *decision.Subscription) (bool, error),
) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	return send(ctx, sub)
}

// one sends the next decision. It reports whether the reader may still be there.
func (e *events) one(ctx context.Context, sub *decision.Subscription) (alive bool, err error) {
	entry, lost, err := sub.Next(ctx)
	if err != nil {
		return true, err
	}
	return e.lost(lost) && e.encode(entry.ID, "decision", entry), nil
}

// batch sends the decisions of a while in one event.
func (e *events) batch(
	ctx context.Context, sub *decision.Subscription, s streaming, a *allowance,
) (alive bool, err error) {
	most := func() int { return maxBatch }
	if s.max > 0 {
		most = func() int { return a.event(time.Now()) }
	}
	b, err := sub.Batch(ctx, s.batch, most, s.max > 0)
	if err != nil {
		return true, err
	}
	a.sent(len(b.Entries))
	if !e.lost(b.Lost) {
		return false, nil
	}
	leftOut := fmt.Appendf(nil, `{"leftOut":%d}`, b.LeftOut)
	if len(b.Entries) == 0 {
		return e.send(b.Last, "sampled", leftOut), nil
	}
	alive = b.LeftOut == 0 || e.send("", "sampled", leftOut)
	return alive && e.encode(b.Last, "decisions", b.Entries), nil
}

func (e *events) lost(n uint64) bool {
	return n == 0 || e.send("", "lost", fmt.Appendf(nil, `{"lost":%d}`, n))
}

// encode sends what is data alone, and so always encodes.
func (e *events) encode(id, event string, v any) bool {
	data, err := json.Marshal(v)
	return err != nil || e.send(id, event, []byte(visible.Text(string(data))))
}

func (e *events) send(id, event string, data []byte) bool {
	if id != "" {
		id = "id: " + id + "\n"
	}
	return e.write(fmt.Appendf(nil, "%sevent: %s\ndata: %s\n\n", id, event, data))
}

// place gives a sign of life with the id that a reader comes back with who heard nothing since: what was made in
// between would be lost in silence otherwise.
func (e *events) place(comment string, sub *decision.Subscription) bool {
	id, lost := sub.Place()
	return e.lost(lost) && e.write(fmt.Appendf(nil, ": %s\nid: %s\n\n", comment, id))
}

// write reports whether the reader may still be there. Who isn't let in any more gets nothing, and the stream ends.
func (e *events) write(text []byte) bool {
	if !e.admits() || !e.begin() {
		return false
	}
	defer e.end()
	if _, err := e.w.Write(text); err != nil {
		return false
	}
	return e.control.Flush() == nil
}

func (e *events) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil || e.control.SetWriteDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	e.writing = true
	return true
}

func (e *events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writing = false
}
