package backend

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestPercentilesAreAnEighthOffAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var l latency
		var all []int64
		for range 10000 {
			took := time.Duration(1000+random.IntN(1000)) * time.Microsecond << random.IntN(10)
			all = append(all, int64(took))
			l.add(time.Now(), took)
		}
		slices.Sort(all)
		got := l.percentiles(time.Now())
		for name, p := range map[string]struct{ got, want int64 }{
			"p50": {got.P50, all[4999]}, "p90": {got.P90, all[8999]}, "p99": {got.P99, all[9899]},
		} {
			if off := max(p.got, p.want) - min(p.got, p.want); off > p.want/8 {
				t.Errorf("%s is %v, want %v", name, time.Duration(p.got), time.Duration(p.want))
			}
		}
		if got.Max != all[9999] {
			t.Errorf("the longest is %v, want %v", time.Duration(got.Max), time.Duration(all[9999]))
		}
		time.Sleep(2 * latencyPeriod)
		if got := l.percentiles(time.Now()); got != (Latency{Window: "60s"}) {
			t.Errorf("calls of long ago still count: %+v", got)
		}
	})
}

func TestEveryDurationHasItsBucket(t *testing.T) {
	before := 0
	for took := time.Duration(0); took < 20*time.Minute; took += max(took/16, time.Microsecond) {
		bucket := bucketOf(took)
		if bucket < before || bucket > before+1 {
			t.Fatalf("%v is in bucket %d, after %d", took, bucket, before)
		}
		if middle := middleOf(bucket); max(middle, took)-min(middle, took) > took/8+time.Microsecond {
			t.Fatalf("%v is shown as %v", took, middle)
		}
		before = bucket
	}
	if bucket := bucketOf(1 << 62); bucket != latencyBuckets-1 {
		t.Errorf("the longest is in bucket %d", bucket)
	}
	if bucketOf(-1) != 0 {
		t.Error("a clock that goes back isn't in the first bucket")
	}
}

func TestCodesWithoutANameAreCountedTogether(t *testing.T) {
	var all totals
	for _, code := range []status.Code{17, 99, 1 << 31, 1<<32 - 1, status.Unauthenticated} {
		all.record(&call{backend: &Backend{}}, &status.Error{Code: code})
	}
	want := []Failures{{"UNAUTHENTICATED", 1}, {"OTHER", 4}}
	if got := all.failures(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
