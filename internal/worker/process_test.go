package worker

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAKilledChildIsReplaced(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	idle := p.idle[0]
	if err := idle.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-idle.exited
	serves(t, p)
	if idle == p.idle[0] {
		t.Error("the dead child serves")
	}
}

func TestAChildKilledAtWorkFailsItsCallAlone(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 1})
	serves(t, p)
	victim := p.idle[0].cmd.Process
	var caller sync.WaitGroup
	caller.Go(func() {
		if _, err := p.Evaluate(t.Context(), Request{Source: spin}); !errors.Is(err, ErrCrashed) {
			t.Errorf("%v", err)
		}
	})
	for p.lockedIdle() > 0 {
		time.Sleep(time.Millisecond)
	}
	if err := victim.Kill(); err != nil {
		t.Error(err)
	}
	caller.Wait()
	serves(t, p)
}

func (p *Pool) lockedIdle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

func TestAChildIsReplacedWhenItHasServedItsTime(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	p.idle[0].calls = maxCalls - 1
	serves(t, p)
	if n := len(p.idle); n != 0 {
		t.Errorf("%d children are kept", n)
	}
	serves(t, p)
}

func TestAChildThatHoldsMemoryIsReplaced(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	p.idle[0].base = -p.opts.MemoryLimit // what it has now is half of what it may grow by
	serves(t, p)
	if n := len(p.idle); n != 0 {
		t.Errorf("%d children are kept", n)
	}
	serves(t, p)
}

func TestCloseEndsEveryChildAndEveryCall(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 2, MaxQueue: 4})
	serves(t, p)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			if _, err := p.Evaluate(t.Context(), Request{Source: spin}); !errors.Is(err, ErrClosed) {
				t.Errorf("%v", err)
			}
		})
	}
	for len(p.turns) < 2 || len(p.queue) < 2 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	callers.Wait()
	if _, err := p.Evaluate(t.Context(), Request{Source: good}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if left := childProcesses(t); len(left) != 0 {
		t.Errorf("processes left: %v", left)
	}
}

func TestChildrenDieWithTheirParent(t *testing.T) {
	path, err := self()
	if err != nil {
		t.Fatal(err)
	}
	service := exec.CommandContext(t.Context(), path, parentOfOne)
	out, err := service.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child := strings.TrimSpace(line)
	if state := processState(child); state == "" {
		t.Fatalf("process %s isn't there", child)
	}
	for !busy(child) { // it spins, and doesn't look at its pipe
		time.Sleep(time.Millisecond)
	}
	if err := service.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	service.Wait()
	for state := processState(child); state != "" && state != "Z"; state = processState(child) {
		time.Sleep(time.Millisecond)
	}
}

// busy reports whether a process has used a tenth of a second of processor time.
func busy(pid string) bool {
	fields := processStat(pid)
	if len(fields) < 12 {
		return false
	}
	ticks, err := strconv.Atoi(fields[11])
	return err == nil && ticks >= 10
}

// processState returns the letter of a process's state, nothing where there is none.
func processState(pid string) string {
	if fields := processStat(pid); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// processStat returns the fields of proc_pid_stat(5) from the state on, none where the process is gone.
func processStat(pid string) []string {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

// childProcesses lists the processes whose parent is this one.
func childProcesses(t *testing.T) (pids []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Fatal(stats, err)
	}
	for _, path := range stats {
		pid := filepath.Base(filepath.Dir(path))
		if fields := processStat(pid); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			pids = append(pids, pid)
		}
	}
	return pids
}
