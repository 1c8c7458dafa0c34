package fleet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// gateway is this process's own address on the bridge that joins the namespaces. DNS listens there.
const gateway = "10.77.0.1"

// run runs a command to its end.
func run(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

// network is a bridge, and a name server that everybody asks.
type network struct {
	*names
	hosts atomic.Int32
}

// newNetwork makes a network in the namespaces that this process has for itself.
func newNetwork(t *testing.T) *network {
	t.Helper()
	resolv := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(resolv, []byte("nameserver "+gateway+"\noptions attempts:5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "--make-rprivate", "/")
	run(t, "mount", "-t", "tmpfs", "tmpfs", "/run")
	run(t, "mount", "--bind", resolv, "/etc/resolv.conf")
	t.Cleanup(func() { run(t, "umount", "/etc/resolv.conf") })
	run(t, "ip", "link", "set", "lo", "up")
	run(t, "ip", "link", "add", "fleet", "type", "bridge")
	run(t, "ip", "addr", "add", gateway+"/16", "dev", "fleet")
	run(t, "ip", "link", "set", "fleet", "up")
	return &network{names: startNames(t, gateway+":53")}
}

// host is a machine, or what Kubernetes calls a pod: a network namespace with an address. It outlives what runs in it.
type host struct{ name, ip string }

func (n *network) host(t *testing.T, name string) host {
	t.Helper()
	number := n.hosts.Add(1)
	h := host{name, fmt.Sprintf("10.77.1.%d", number)}
	out := fmt.Sprintf("veth%d", number)
	run(t, "ip", "netns", "add", name)
	run(t, "ip", "link", "add", out, "type", "veth", "peer", "name", "eth0", "netns", name)
	run(t, "ip", "link", "set", out, "master", "fleet", "up")
	run(t, "ip", "-n", name, "addr", "add", h.ip+"/16", "dev", "eth0")
	run(t, "ip", "-n", name, "link", "set", "eth0", "up")
	run(t, "ip", "-n", name, "link", "set", "lo", "up")
	return h
}

// command makes a command run on the host.
func (h host) command(command ...string) []string {
	return append([]string{"ip", "netns", "exec", h.name}, command...)
}
