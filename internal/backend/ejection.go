package backend

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// probationCalls is how many calls in a row must succeed after an ejection until it is forgiven by one step.
const probationCalls = 10

// ejection is how an instance stands that fails. Guarded by fleet.mu, but for probation.
type ejection struct {
	out       bool
	until     time.Time
	times     int         // so often, less what was forgiven
	probation atomic.Bool // it is back; the next failure ejects it again, and for longer
	back      func()      // stops the wait
}

// forget stops the wait for an instance that is removed.
func (e *ejection) forget() {
	if e.back != nil {
		e.back()
	}
}

// judge counts the outcome of an attempt, and ejects the instance where that is due. who is the failed call's.
func (f *fleet) judge(i *instance, o outcome, who suspect, now time.Time) {
	if o == nothing {
		return
	}
	i.calls.Add(1)
	if o == success {
		i.recent.add(now, false)
		if i.ejection.probation.Load() {
			f.forgive(i)
		} else if i.streak.Load() > 0 {
			i.streak.Store(0)
		}
		return
	}
	i.failures.Add(1)
	if o == blameless || !i.suspects.anew(who, now, i.ejection.probation.Load()) {
		return
	}
	i.recent.add(now, true)
	if o == unavailable {
		if i.streak.Load() < 0 { // successes on probation
			i.streak.Store(0)
		}
		i.streak.Add(1)
	}
	if why, rate := f.due(i, o, now); why != "" {
		f.eject(i, now, why, rate)
	}
}

// due says why an instance is to be ejected after a failure; nothing if it isn't. rate is the fraction of its calls
// that failed, where that is why.
func (f *fleet) due(i *instance, o outcome, now time.Time) (why string, rate float64) {
	e := &f.manner.Load().Ejection
	if i.ejection.probation.Load() && o == unavailable {
		return "it failed again", 0
	}
	if n := i.streak.Load(); int(n) >= e.ConsecutiveFailures {
		return fmt.Sprintf("%d failures in a row", n), 0
	}
	if calls, failures := i.recent.sum(now); int(calls) >= e.MinCalls &&
		float64(failures) >= e.ErrorRate*float64(calls) {
		return fmt.Sprintf("%d of %d calls failed", failures, calls), float64(failures) / float64(calls)
	}
	return "", 0
}

// eject leaves an instance alone for a while, unless too many are out already.
func (f *fleet) eject(i *instance, now time.Time, why string, rate float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rate > 0 && f.shared(i, now, rate) || i.ejection.out || f.instances[i.addr] != i ||
		!f.mayEject() || f.ctx.Err() != nil {
		return
	}
	e := &i.ejection
	e.times++
	how := f.manner.Load().Ejection
	pause := how.BaseTime << min(e.times-1, 20)
	if pause <= 0 || pause > how.MaxTime {
		pause = how.MaxTime
	}
	e.out, e.until = true, now.Add(pause)
	e.probation.Store(false)
	i.reason = why
	e.back = f.after(pause, func() { f.comeBack(i) })
	f.publish()
}

// shared reports whether calls fail at the other instances too, at half that rate at least: then it is what is asked
// that fails, not who is asked. The caller holds f.mu.
func (f *fleet) shared(but *instance, now time.Time, rate float64) bool {
	calls, failures := int64(0), int64(0)
	for _, i := range f.instances {
		if i != but && !i.ejection.out {
			c, n := i.recent.sum(now)
			calls, failures = calls+c, failures+n
		}
	}
	return int(calls) >= f.manner.Load().Ejection.MinCalls && float64(failures) >= rate/2*float64(calls)
}

// mayEject reports whether one more may be ejected: never more than the configured part of the fleet, and never all.
// The caller holds f.mu.
func (f *fleet) mayEject() bool {
	out := 1
	for _, i := range f.instances {
		if i.ejection.out {
			out++
		}
	}
	return out < len(f.instances) && float64(out) <= f.manner.Load().Ejection.MaxEjected*float64(len(f.instances))
}

// comeBack takes an instance in again, on probation. The caller holds f.mu.
func (f *fleet) comeBack(i *instance) {
	i.ejection.out, i.ejection.until, i.ejection.back = false, time.Time{}, nil
	i.ejection.probation.Store(true)
	i.streak.Store(0)
	i.recent.reset()
	f.publish()
}

// forgive counts a success on probation. The streak counts them below zero.
func (f *fleet) forgive(i *instance) {
	if i.streak.Add(-1) > -probationCalls {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !i.ejection.probation.Load() || i.streak.Load() > -probationCalls {
		return
	}
	i.streak.Store(0)
	i.ejection.times--
	i.ejection.probation.Store(i.ejection.times > 0)
}

// window counts the calls of about the last ten seconds.
type window struct {
	slots [windowSlots]struct {
		period          atomic.Int64
		calls, failures atomic.Int64
	}
}

const (
	windowPeriod = 2 * time.Second
	windowSlots  = 5
)

func (w *window) add(now time.Time, failed bool) {
	period := monotonic.Of(now) / int64(windowPeriod)
	s := &w.slots[period%int64(len(w.slots))]
	if old := s.period.Load(); old != period && s.period.CompareAndSwap(old, period) {
		s.calls.Store(0) // calls that end in this very moment may be lost
		s.failures.Store(0)
	}
	s.calls.Add(1)
	if failed {
		s.failures.Add(1)
	}
}

func (w *window) sum(now time.Time) (calls, failures int64) {
	period := monotonic.Of(now) / int64(windowPeriod)
	for n := range w.slots {
		if s := &w.slots[n]; s.period.Load() > period-int64(len(w.slots)) {
			calls += s.calls.Load()
			failures += s.failures.Load()
		}
	}
	return calls, failures
}

func (w *window) reset() {
	for n := range w.slots {
		w.slots[n].calls.Store(0)
		w.slots[n].failures.Store(0)
	}
}
