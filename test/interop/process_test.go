//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait. Nothing is timed by it: a wait that reaches it has failed.
const patience = 60 * time.Second

// process is a child of the test: started here, ended and waited for with the test.
type process struct {
	cmd    *exec.Cmd
	output output
	// exited is closed when the process has ended; err is then what Wait returned.
	exited chan struct{}
	err    error
}

// output collects what a child prints, for the log of a failed test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends p to the output.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startProcess starts cmd. The child is killed with the test at the latest, and what it
// printed is logged where the test failed.
func startProcess(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("kill %s: %v", cmd.Path, err)
		}
		<-p.exited
		if t.Failed() {
			t.Logf("%s printed:\n%s", cmd.Args, p.output.String())
		}
	})
	return p
}

// exitCode waits for the process to end by itself and returns its exit code.
func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-ctx.Done():
		t.Fatalf("%s still runs after %v", p.cmd.Path, patience)
		return -1
	}
}
