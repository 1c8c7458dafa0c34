//go:build jainsip

// Package jainsip holds package siptext against the SIP stack of an EdgePort.
package jainsip

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// driver is a process that puts texts through the stack.
type driver struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// startDriver builds and starts the driver; it ends with the test.
func startDriver(t *testing.T) *driver {
	t.Helper()
	dir := t.TempDir()
	classpath := filepath.Join(dir, "classpath")
	run(t, "mvn", "-q", "-B", "-f", "driver/pom.xml", "dependency:build-classpath", "-Dmdep.outputFile="+classpath)
	jars, err := os.ReadFile(classpath)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "javac", "-nowarn", "-cp", string(jars), "-d", dir, "driver/Driver.java")
	//nolint:gosec // the class path is Maven's
	cmd := exec.CommandContext(t.Context(), "java", "-Xmx256m", "-Dfile.encoding=UTF-8", "-cp", string(jars)+":"+dir,
		"Driver")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the driver ends at the end of its input
		_ = cmd.Wait() // it may have been killed by then
	})
	return &driver{in, bufio.NewReader(out)}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// read puts a text through the stack. It returns the outcome and what the EdgePort would take of the message.
func (d *driver) read(t *testing.T, transport, text string) []string {
	t.Helper()
	if _, err := fmt.Fprintf(d.in, "%s %s\n", transport, base64.StdEncoding.EncodeToString([]byte(text))); err != nil {
		t.Fatalf("write to the driver: %v", err)
	}
	line, err := d.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("read from the driver: %v\nafter the text:\n%q", err, text)
	}
	var got []string
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return got
}
