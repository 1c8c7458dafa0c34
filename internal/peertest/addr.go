package peertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// given are the addresses that FreeAddr has returned: none is two tests' of a package.
var given sync.Map

// FreeAddr returns an address of this machine on which nothing listens. Its port is below those that the kernel hands
// out, so that no connection takes it before the test does, nor a listener that asks for any port.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_768))
		if _, taken := given.LoadOrStore(addr, true); taken {
			continue
		}
		if l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// Await returns when somebody listens on addr.
func Await(t testing.TB, addr string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nobody listens on %s: %v", addr, err)
		}
	}
}
