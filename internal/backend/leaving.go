package backend

import (
	"context"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// A caller that goes away ends its call, and the call at the instance with it: by RST_STREAM. Servers take many of
// those from one connection for an attack (CVE-2023-44487) and end it, with the calls of everybody else: Node announces
// its end after 1,000 at once and 33 a second, Go's net/http breaks it when a thousand handlers wait whose streams are
// gone. So it resets this many streams for callers that left, and what is beyond runs on to its answer or timeout, for
// nobody.
const (
	resetsAtOnce = 100
	resetsAgain  = 10 // a second
)

// resets is how many streams of a connection may yet be reset.
type resets struct {
	mu   sync.Mutex
	used float64
	at   time.Time // when used was true
}

// take takes one, if there is one.
func (r *resets) take(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = max(0, r.used-now.Sub(r.at).Seconds()*resetsAgain)
	r.at = now
	if r.used+1 > resetsAtOnce {
		return false
	}
	r.used++
	return true
}

// begin returns the context of the call's attempts. It ends when the caller goes away, as far as streams may be reset
// for that, and by end.
func (c *call) begin(md map[string][]string) (ctx context.Context, end func()) {
	ctx = context.WithValue(outgoing(context.WithoutCancel(c.caller), md), callKey{}, c)
	ctx, cancel := context.WithDeadline(ctx, c.begun.Add(c.backend.opts.Timeout))
	stop := context.AfterFunc(c.caller, func() {
		defer panics.Caught("end a call whose caller left")
		if l := c.sent.Load(); l == nil || l.resets.take(time.Now()) {
			cancel()
		}
	})
	if deadline, ok := c.caller.Deadline(); ok && c.hurried {
		ctx = hurried{ctx, deadline}
	}
	return ctx, func() {
		stop()
		cancel()
	}
}

// hurried is a context that tells the instance the caller's deadline, and doesn't end by it.
type hurried struct {
	context.Context
	deadline time.Time
}

// Deadline is part of context.Context.
func (h hurried) Deadline() (time.Time, bool) { return h.deadline, true }
