package decision

import (
	"math/bits"
	"time"
)

// histogram counts durations in steps of an eighth of their power of two at most, so that a quantile is off by 7 % at
// most.
type histogram struct {
	counts [buckets]uint32
	total  uint32
}

const (
	stepBits = 3 // eight steps to a power of two
	// buckets reach to 2^40 ns, some 18 minutes; what is longer is in the last one.
	buckets = (40-stepBits+1)<<stepBits + 1
)

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.total++
}

func bucketOf(d time.Duration) int {
	n := uint64(max(d, 0)) // not negative
	if n < 1<<stepBits {
		return int(n)
	}
	power := bits.Len64(n) - 1 - stepBits
	return min(power<<stepBits+int(n>>power), buckets-1) // n>>power is from 8 to 15
}

// middle is the middle of a bucket.
func middle(bucket int) time.Duration {
	if bucket < 2<<stepBits {
		return time.Duration(bucket)
	}
	power := bucket>>stepBits - 1
	start := uint64(bucket-power<<stepBits) << power
	return time.Duration(start + 1<<power/2) // less than 2^41
}

// quantile returns the duration that so many of a thousand are below of; 0 for none.
func (h *histogram) quantile(perMille uint32) time.Duration {
	if h.total == 0 {
		return 0
	}
	left := uint64(h.total) * uint64(perMille) / 1000
	for i, n := range h.counts {
		if uint64(n) > left {
			return middle(i)
		}
		left -= uint64(n)
	}
	return middle(buckets - 1)
}
