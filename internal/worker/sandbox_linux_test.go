package worker

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unsandboxed is a child whose kernel lets it take less away than it would.
const unsandboxed = "rule-worker-unsandboxed"

func init() { //nolint:gochecknoinits // the other children are there before any test, too
	children[unsandboxed] = func() error {
		p := newPipe(os.Stdin, os.Stdout)
		if _, err := p.read(); err != nil {
			return err
		}
		data, err := json.Marshal(readiness{Missing: "no filter: none here" + strings.Repeat("!", 5000)})
		if err != nil {
			return err
		}
		if err := p.send(data); err != nil {
			return err
		}
		return serve(p)
	}
}

// TestTheKernelHoldsAChild looks at a child from outside.
func TestTheKernelHoldsAChild(t *testing.T) {
	name := filepath.Join(t.TempDir(), "inherited")
	// without O_CLOEXEC, as a careless parent leaves it
	fd, err := syscall.Open(name, syscall.O_CREAT|syscall.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	pid := p.idle[0].cmd.Process.Pid
	if missing := p.idle[0].missing; missing != "" {
		t.Errorf("not held: %s", missing)
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) < 2 {
		t.Fatal(tasks, err)
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"NoNewPrivs:\t1\n", "Seccomp:\t2\n"}
		if os.Geteuid() == 0 {
			want = append(want, "Uid:\t65534\t65534\t65534\t65534\n", "Gid:\t65534\t65534\t65534\t65534\n",
				"Groups:\t \n", "CapEff:\t0000000000000000\n")
		}
		for _, line := range want {
			if !strings.Contains(string(status), line) {
				t.Errorf("%s has no %q:\n%s", task, line, status)
			}
		}
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
		if err != nil || to == name || strings.HasPrefix(to, "socket:") {
			t.Errorf("descriptor %s is %s, %v", fd.Name(), to, err)
		}
	}
}

func TestWhatDoesntHoldAChildIsToldOnce(t *testing.T) {
	var told []string
	p := pool(t, unsandboxed, Options{Size: 1, Missing: func(what string) { told = append(told, what) }})
	for range 3 {
		serves(t, p)
		p.lastIdle().end()
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "no filter: none here!") || len(told[0]) > maxText+40 {
		t.Errorf("%d: %q", len(told), told)
	}
}
