//go:build chaos

package chaos

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestARestartBehindASocketOfSystemdsLosesNothing restarts the only dispatcher there is, as systemctl restart does
// where systemd holds the socket: who connects meanwhile waits. The file that it reads names another address.
func TestARestartBehindASocketOfSystemdsLosesNothing(t *testing.T) {
	listener, err := net.Listen("tcp", peertest.FreeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	peers := startPeers(t, 1)
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	d := &dispatcher{addr: listener.Addr().String(), file: file, sockets: []*os.File{socket}}
	d.configure(t, yaml(peertest.FreeAddr(t), addrs(peers)))
	d.start(t)
	l := start(t, callers, d.addr)
	for round := range 4 {
		l.until(t, int64(round+1)*enough/5)
		if code := stop(t, d.Process, syscall.SIGTERM); code != 0 {
			t.Errorf("the dispatcher ended with %d:\n%s", code, d.Said)
		}
		d.start(t)
	}
	l.until(t, enough)
	l.end(t, peers).none(t)
}
