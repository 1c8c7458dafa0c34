package script

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock tells how much processor time the thread that started it has used since. Other threads may ask.
type clock struct {
	own   bool // it counts that thread's work alone; else what passes on the wall
	id    int32
	began time.Duration
	wall  time.Time
}

// startClock starts the clock of the calling thread.
func startClock() clock {
	c := clock{own: true, id: threadClock(unix.Gettid())}
	var err error
	if c.began, err = c.read(); err != nil {
		c = clock{wall: time.Now()}
	}
	return c
}

// threadClock is the number of the clock of a thread's processor time: MAKE_THREAD_CPUCLOCK(tid, CPUCLOCK_SCHED) of
// include/linux/posix-timers_types.h.
func threadClock(tid int) int32 { return int32(^tid)<<3 | 4 | 2 } //nolint:gosec // a thread's number has 22 bits

func (c clock) read() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(c.id, &t)
	return time.Duration(t.Nano()), err
}

func (c clock) used() time.Duration {
	if !c.own {
		return time.Since(c.wall)
	}
	now, err := c.read()
	if err != nil {
		return 0 // the thread has ended, and the evaluation with it
	}
	return now - c.began
}
