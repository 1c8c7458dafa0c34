//go:build unix

package matchfunc

import (
	"syscall"
	"time"
)

// spent is the processor time that this process has taken: what else the machine does isn't in it.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
