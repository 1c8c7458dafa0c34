package app

import (
	"io"
	"net"
	"net/http"
	"strings"
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
