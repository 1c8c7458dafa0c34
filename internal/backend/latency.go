package backend

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// latency is a histogram of the calls that were answered in the last half minute to minute. Its buckets get wider by an
// eighth of a power of two each, so that what it tells is at most an eighth off.
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
	period := monotonic.Of(now) / int64(latencyPeriod)
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

// latencyWindow is how far back it reaches.
const latencyWindow = "60s"

// percentiles returns how long the recent calls took.
func (l *latency) percentiles(now time.Time) (all Latency) {
	all.Window = latencyWindow
	var counts [latencyBuckets]uint64
	total := uint64(0)
	for n := range l.halves {
		h := &l.halves[n]
		if h.period.Load() < monotonic.Of(now)/int64(latencyPeriod)-1 {
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
	all.P50, all.P90, all.P99, all.Samples = at(0.5), at(0.9), at(0.99), total
	return all
}
