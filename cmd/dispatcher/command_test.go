package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dispatcher": main})
}

// TestCommand runs testdata/*.txtar: whole command lines, with what they print and how they exit.
func TestCommand(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup:               withAdmin(t),
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits CODE ARG... runs the command and holds its exit code against CODE.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := exitOK
	var exit *exec.ExitError
	if err := ts.Exec("dispatcher", args[1:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// served is the command running as a process of its own.
type served struct {
	cmd  *exec.Cmd
	addr string
	done chan struct{} // closed when it has ended

	wrote chan struct{} // has an element where there may be news
	mu    sync.Mutex
	log   bytes.Buffer
}

// Write keeps what the process logs.
func (s *served) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return s.log.Write(p)
}

// logged waits until the process has logged what the expression finds, and returns its first group. It returns "" if
// the process ends before.
func (s *served) logged(expression string) string {
	found := regexp.MustCompile(expression)
	for ended := false; ; {
		s.mu.Lock()
		m := found.FindSubmatch(s.log.Bytes())
		s.mu.Unlock()
		switch {
		case m != nil:
			return string(m[1])
		case ended:
			return ""
		}
		select {
		case <-s.done:
			ended = true
		case <-s.wrote:
		}
	}
}

// serve starts the command with a configuration and returns it when it listens.
func serve(t *testing.T, config string, args ...string) *served {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "dispatcher")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, binary); err != nil { // testscript.Main runs main for this name
		t.Fatal(err)
	}
	s := &served{cmd: exec.Command(binary, args...), done: make(chan struct{}), wrote: make(chan struct{}, 1)}
	s.cmd.Env = append(os.Environ(), "CONFIG_PATH="+file)
	s.cmd.Stderr = s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		s.cmd.Wait() // its exit code is in ProcessState
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.done
	})
	if s.addr = s.logged(`"addr":"([^"]+)"`); s.addr == "" {
		t.Fatalf("it ended without listening:\n%s", &s.log)
	}
	return s
}

// exitCode waits for the process to end.
func (s *served) exitCode() int {
	<-s.done
	return s.cmd.ProcessState.ExitCode()
}

func (s *served) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func configFor(addr string) string {
	return `{kind: MessageDispatcher, apiVersion: v2beta1, ref: test, spec: {bindAddr: "127.0.0.1:0", timeout: 5m,
  processors: [{ref: connect, addr: "` + addr + `", matchFunc: req => true, methods: [INVITE]}]}}`
}

func TestSignalsEndItWithExitCodeZero(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := serve(t, configFor(peertest.Refusing(t)))
			s.signal(t, sig)
			if code := s.exitCode(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, &s.log)
			}
		})
	}
}

func TestASecondSignalExitsAtOnce(t *testing.T) {
	addr := peertest.BlackHole(t)
	s := serve(t, configFor(addr), "--drain-timeout=10m")
	stuck := peertest.Dial(t, s.addr)
	// A request whose body never comes is in flight until the drain's end.
	if _, err := stuck.Write([]byte("POST /fonoster.routr.processor.v2beta1.Processor/ProcessMessage HTTP/1.1\r\n" +
		"Host: x\r\nContent-Type: application/proto\r\nContent-Length: 2\r\n" +
		"Expect: 100-continue\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if n, err := stuck.Read(make([]byte, 100)); n == 0 || err != nil { // 100 Continue: the handler reads
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGTERM)
	s.logged(`"msg":"(stopping)"`)
	s.signal(t, syscall.SIGTERM)
	if code := s.exitCode(); code != exitFailure {
		t.Errorf("exit code %d:\n%s", code, &s.log)
	}
}
