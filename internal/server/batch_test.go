package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair returns both ends of a TCP connection, the first of which batches.
func pair(t *testing.T) (batching, plain net.Conn) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	plain, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if batching, err = (&batchListener{Listener: listener, patience: time.Minute}).Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		plain.Close()
		batching.Close()
	})
	return batching, plain
}

func TestEveryByteArrivesOnceAndInOrder(t *testing.T) {
	conn, peer := pair(t)
	const writers, lines = 8, 500
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range lines {
				if _, err := conn.Write(bytes.Repeat([]byte{byte('a' + w)}, 1+i%7)); err != nil {
					t.Error(err)
					return
				}
				if _, err := conn.Write([]byte("\n")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() {
		wait.Wait()
		conn.Close() // and nothing is lost by that
	}()
	got, err := io.ReadAll(peer)
	if err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		want := 0
		for i := range lines {
			want += 1 + i%7
		}
		if n := strings.Count(string(got), string(rune('a'+w))); n != want {
			t.Errorf("%d bytes of writer %d arrived, want %d", n, w, want)
		}
	}
	if n := bytes.Count(got, []byte("\n")); n != writers*lines {
		t.Errorf("%d ends of lines arrived, want %d", n, writers*lines)
	}
}

func TestWritesOfOneWriterKeepTheirOrder(t *testing.T) {
	conn, peer := pair(t)
	var want bytes.Buffer
	for i := range 5000 {
		want.WriteByte(byte(i))
		if _, err := conn.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.(*batchConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(peer)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes arrived, error %v, want %d in order", len(got), err, want.Len())
	}
}

// TestLargeAndSmallWritesKeepTheirOrder goes over the size from which a buffer isn't used again.
func TestLargeAndSmallWritesKeepTheirOrder(t *testing.T) {
	conn, peer := pair(t)
	var want bytes.Buffer
	for i := range 80 {
		want.Write(bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1+(i%4)*maxBatch/3))
	}
	go func() {
		defer conn.Close()
		for rest := want.Bytes(); len(rest) > 0; {
			n := min(len(rest), 1+len(rest)%(maxBatch+maxBatch/2))
			if _, err := conn.Write(rest[:n]); err != nil {
				t.Error(err)
				return
			}
			rest = rest[n:]
		}
	}()
	got, err := io.ReadAll(peer)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes arrived, error %v, want %d in order", len(got), err, want.Len())
	}
}

func TestAWriterWaitsForAPeerThatDoesNotRead(t *testing.T) {
	conn, peer := pair(t)
	if err := conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	written := 0
	for range 1000 { // 64 MB, far more than the system's buffers hold
		n, err := conn.Write(block)
		written += n
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the write failed with %v", err)
		}
		c := conn.(*batchConn)
		c.mu.Lock()
		held := cap(c.pending)
		c.mu.Unlock()
		if held > 4*maxBatch {
			t.Errorf("%d bytes are held for a peer that doesn't read", held)
		}
		peer.Close()
		return
	}
	t.Errorf("%d bytes were taken for a peer that doesn't read", written)
}

func TestAPeerThatIsGoneFailsTheNextWrites(t *testing.T) {
	conn, peer := pair(t)
	if err := peer.(*net.TCPConn).SetLinger(0); err != nil { // RST
		t.Fatal(err)
	}
	peer.Close()
	for {
		if _, err := conn.Write([]byte("x")); err != nil {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Errorf("close after that: %v", err)
	}
}

func TestClosingDoesNotWaitForAPeerThatDoesNotReadForever(t *testing.T) {
	conn, _ := pair(t)
	full := make(chan struct{})
	go func() {
		defer close(full)
		for {
			if _, err := conn.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}()
	for blocked := false; !blocked; {
		c := conn.(*batchConn)
		c.mu.Lock()
		blocked = len(c.pending) >= maxBatch
		c.mu.Unlock()
		runtime.Gosched()
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	<-full
}
