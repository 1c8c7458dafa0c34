package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestReadyzSaysThatConnectionsAreRefused fills the limit on connections, with the one that asks among them.
func TestReadyzSaysThatConnectionsAreRefused(t *testing.T) {
	r := start(t, Options{}, yamlFor(peertest.Start(t, peertest.Echo()).Addr, "  limits: {connections: 2}"))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	readyz := func() string {
		resp, err := client.Get("http://" + r.addr + "/readyz")
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
	if text := readyz(); strings.Contains(text, "refused") {
		t.Fatalf("it begins with %q", text)
	}
	for range 3 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	const want = "connections are refused: limits.connections is reached"
	for end := time.Now().Add(20 * time.Second); !strings.Contains(readyz(), want); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it says %q", readyz())
		}
	}
}

// TestWithoutDescriptorsNoFileHasChanged looks at files while the process can open none.
func TestWithoutDescriptorsNoFileHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(path, []byte("a: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := &inputs{}
	for _, p := range []string{path, path + ".missing"} {
		_, _ = in.read(t.Context(), p, 100) // which notes the error
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	without := func(look func(context.Context) *inputs) *inputs {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
				t.Fatal(err)
			}
		}()
		return look(t.Context())
	}
	if now := without(in.again); !now.same(in) {
		t.Errorf("files changed from %v to %v", in.files, now.files)
	}
	if err := os.WriteFile(path, []byte("a: 2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if in.again(t.Context()).same(in) {
		t.Error("a change isn't seen")
	}
}
