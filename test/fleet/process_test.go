package fleet

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is for what hangs.
const patience = time.Minute

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// process is a program that runs on a host.
type process struct {
	host
	cmd    *exec.Cmd
	exited chan struct{}
	said   *output
}

// output keeps the end of what a process says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps what there is room for.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() > 64<<10 {
		o.text.Reset()
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs a program on the host, in the very process that is signalled: ip becomes it.
func (h host) start(t *testing.T, env []string, command ...string) *process {
	t.Helper()
	command = h.command(command...)
	p := &process{host: h, cmd: exec.Command(command[0], command[1:]...), exited: make(chan struct{}), said: &output{}}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its state says how it ended
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may be gone
		<-p.exited
		if t.Failed() {
			t.Logf("%s said, at the end:\n%.4000s", h.name, p.said)
		}
	})
	return p
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// ended waits until the process has ended, and returns its exit code.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatalf("%s doesn't end", p.name)
	}
	return p.cmd.ProcessState.ExitCode()
}

// The ports that all of a kind listen on, each at an address of its own.
const (
	dispatcherPort = "51901"
	processorPort  = "50051"
)

// configuration finds processors as dispatchers are found. Connections and names are short-lived, so that a test needs
// no minutes.
const configuration = `kind: MessageDispatcher
apiVersion: v2beta1
ref: fleet
spec:
  bindAddr: 0.0.0.0:51901
  maxConnectionAge: 2s
  resolveInterval: 500ms
  processors:
    - ref: connect
      addr: dns:///processors.fleet.test:50051
      matchFunc: req => true
      methods: [INVITE]
`

// startDispatcher starts a replica and waits until it is ready. Nobody finds it yet.
func (n *network) startDispatcher(t *testing.T, name string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	p := n.host(t, name).start(t, nil, os.Getenv(inside), "--config", file, "--lame-duck", "1s")
	eventually(t, name+" is ready", func() bool { return p.ready() })
	return p
}

// ready asks what a readiness probe asks.
func (p *process) ready() bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + net.JoinHostPort(p.ip, dispatcherPort) + "/readyz")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// leave does what Kubernetes does with a pod that goes: it is told to stop, and nobody finds it from about then on.
func (n *network) leave(t *testing.T, p *process, name string) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	n.remove(name, p.ip)
	if code := p.ended(t); code != 0 {
		t.Errorf("%s ended with %d:\n%s", p.name, code, p.said)
	}
}
