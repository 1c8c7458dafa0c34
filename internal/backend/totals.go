package backend

import (
	"math"
	"math/bits"
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
	codes    [status.Named + 1]atomic.Uint64 // failures by code; the last for those that have no name
	recent   atomic.Pointer[latency]         // nil before the first call: most of many refs get none
}

// record counts a call that ended.
func (t *totals) record(c *call, code status.Code) {
	now := time.Now()
	t.calls.Add(1)
	t.latency().add(now, now.Sub(c.start))
	if code != 0 {
		t.codes[min(int(code), len(t.codes)-1)].Add(1)
	}
}

// latency returns the latencies, for a call that is the first maybe.
func (t *totals) latency() *latency {
	if l := t.recent.Load(); l != nil {
		return l
	}
	t.recent.CompareAndSwap(nil, &latency{}) // or somebody else was faster
	return t.recent.Load()
}

func (t *totals) failures() []Failures {
	all := []Failures{}
	for code := range t.codes {
		if n := t.codes[code].Load(); n > 0 {
			all = append(all, Failures{Code: totalName(code), Calls: n})
		}
	}
	return all
}

func totalName(code int) string {
	if code == len(totals{}.codes)-1 {
		return "OTHER"
	}
	return status.Code(code).String()
}

// latency is a histogram of the calls of the last half minute to minute. Its buckets get wider by an eighth of a power of two each,
// so that what it tells is at most an eighth off.
type latency struct {
	halves [2]struct {
		period  atomic.Int64
		longest atomic.Int64
		buckets [latencyBuckets]atomic.Uint32
	}
}

const (
	latencyPeriod  = 30 * time.Second
	latencyBits    = 3                 // sub-buckets of a power of two, as a power of two
	latencyBuckets = 32 << latencyBits // of microseconds
)

func (l *latency) add(now time.Time, took time.Duration) {
	period := now.UnixNano() / int64(latencyPeriod)
	h := &l.halves[period%2]
	if old := h.period.Load(); old != period && h.period.CompareAndSwap(old, period) {
		h.longest.Store(0) // calls that end in this very moment may be lost
		for n := range h.buckets {
			h.buckets[n].Store(0)
		}
	}
	h.buckets[bucketOf(took)].Add(1)
	for {
		longest := h.longest.Load()
		if int64(took) <= longest || h.longest.CompareAndSwap(longest, int64(took)) {
			return
		}
	}
}

// bucketOf returns the bucket of a duration: the first ones are single microseconds.
func bucketOf(took time.Duration) int {
	us := uint64(max(0, took.Microseconds()))
	power := bits.Len64(us) - latencyBits - 1
	if power <= 0 {
		return int(us)
	}
	return min(power<<latencyBits+int(us>>power), latencyBuckets-1)
}

// middleOf returns the duration in the middle of a bucket.
func middleOf(bucket int) time.Duration {
	power := bucket>>latencyBits - 1
	if power <= 0 {
		return time.Duration(bucket)*time.Microsecond + time.Microsecond/2
	}
	low := uint64(bucket-power<<latencyBits) << power
	return time.Duration(low)*time.Microsecond + time.Microsecond<<power/2
}

// percentiles returns how long the recent calls took. l may be nil.
func (l *latency) percentiles(now time.Time) (all Latency) {
	if l == nil {
		return all
	}
	var counts [latencyBuckets]uint64
	total := uint64(0)
	for n := range l.halves {
		h := &l.halves[n]
		if h.period.Load() < now.UnixNano()/int64(latencyPeriod)-1 {
			continue
		}
		all.Max = max(all.Max, h.longest.Load())
		for b := range h.buckets {
			count := uint64(h.buckets[b].Load())
			counts[b] += count
			total += count
		}
	}
	at := func(part float64) int64 {
		want, seen := uint64(math.Ceil(part*float64(total))), uint64(0)
		for b, count := range counts {
			if seen += count; count > 0 && seen >= want {
				return min(int64(middleOf(b)), all.Max)
			}
		}
		return 0
	}
	all.P50, all.P90, all.P99 = at(0.5), at(0.9), at(0.99)
	return all
}
