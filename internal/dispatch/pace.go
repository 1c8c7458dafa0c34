package dispatch

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// pace is a limit that falls while messages take longer than they usually do, which says that more is in flight than
// those behind us can work on, and rises again to the limit above it while they don't. The zero pace is off. It is safe
// for concurrent use.
type pace struct {
	on    atomic.Bool
	limit atomic.Int64

	// the messages of this window
	count atomic.Int64
	took  atomic.Int64 // nanoseconds of all
	began atomic.Int64 // as package monotonic has it

	mu    sync.Mutex // held where a window ends
	usual float64    // nanoseconds that a message takes
}

const (
	paceWindow   = 250 * time.Millisecond
	paceMessages = 50 // from which a window tells something
	paceFloor    = 20
	paceSlack    = 2 // so many times as long as usual is no overload yet
	// How fast what is usual follows, as a part of the difference in each window: down in seconds, up in a minute or
	// two, so that an overload isn't taken for what is usual before it is over.
	paceDown, paceUp = 1.0 / 10, 1.0 / 500
)

// set begins anew below a limit, where anything changes.
func (p *pace) set(on bool, limit int64) {
	p.on.Store(on)
	p.limit.Store(limit)
}

// below returns the lower one of two limits, and whether that is its own.
func (p *pace) below(limit int64) (lower int64, own bool) {
	if own := p.limit.Load(); p.on.Load() && own < limit {
		return own, true
	}
	return limit, false
}

// record takes in how long a message took, while so many others were in flight.
func (p *pace) record(took time.Duration, inFlight, limit int64) {
	now := monotonic.Now()
	p.took.Add(int64(took))
	if p.count.Add(1) < paceMessages || now-p.began.Load() < int64(paceWindow) || !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if now-p.began.Load() < int64(paceWindow) { // another one ended the window in this moment
		return
	}
	p.began.Store(now)
	mean := float64(p.took.Swap(0)) / float64(p.count.Swap(0))
	p.limit.Store(p.next(mean, float64(inFlight), float64(limit)))
}

// next returns the limit for the next window.
func (p *pace) next(mean, inFlight, most float64) int64 {
	if p.usual == 0 {
		p.usual = mean
	}
	limit := float64(p.limit.Load())
	if excess := mean / (paceSlack * p.usual); excess > 1 {
		limit = min(limit, inFlight) / min(excess, 2)
	} else {
		limit += limit/5 + 1
	}
	if mean < p.usual {
		p.usual += (mean - p.usual) * paceDown
	} else {
		p.usual += (mean - p.usual) * paceUp
	}
	return int64(math.Ceil(max(min(paceFloor, most), min(limit, most))))
}
