package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// dispatcher is the program in a process of its own.
type dispatcher struct {
	addr string
	file string // its configuration; empty for the demo
	cmd  *exec.Cmd
	done chan struct{}
}

// serve starts the program with a configuration on a free port; the demo where the configuration is empty.
func serve(t *testing.T, config string, env ...string) *dispatcher {
	t.Helper()
	d := &dispatcher{}
	args := []string{"serve", "--demo", "127.0.0.1:0"}
	if config != "" {
		d.file = filepath.Join(t.TempDir(), "dispatcher.yaml")
		d.write(t, config)
		args = []string{"serve", "--config", d.file}
	}
	d.start(t, args, env)
	t.Cleanup(func() { d.stop(t) })
	return d
}

func (d *dispatcher) write(t *testing.T, config string) {
	t.Helper()
	if err := os.WriteFile(d.file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

var listens = regexp.MustCompile(`"msg":"routing messages","addr":"([^"]+)"`)

func (d *dispatcher) start(t *testing.T, args, env []string) {
	t.Helper()
	d.cmd = exec.Command(binary, args...) //nolint:noctx // stop ends it, and waits
	d.cmd.Env = append(os.Environ(), env...)
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for d.addr = ""; d.addr == "" && lines.Scan(); {
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			d.addr = m[1]
		}
	}
	if d.addr == "" {
		t.Fatal("the dispatcher didn't say where it listens")
	}
	d.done = make(chan struct{})
	go func() {
		defer close(d.done)
		for lines.Scan() { // its log is nobody's business here
		}
	}()
}

// terminate tells the process to end in order.
func (d *dispatcher) terminate(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// stop ends the process and waits; again is no harm.
func (d *dispatcher) stop(t *testing.T) {
	t.Helper()
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may be gone
	<-d.done
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("the dispatcher ended with %v", err)
	}
	d.cmd = nil
}

// url is an address of the console: a fragment such as /play.
func (d *dispatcher) url(fragment string) string { return "http://" + d.addr + "/#" + fragment }

// sample is a built-in message as the API lists it.
type sample struct {
	Name     string          `json:"name"`
	JSON     json.RawMessage `json:"json"`
	Protobuf []byte          `json:"protobuf"`
}

// samples are the built-in messages.
func (d *dispatcher) samples(t *testing.T, token string) []sample {
	t.Helper()
	var all struct{ Samples []sample }
	d.get(t, "/api/v1/samples", token, &all)
	return all.Samples
}

// sendBytes has the dispatcher take a message in its wire form, by the Connect protocol.
func (d *dispatcher) sendBytes(t *testing.T, message []byte) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://"+d.addr+"/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/proto")
	return d.do(t, r, nil) == http.StatusOK
}

func (d *dispatcher) post(t *testing.T, path string, body []byte, into any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.addr+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return d.do(t, r, into)
}

func (d *dispatcher) get(t *testing.T, path, token string, into any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return d.do(t, r, into)
}

func (d *dispatcher) do(t *testing.T, r *http.Request, into any) int {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("%s: %v\n%s", r.URL, err, b)
		}
	}
	return resp.StatusCode
}
