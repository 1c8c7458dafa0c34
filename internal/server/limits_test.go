package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// connections counts those that a gRPC client opens.
type connections struct{ opened atomic.Int64 }

func (c *connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (c *connections) HandleRPC(context.Context, stats.RPCStats)                         {}
func (c *connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c *connections) HandleConn(_ context.Context, s stats.ConnStats) {
	if _, ok := s.(*stats.ConnBegin); ok {
		c.opened.Add(1)
	}
}

// empty answers every gRPC call with an empty message.
var empty = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = w.Write(make([]byte, 5))
	w.Header().Set("Grpc-Status", "0")
})

type nothing struct{}

func (nothing) Name() string                { return "proto" }
func (nothing) Marshal(any) ([]byte, error) { return nil, nil }
func (nothing) Unmarshal([]byte, any) error { return nil }

func TestOldConnectionsAreReplacedAndNoCallFails(t *testing.T) {
	s := serve(t, Options{Handler: empty, Limits: Limits{MaxConnectionAge: 100 * time.Millisecond}})
	var seen connections
	client, err := grpc.NewClient(s.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(&seen), grpc.WithDefaultCallOptions(grpc.ForceCodec(nothing{})))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var calls atomic.Int64
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for seen.opened.Load() < 10 && !t.Failed() {
				if err := client.Invoke(t.Context(), "/a/b", nil, nil); err != nil {
					t.Error(err)
				}
				calls.Add(1)
			}
		})
	}
	wait.Wait()
	t.Logf("%d calls on %d connections", calls.Load(), seen.opened.Load())
}

func TestAnOldHTTP1ConnectionIsClosedWithItsAnswer(t *testing.T) {
	s := serve(t, Options{Handler: empty, Limits: Limits{MaxConnectionAge: time.Nanosecond}})
	conn := peertest.Dial(t, s.Addr().String()) // older than that when it asks, however late it is accepted
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Close || resp.StatusCode != http.StatusOK {
		t.Errorf("status %d, close %v", resp.StatusCode, resp.Close)
	}
}

func TestAConnectionAboveTheLimitIsClosedUntilThereIsRoom(t *testing.T) {
	s := serve(t, Options{Handler: empty, Limits: Limits{Connections: 2}})
	first, second := peertest.Dial(t, s.Addr().String()), peertest.Dial(t, s.Addr().String())
	for _, conn := range []net.Conn{first, second} {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(peertest.Dial(t, s.Addr().String())); err == nil {
		t.Fatal("a third connection is served")
	}
	if err := ask(first); err != nil {
		t.Errorf("an open connection isn't served any more: %v", err)
	}
	second.Close()
	for end := time.Now().Add(20 * time.Second); ask(peertest.Dial(t, s.Addr().String())) != nil; {
		if time.Now().After(end) {
			t.Fatal("there is no room for a connection after another one has left")
		}
	}
}

// ask sends a request over HTTP/1.1 and reads the answer.
func ask(conn net.Conn) error {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// TestAnAnswerThatIsNotTakenIsGivenUp asks with a window of 0.
func TestAnAnswerThatIsNotTakenIsGivenUp(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"written": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100_000)) },
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
		},
		"returned": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{Handler: handler, Limits: Limits{WriteTimeout: 100 * time.Millisecond}})
			conn := peertest.Dial(t, s.Addr().String())
			framer := request(t, conn, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
			if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			for {
				frame, err := framer.ReadFrame()
				if err != nil {
					t.Fatal(err)
				}
				if reset, ok := frame.(*http2.RSTStreamFrame); ok {
					if reset.StreamID != 1 {
						t.Errorf("stream %d is reset", reset.StreamID)
					}
					return
				}
			}
		})
	}
}

func TestAnAnswerMayTakeLongerThanTheWriteTimeout(t *testing.T) {
	const patience = time.Second // a write takes as long where the machine is busy
	s := serve(t, Options{Limits: Limits{WriteTimeout: patience}, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			for range 2 {
				time.Sleep(patience + patience/10)
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
			}
		})})
	client := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	defer client.CloseIdleConnections()
	client.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	resp, err := client.Get("http://" + s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "xx" {
		t.Errorf("got %q, error %v", body, err)
	}
}

func TestABodyThatTricklesIsCutOff(t *testing.T) {
	failed := make(chan error, 1)
	s := serve(t, Options{Limits: Limits{ReadTimeout: 100 * time.Millisecond}, Handler: http.HandlerFunc(
		func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			failed <- err
		})})
	conn := peertest.Dial(t, s.Addr().String())
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := <-failed; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("the body ends with %v", err)
	}
}

// request opens HTTP/2 on a connection and asks for something on stream 1.
func request(t *testing.T, conn net.Conn, settings ...http2.Setting) *http2.Framer {
	t.Helper()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(settings...); err != nil {
		t.Fatal(err)
	}
	var block writerTo
	encoder := hpack.NewEncoder(&block)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "x"}} {
		if err := encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	err := framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block, EndStream: true, EndHeaders: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return framer
}

type writerTo []byte

func (w *writerTo) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
