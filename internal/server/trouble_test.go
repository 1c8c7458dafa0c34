package server

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestConnectionsOverTheLimitAreCountedAndSaid(t *testing.T) {
	var log lines
	s := serve(t, Options{
		Handler: http.NotFoundHandler(), Limits: Limits{Connections: 1}, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	peertest.Dial(t, s.Addr().String())
	for s.Connections().Open == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 5 {
		if _, err := peertest.Dial(t, s.Addr().String()).Read(make([]byte, 1)); err == nil {
			t.Error("it was answered")
		}
	}
	c := s.Connections()
	if c.Open != 1 || c.Max != 1 || c.Refused != 5 || len(c.Trouble) != 1 ||
		c.Trouble[0] != "connections are refused: limits.connections is reached" {
		t.Errorf("%+v", c)
	}
	for end := time.Now().Add(20 * time.Second); log.String() == "" && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it is counted before it is said
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 ||
		!strings.Contains(log.String(), "limits.connections") {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// TestRunningOutOfDescriptorsIsCountedAndSaid leaves one descriptor, which the client takes.
func TestRunningOutOfDescriptorsIsCountedAndSaid(t *testing.T) {
	var log lines
	s := serve(t, Options{Handler: http.NotFoundHandler(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	next, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	free := uint64(next.Fd())
	next.Close()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: free + 1, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	conn, dialErr := net.Dial("tcp", s.Addr().String())
	for end := time.Now().Add(20 * time.Second); s.Connections().Failed == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	c := s.Connections()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if dialErr != nil {
		t.Fatal(dialErr)
	}
	defer conn.Close()
	if c.Failed == 0 || len(c.Trouble) != 1 || !strings.HasPrefix(c.Trouble[0], "connections can't be accepted") {
		t.Errorf("%+v", c)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 ||
		!strings.Contains(log.String(), "too many open files") {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("once there are some again: %v", err)
	}
}
