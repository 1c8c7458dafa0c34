package hostile

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// dispatcher is the program itself, at work with a real processor.
type dispatcher struct {
	*victim
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	log    *lines
	file   string // the configuration
	told   bool   // to end
}

// lines are what the program says.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() > 16<<20 {
		return 0, io.ErrShortWrite // no test takes so much
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// program builds the dispatcher once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "dispatcher")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary,
		"../../cmd/dispatcher").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// roles are what this program does in processes of their own, so that what it costs is nobody else's.
var roles = map[string]func(addr string){"bombard": bombard, "processor": serveInherited}

// elsewhere runs an attack on a dispatcher in a process of its own, until it is over.
func elsewhere(t *testing.T, attack, addr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "HOSTILE_ROLE="+attack, "HOSTILE_ADDR="+addr)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%.4000s", attack, err, out)
	}
}

func TestMain(m *testing.M) {
	if play := roles[os.Getenv("HOSTILE_ROLE")]; play != nil {
		play(os.Getenv("HOSTILE_ADDR"))
		return
	}
	code := m.Run()
	if binary, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// resource is a configuration with a processor that takes everything but what neighbours send, which goes to one of
// its own. Lines are further properties of spec.
func resource(processor, calm string, lines ...string) string {
	return fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: victim
spec:
  bindAddr: 127.0.0.1:0
  processors:
    - ref: connect
      addr: %s
      methods: [UNKNOWN, REGISTER, INVITE, MESSAGE, ACK, BYE, CANCEL]
      matchFunc: req => true
    - ref: calm
      addr: %s
      methods: [OPTIONS]
      matchFunc: req => true
%s`, processor, calm, indented(lines))
}

func indented(lines []string) string {
	var text strings.Builder
	for _, l := range lines {
		text.WriteString("  " + strings.ReplaceAll(l, "\n", "\n  ") + "\n")
	}
	return text.String()
}

// echo is a processor that answers with the message that it got.
func echo(t *testing.T) string {
	t.Helper()
	return peertest.Start(t, peertest.Echo()).Addr
}

// dispatch starts the program with a configuration, and sees to it that it lives when the test ends.
func dispatch(t *testing.T, config string) *dispatcher {
	t.Helper()
	log := &lines{}
	return dispatchWith(t, config, log, log)
}

// maxData is the memory in KiB that the program can't go beyond, whatever it does wrong.
const maxData = "2097152"

// dispatchWith is dispatch with another reader of the log than log, which gets what is said until the program listens.
func dispatchWith(t *testing.T, config string, log *lines, stderr io.Writer) *dispatcher {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &dispatcher{log: log, file: file, exited: make(chan struct{}), cmd: exec.CommandContext(context.Background(),
		"/bin/sh", "-c", `ulimit -S -d "$0" && exec "$@"`, maxData, binary, "--config", file, "--drain-timeout", "5s")}
	d.cmd.Stderr = stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait() // how is in its state
		close(d.exited)
	}()
	t.Cleanup(func() { d.end(t) })
	d.victim = &victim{addr: d.listens(t), pid: d.cmd.Process.Pid, page: "/metrics"}
	return d
}

// end stops the program, which has to live still.
func (d *dispatcher) end(t *testing.T) {
	select {
	case <-d.exited:
		if !d.told {
			t.Errorf("the program ended: %v\n%.4000s", d.cmd.ProcessState, d.log)
		}
	default:
		_ = d.cmd.Process.Kill() // it lives
		<-d.exited
	}
}

// listens waits until the program says where it listens.
func (d *dispatcher) listens(t *testing.T) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for line := range strings.Lines(d.log.String()) {
			var said struct{ Msg, Addr string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "routing messages" {
				return said.Addr
			}
		}
	}
	t.Fatalf("it doesn't listen:\n%s", d.log)
	return ""
}

// get asks for a page of the side door.
func (d *dispatcher) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + d.addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// metric is the value of a metric, 0 where it isn't there.
func (d *dispatcher) metric(t *testing.T, name string) float64 {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(d.get(t, "/metrics")))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(rest, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return 0
}

// terminate sends SIGTERM and waits for the program's end.
func (d *dispatcher) terminate(t *testing.T) {
	t.Helper()
	d.told = true
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it lives
	select {
	case <-d.exited:
	case <-time.After(time.Minute):
		t.Fatal("SIGTERM has no effect")
	}
}
