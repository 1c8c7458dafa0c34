package monotonic

import (
	"strings"
	"testing"
	"time"
)

// TestTimesGoByTheMonotonicClock compares them as no wall clock can be set: by what time.Time itself carries.
func TestTimesGoByTheMonotonicClock(t *testing.T) {
	now := time.Now()
	ns := Of(now)
	if back := Time(ns); back.Sub(now) != 0 || !strings.Contains(back.String(), " m=") {
		t.Errorf("%v became %v", now, back) // a time shows its monotonic part
	}
	if Now() < ns || ns < int64(time.Hour) {
		t.Errorf("%d comes after %d", ns, Now())
	}
	if Of(now.Add(-time.Hour)) != ns-int64(time.Hour) {
		t.Error("an hour ago is another time")
	}
}
