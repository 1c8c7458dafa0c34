package fleet

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// process is a program that runs on a host.
type process struct {
	host
	*peertest.Process
}

// start runs a program on the host, in the very process that is signalled: ip becomes it.
func (h host) start(t *testing.T, env []string, command ...string) *process {
	t.Helper()
	command = h.command(command...)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return &process{h, peertest.StartProcess(t, h.name, cmd)}
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
	peertest.Eventually(t, name+" is ready", func() bool { return p.ready() })
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
	p.Signal(syscall.SIGTERM)
	n.remove(name, p.ip)
	if code := p.Ended(t); code != 0 {
		t.Errorf("%s ended with %d:\n%s", p.name, code, p.Said)
	}
}
