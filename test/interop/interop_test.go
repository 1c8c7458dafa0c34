//go:build interop

// Package interop proves with real traffic that programs written for the Routr Message
// Dispatcher work with this one: Node processors and middlewares made with @routr/processor,
// a grpc-js client in the EdgePort's place, and grpc-go on either side.
package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the dispatcher under test: DISPATCHER_BINARY, or built from this tree.
var binary = os.Getenv("DISPATCHER_BINARY")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if _, err := os.Stat("node_modules/@routr/processor"); err != nil {
		fmt.Fprintf(os.Stderr, "%v: run npm ci --prefix test/interop\n", err)
		return 1
	}
	if binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		fmt.Fprintf(os.Stderr, "directory for the binary: %v\n", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "dispatcher")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/dispatcher")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the dispatcher: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
