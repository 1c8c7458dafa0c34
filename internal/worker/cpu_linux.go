package worker

import (
	"time"

	"golang.org/x/sys/unix"
)

// processorTime returns how much processor time a process has used. It reports false where the kernel doesn't say.
func processorTime(pid int) (time.Duration, bool) {
	var t unix.Timespec
	// MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of include/linux/posix-timers_types.h.
	err := unix.ClockGettime(int32(^pid)<<3|2, &t) //nolint:gosec // a process's number has 22 bits
	return time.Duration(t.Nano()), err == nil
}
