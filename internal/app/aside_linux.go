package app

import "syscall"

// lastNiceness is what rule workers have, too.
const lastNiceness = 10

// comeLast lowers the priority of the calling thread, which has one of its own on Linux (setpriority(2)).
func comeLast() {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), lastNiceness) // without it f is only in the way
}

func onMainThread() bool { return syscall.Gettid() == syscall.Getpid() }
