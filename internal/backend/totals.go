package backend

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// totals are what is counted of a ref's calls. They stay while anybody holds a Backend of this ref.
type totals struct {
	inFlight atomic.Int64
	held     atomic.Int64 // of those in flight
	calls    atomic.Uint64
	retries  atomic.Uint64
	last     atomic.Pointer[Failure]
	called   atomic.Pointer[counts] // nil before the first call: most of many refs get none
}

// counts are what takes more memory than a ref that nobody calls is worth.
type counts struct {
	codes   [status.Named + 1]atomic.Uint64 // failures by code; the last for those that have no name
	latency latency
}

// record counts a call that ended. failed is nil where it didn't fail.
func (t *totals) record(c *call, failed *status.Error) {
	now := c.left // just now, for an answer
	if failed != nil {
		now = time.Now()
	}
	t.calls.Add(1)
	d := t.counts()
	if failed == nil || c.answered.Load() {
		d.latency.add(now, now.Sub(c.begun))
	}
	if failed == nil {
		return
	}
	d.codes[min(int(failed.Code), len(d.codes)-1)].Add(1)
	if failed.Code != status.Canceled { // its caller left, and that says nothing of who was called
		t.last.Store(c.failure(now, failed))
	}
}

// counts returns them, for a call that is the first maybe.
func (t *totals) counts() *counts {
	if d := t.called.Load(); d != nil {
		return d
	}
	t.called.CompareAndSwap(nil, &counts{}) // or somebody else was faster
	return t.called.Load()
}

// failure is what is remembered of a call that failed. What the instance itself said isn't: it may quote secrets of the
// message.
func (c *call) failure(now time.Time, failed *status.Error) *Failure {
	f := &Failure{Time: now, Code: failed.Code.String(), Message: failed.Error()}
	if c.answered.Load() {
		f.Message = fmt.Sprintf("%s ref = %s answered %s", c.backend.opts.Role, c.backend.opts.Ref, f.Code)
	}
	return f
}

func (t *totals) failures() []Failures {
	all := []Failures{}
	d := t.called.Load()
	if d == nil {
		return all
	}
	for code := range d.codes {
		if n := d.codes[code].Load(); n > 0 {
			all = append(all, Failures{Code: totalName(code), Calls: n})
		}
	}
	return all
}

func totalName(code int) string {
	if code == len(counts{}.codes)-1 {
		return "OTHER"
	}
	return status.Code(code).String()
}
