package worker

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

const (
	niceness = 10   // traffic goes first
	maxFiles = 32   // the pipes, and what the Go runtime opens
	oomScore = 1000 // where memory runs out, a worker is the first to go
)

// confine takes from this process what no rule needs. The parent's watch on its memory is the limit; the one on data is
// a fence further out for the moments in which the parent doesn't get to look, and counts from what is mapped now.
func confine(memoryLimit int64) error {
	if err := yieldToOthers(); err != nil {
		return err
	}
	m, err := openMemory("self")
	if err != nil {
		return err
	}
	defer m.close()
	mapped, err := m.data()
	if err != nil {
		return err
	}
	limits := []struct {
		name     string
		resource int
		value    int64
	}{
		{"data", syscall.RLIMIT_DATA, mapped + 4*memoryLimit},
		{"core", syscall.RLIMIT_CORE, 0},
		{"file size", syscall.RLIMIT_FSIZE, 0},
		{"open files", syscall.RLIMIT_NOFILE, maxFiles},
	}
	for _, l := range limits {
		value := uint64(l.value) // not negative
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return nil
}

// yieldToOthers lowers this process's claim to processors and to memory. A priority belongs to a thread and threads
// inherit it, so each that runs by now is given it; one that started meanwhile is found in the second round.
func yieldToOthers() error {
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte(strconv.Itoa(oomScore)), 0); err != nil {
		return err
	}
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, niceness); err != nil && err != syscall.ESRCH {
				return fmt.Errorf("lower the priority: %w", err)
			}
		}
	}
	return nil
}

// credential is another user.
type credential = syscall.Credential

// confineCommand has the kernel end a child whose parent has died, even one that doesn't look at its pipe, and start it
// as another user where who isn't nil.
func confineCommand(who *credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true, Credential: who}
}

// self is this very binary, even where another has been put in its place since it started.
func self() (string, error) { return "/proc/self/exe", nil }
