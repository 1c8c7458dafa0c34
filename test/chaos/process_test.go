//go:build chaos

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func startProcess(t *testing.T, command []string, env ...string) *peertest.Process {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	return peertest.StartProcess(t, cmd.Path, cmd)
}

// startActivated starts a program as systemd does that holds its sockets (sd_listen_fds(3)).
func startActivated(t *testing.T, sockets []*os.File, command ...string) *peertest.Process {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, command...)...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(sockets)))
	cmd.ExtraFiles = sockets
	return peertest.StartProcess(t, cmd.Path, cmd)
}

// stop asks a process to end, and waits for it.
func stop(t *testing.T, p *peertest.Process, s syscall.Signal) (code int) {
	t.Helper()
	p.Signal(s)
	return p.Ended(t)
}

// dispatcher is the program under test.
type dispatcher struct {
	*peertest.Process
	addr, file string
	sockets    []*os.File // that it inherits; none: it opens addr
}

// yaml is a configuration for one processor at some addresses. Lines are further properties of spec.
func yaml(addr string, peers []string, lines ...string) string {
	return fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: chaos
spec:
  bindAddr: %s
  processors:
    - ref: connect
      addr: ["%s"]
      matchFunc: req => true
      methods: [INVITE, ACK, BYE, CANCEL, OPTIONS]
%s
`, addr, strings.Join(peers, `", "`), strings.Join(lines, "\n"))
}

func addrs(peers []*peer) (all []string) {
	for _, p := range peers {
		all = append(all, p.addr)
	}
	return all
}

func startDispatcher(t *testing.T, peers []string, lines ...string) *dispatcher {
	t.Helper()
	d := &dispatcher{addr: peertest.FreeAddr(t), file: filepath.Join(t.TempDir(), "dispatcher.yaml")}
	d.configure(t, yaml(d.addr, peers, lines...))
	d.start(t)
	return d
}

func (d *dispatcher) configure(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(d.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *dispatcher) start(t *testing.T) {
	t.Helper()
	command := []string{binary, "--config", d.file}
	if len(d.sockets) > 0 {
		d.Process = startActivated(t, d.sockets, command...)
	} else {
		d.Process = startProcess(t, command)
	}
	peertest.Eventually(t, "the dispatcher is ready", func() bool {
		code, _ := d.get("/readyz")
		return code == http.StatusOK
	})
	peertest.Eventually(t, "every instance is connected", func() bool { return d.in("ready") == len(d.instances()) })
}

func (d *dispatcher) get(path string) (int, []byte) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + d.addr + path)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, text
}

// instances are the states of the processor's instances.
func (d *dispatcher) instances() []backend.Instance {
	_, text := d.get("/api/v1/backends")
	var said struct{ Backends []backend.Status }
	if json.Unmarshal(text, &said) != nil || len(said.Backends) == 0 {
		return nil
	}
	return said.Backends[0].Instances
}

// in counts the instances in a state.
func (d *dispatcher) in(state string) (n int) {
	for _, i := range d.instances() {
		if i.State == state {
			n++
		}
	}
	return n
}

// inFlight is how many messages the dispatcher has.
func (d *dispatcher) inFlight() (n int) {
	_, text := d.get("/metrics")
	_, rest, _ := strings.Cut(string(text), "\nroutr_dispatcher_messages_in_flight ")
	_, _ = fmt.Sscan(rest, &n) // there is no such line while the dispatcher doesn't answer
	return n
}

// memory is the resident memory of the process in bytes.
func (d *dispatcher) memory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kB int64
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		t.Fatal(err)
	}
	return kB << 10
}
