//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// node is a Node process that takes commands on stdin and reports on descriptor 3,
// both as JSON lines.
type node struct {
	*process
	stdin   io.Writer
	reports chan []byte
}

// startNode starts a script of peers/.
func startNode(t *testing.T, script, argument string) *node {
	t.Helper()
	cmd := exec.Command("node", filepath.Join("peers", script), argument)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("pipe to %s: %v", script, err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatalf("pipe from %s: %v", script, err)
	}
	cmd.ExtraFiles = []*os.File{writer}
	n := &node{process: startProcess(t, cmd), stdin: stdin, reports: make(chan []byte)}
	writer.Close() // the child has its own
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		n.read(reader, stopped)
	}()
	t.Cleanup(func() {
		close(stopped)
		reader.Close()
		<-done
	})
	return n
}

// read hands out the lines of r until its end or until stopped.
func (n *node) read(r io.Reader, stopped <-chan struct{}) {
	defer close(n.reports)
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		select {
		case n.reports <- line:
		case <-stopped:
			return
		}
	}
}

// command sends one command.
func (n *node) command(t *testing.T, command any) {
	t.Helper()
	if err := json.NewEncoder(n.stdin).Encode(command); err != nil {
		t.Fatalf("command %s: %v", n.cmd.Args[1], err)
	}
}

// report decodes the next report into v.
func (n *node) report(t *testing.T, v any) {
	t.Helper()
	select {
	case line, ok := <-n.reports:
		if !ok {
			t.Fatalf("%s ended before its next report", n.cmd.Args[1])
		}
		if err := json.Unmarshal(line, v); err != nil {
			t.Fatalf("report of %s: %v in %s", n.cmd.Args[1], err, line)
		}
	case <-time.After(patience):
		t.Fatalf("no report of %s within %v", n.cmd.Args[1], patience)
	}
}
