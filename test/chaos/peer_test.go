//go:build chaos

package chaos

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// A peer is this test's binary, started with these in its environment.
const (
	peerAddr  = "CHAOS_PEER_ADDR"
	peerLog   = "CHAOS_PEER_LOG"   // file that gets a line for each message
	peerDelay = "CHAOS_PEER_DELAY" // before each answer
)

// untilReleased is the delay of a peer that answers nothing until release.
const untilReleased = time.Hour

// servePeer echoes, and writes every message down before it answers. SIGTERM stops it gracefully.
func servePeer() error {
	log, err := os.OpenFile(os.Getenv(peerLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	delay, err := time.ParseDuration(os.Getenv(peerDelay))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", os.Getenv(peerAddr))
	if err != nil {
		return err
	}
	released := make(chan os.Signal, 1)
	signal.Notify(released, syscall.SIGUSR1)
	answers := make(chan struct{})
	go func() {
		<-released
		close(answers)
	}()
	answer := func(ctx context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		fmt.Fprintf(log, "got %s\n", req.GetRef())
		if !peertest.Untouched(req.GetMessage(), req.GetRef(), req.GetMethod()) {
			fmt.Fprintf(log, "changed %s\n", req.GetRef())
		}
		select {
		case <-time.After(delay):
		case <-answers:
		case <-ctx.Done():
			fmt.Fprintf(log, "canceled %s\n", req.GetRef())
			return nil, ctx.Err()
		}
		return &routrpb.MessageResponse{Message: req.GetMessage(), Metadata: map[string]string{"id": req.GetRef()}}, nil
	}
	return peertest.ServeAsProcess(listener, answer)
}

// peer is a program behind the dispatcher, which may be started several times.
type peer struct {
	*peertest.Process
	addr  string
	log   string
	delay time.Duration
}

func startPeer(t *testing.T, delay time.Duration) *peer {
	t.Helper()
	p := &peer{addr: peertest.FreeAddr(t), log: filepath.Join(t.TempDir(), "peer.log"), delay: delay}
	p.start(t)
	return p
}

func startPeers(t *testing.T, n int) (all []*peer) {
	t.Helper()
	for range n {
		all = append(all, startPeer(t, 0))
	}
	return all
}

// start runs the peer again where it was.
func (p *peer) start(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p.Process = startProcess(t, []string{self}, peerAddr+"="+p.addr, peerLog+"="+p.log, peerDelay+"="+p.delay.String())
	peertest.Eventually(t, "the peer listens", func() bool {
		conn, err := net.Dial("tcp", p.addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// release lets a peer answer, at once from now on.
func (p *peer) release() { p.Signal(syscall.SIGUSR1) }

// lines returns what the peer wrote down: the ids behind a word.
func (p *peer) lines(t *testing.T, word string) (ids []string) {
	t.Helper()
	f, err := os.Open(p.log)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), word+" "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
