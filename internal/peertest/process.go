package peertest

import (
	"bytes"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is for what hangs.
const patience = time.Minute

// Eventually waits until something holds, and ends the test where it never does.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// Process is a program that a test runs.
type Process struct {
	Cmd  *exec.Cmd
	Said *Said // the end of what it says

	name   string
	exited chan struct{}
}

// StartProcess starts a program, which ends with the test at the latest. What it said is shown where the test fails.
func StartProcess(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Cmd: cmd, Said: &Said{}, name: name, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Said, p.Said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its state says how it ended
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.Signal(syscall.SIGKILL)
		<-p.exited
		if t.Failed() {
			t.Logf("%s said, at the end:\n%.4000s", name, p.Said)
		}
	})
	return p
}

// Signal sends a signal, unless the process is gone.
func (p *Process) Signal(s syscall.Signal) { _ = p.Cmd.Process.Signal(s) }

// Ended waits until the process has ended, and returns its exit code.
func (p *Process) Ended(t testing.TB) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatalf("%s doesn't end", p.name)
	}
	return p.Cmd.ProcessState.ExitCode()
}

// Said keeps the end of what is written to it. Several may write at once.
type Said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps what there is room for.
func (s *Said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text.Len() > 64<<10 {
		s.text.Reset()
	}
	return s.text.Write(p)
}

func (s *Said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
