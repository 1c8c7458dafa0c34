package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// stream sends decisions as server-sent events, as they come.
func (d *door) stream(w http.ResponseWriter, r *http.Request) error {
	sub, resumed, err := d.subscribe(r)
	if err != nil {
		return err
	}
	defer sub.Close()
	select {
	case d.streams <- struct{}{}:
		defer func() { <-d.streams }()
	default:
		d.refused.Add(1)
		p := problem(http.StatusServiceUnavailable, "busy", "%d streams are open, and no more are allowed.", maxStreams)
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
	e := newEvents(ctx, w)
	defer e.release()
	if !resumed {
		e.send("", "lost", []byte(`{"lost":0,"restarted":true}`))
	}
	e.run(ctx, sub)
	return nil
}

// subscribe begins where the reader left off. A browser that comes back after the dispatcher was started again brings
// an id that nobody knows, and would never try again if that was an error: it begins anew, and is told.
func (d *door) subscribe(r *http.Request) (sub *decision.Subscription, resumed bool, err error) {
	query, err := parameters(r, "after")
	if err != nil {
		return nil, false, err
	}
	last := r.Header.Get("Last-Event-ID")
	if last != "" {
		if sub, err := d.opts.Decisions.Subscribe(last); err == nil {
			return sub, true, nil
		}
	}
	sub, err = d.opts.Decisions.Subscribe(query.Get("after"))
	if err != nil {
		return nil, false, badParameter("after", err.Error())
	}
	return sub, last == "", nil
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

	mu      sync.Mutex
	writing bool // and so, maybe, waiting for the reader

	released chan struct{}
	watcher  sync.WaitGroup
}

// newEvents lifts the server's time limit on a request. A write that waits for its reader ends with ctx.
func newEvents(ctx context.Context, w http.ResponseWriter) *events {
	e := &events{ctx: ctx, w: w, control: http.NewResponseController(w), released: make(chan struct{})}
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
func (e *events) run(ctx context.Context, sub *decision.Subscription) {
	alive := e.comment("watching")
	for alive {
		entry, lost, err := e.next(ctx, sub)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			alive = e.comment("alive")
			continue
		case err != nil:
			return
		}
		if lost > 0 {
			alive = e.send("", "lost", fmt.Appendf(nil, `{"lost":%d}`, lost))
		}
		if data, err := json.Marshal(entry); err == nil && alive { // it is data alone: it always encodes
			alive = e.send(entry.ID, "decision", []byte(visible.Text(string(data))))
		}
	}
}

// next waits for a decision, until the next sign of life is due.
func (e *events) next(ctx context.Context, sub *decision.Subscription) (decision.Entry, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	return sub.Next(ctx)
}

func (e *events) send(id, event string, data []byte) bool {
	if id != "" {
		id = "id: " + id + "\n"
	}
	return e.write(fmt.Appendf(nil, "%sevent: %s\ndata: %s\n\n", id, event, data))
}

func (e *events) comment(text string) bool { return e.write([]byte(": " + text + "\n\n")) }

// write reports whether the reader may still be there.
func (e *events) write(text []byte) bool {
	if !e.begin() {
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
