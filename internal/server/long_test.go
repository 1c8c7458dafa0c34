package server

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestALongWriteWaitsForItsPeer has a handler write more than any buffer holds to a peer that reads nothing at first.
func TestALongWriteWaitsForItsPeer(t *testing.T) {
	const long = 64 << 20
	written := make(chan int, 1)
	s := serve(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n, _ := w.Write(make([]byte, long)) // what is there when the peer leaves
		written <- n
	})})
	peer := peertest.Dial(t, s.Addr().String())
	if _, err := io.WriteString(peer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-written:
		t.Error("the write is over, and nobody has read")
	case <-time.After(200 * time.Millisecond): // it never comes where writes wait
	}
	if n, err := io.Copy(io.Discard, peer); err != nil || n < long {
		t.Errorf("%d bytes came: %v", n, err)
	}
	if n := <-written; n != long {
		t.Errorf("%d bytes were written", n)
	}
}
