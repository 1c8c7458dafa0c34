// Package fleet runs several dispatchers, several processors and EdgePorts, each in a network namespace of its own and
// found by DNS, changes the fleet under load, and accounts for every message. It is a module of its own, so that who
// looks at what the program needs doesn't find a DNS server among it.
package fleet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// inside is the environment variable that tells a test that has a network of its own. Its value is the dispatcher.
const inside = "FLEET_DISPATCHER"

// TestMain runs the tests in a network and a table of mounts of their own, which end with the process: nothing of them
// is seen outside, and nothing is left behind.
func TestMain(m *testing.M) {
	var code int
	var err error
	switch {
	case os.Getenv(processorLog) != "":
		err = serveProcessor()
	case os.Getenv(inside) != "":
		if code = m.Run(); code == 0 {
			err = goleak.Find()
		}
	default:
		code, err = isolated()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// isolated builds the dispatcher, and runs this program again where it is alone. Its exit code is that one's.
func isolated() (code int, err error) {
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "dispatcher")
	build := exec.Command("go", "build", "-o", program, "./cmd/dispatcher")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the dispatcher: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"="+program)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
	}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case err != nil:
		return 0, fmt.Errorf("run in a network of its own, which needs root: %w", err)
	}
	return 0, nil
}
