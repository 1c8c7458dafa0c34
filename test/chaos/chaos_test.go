//go:build chaos

// Package chaos lets real processes fail under load, and accounts for every message: who got it, how often, and what
// its caller was told.
package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

var binary string // the dispatcher

func TestMain(m *testing.M) {
	if os.Getenv(peerAddr) != "" {
		if err := servePeer(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "dispatcher")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/dispatcher").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the dispatcher: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
