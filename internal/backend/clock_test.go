package backend

import (
	"testing"
	"time"
)

// TestAClockIsNeverEarlyAndLittleLate sets alarms, and looks at the clock at the times that a case says.
func TestAClockIsNeverEarlyAndLittleLate(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		set, again time.Duration   // when it is due, and when it is set anew; 0 for never
		looks      []time.Duration // from the origin on
		due        int             // the look that finds it; -1 for none
	}{
		"soon": {
			set:   25 * ms,
			looks: []time.Duration{10 * ms, 20 * ms, 24 * ms, 45 * ms}, due: 3,
		},
		"at once": {set: 0, looks: []time.Duration{20 * ms}, due: 0},
		"a round later": {
			set:   20 * time.Second,
			looks: []time.Duration{10 * time.Second, 19990 * ms, 20020 * ms}, due: 2,
		},
		"rounds later": {
			set:   time.Minute,
			looks: []time.Duration{59990 * ms, time.Minute + 20*ms}, due: 1,
		},
		"after a rest": {set: time.Second, looks: []time.Duration{time.Hour}, due: 0},
		"later than it was": {
			set: 50 * ms, again: 500 * ms,
			looks: []time.Duration{100 * ms, 490 * ms, 520 * ms}, due: 2,
		},
		"sooner than it was": {
			set: 500 * ms, again: 50 * ms,
			looks: []time.Duration{40 * ms, 70 * ms, time.Second}, due: 1,
		},
		"stopped before": {
			set: 50 * ms, again: -1,
			looks: []time.Duration{time.Second, time.Hour}, due: -1,
		},
		"not found before its day": {set: 24 * time.Hour, looks: []time.Duration{time.Hour, 23 * time.Hour}, due: -1},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			a := &alarm{x: &Exchange{}}
			clock.set(a, 7, clock.origin.Add(c.set))
			switch {
			case c.again < 0:
				clock.stop(a)
			case c.again > 0:
				clock.set(a, 7, clock.origin.Add(c.again))
			}
			found := -1
			for n, at := range c.looks {
				all, _, _ := clock.take(clock.origin.Add(at))
				for _, d := range all {
					if d.x != a.x || d.turn != 7 || found >= 0 {
						t.Errorf("look %d finds %v", n, d)
					}
					found = n
				}
			}
			if found != c.due {
				t.Errorf("look %d found it, want %d", found, c.due)
			}
			if set := clock.alarms; set != map[bool]int{true: 1}[name == "not found before its day"] {
				t.Errorf("%d alarms are set afterwards", set)
			}
		})
	}
}

// TestAClockThatRestsIsRoused leaves a clock alone until it rests, and sets an alarm then.
func TestAClockThatRestsIsRoused(t *testing.T) {
	clock := newClock()
	if !clock.rest() || !clock.resting {
		t.Fatal("it doesn't rest, and nothing is set")
	}
	a := &alarm{x: &Exchange{}}
	clock.set(a, 1, clock.origin.Add(time.Minute))
	if len(clock.wake) != 1 || clock.rest() {
		t.Error("it isn't roused, or rests again")
	}
	<-clock.wake
	clock.stop(a)
	clock.set(a, 2, clock.origin.Add(time.Minute))
	if len(clock.wake) != 0 {
		t.Error("it is roused, and didn't rest")
	}
}
