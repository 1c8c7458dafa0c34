package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// manyProcessors is a configuration of so many processors at one address, each with a rule of its own.
func manyProcessors(n int, addr string) string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: many\nspec:\n")
	b.WriteString("  bindAddr: 127.0.0.1:0\n  processors:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - ref: tenant-%05d\n      addr: %s\n      methods: [INVITE]\n"+
			"      matchFunc: req => req.ref === \"call-%d\"\n", i, addr, i)
	}
	return b.String()
}

// sockets counts the open sockets of this process.
func sockets(t *testing.T) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		to, _ := os.Readlink("/proc/self/fd/" + f.Name()) // it may be closed by now
		if strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

func TestTenThousandProcessorsAtOneAddress(t *testing.T) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1024, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) }) // it was so
	peer := peertest.Start(t, named("a"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, manyProcessors(10_000, peer.Addr))
	open := sockets(t)
	s := serveFile(t, path)
	c := s.client(t)
	for n := range 300 {
		c.by(t, fmt.Sprintf("call-%d", n*33))
	}
	if got := sockets(t) - open; got > 20 { // both ends of a few connections, and the listener
		t.Errorf("%d sockets were opened", got)
	}
	for path, most := range map[string]int{"/metrics": 200_000, "/api/v1/backends": 100_000} {
		if code, text := s.get(t, path); code != http.StatusOK || len(text) > most {
			t.Errorf("%s: %d, %d bytes", path, code, len(text))
		}
	}
	_, text := s.get(t, "/metrics")
	for _, line := range []string{
		`routr_dispatcher_backend_calls_total{ref="tenant-00033",role="processor"} 1`,
		`routr_dispatcher_backend_calls_total{ref="other",role="processor"} 100`,
		fmt.Sprintf(`routr_dispatcher_fleet_instances{fleet="%s",state="ready"} 1`, peer.Addr),
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	peer.Stop()
	eventually(t, "nobody can be called", func() bool {
		code, text := s.get(t, "/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(text, "9980 more") && len(text) < 2000
	})
}
