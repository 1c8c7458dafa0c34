package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// listening is a server that a test shuts down itself.
type listening struct {
	*Server
	served chan error
}

func listen(t *testing.T, opts Options) *listening {
	t.Helper()
	opts.Addr = "127.0.0.1:0"
	s, err := Listen(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	l := &listening{s, make(chan error, 1)}
	go func() { l.served <- s.Serve() }()
	return l
}

// end shuts down within a time, and returns how that went and how long it took.
func (l *listening) end(t *testing.T, within time.Duration) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	began := time.Now()
	err := l.Shutdown(ctx)
	took := time.Since(began)
	if err := <-l.served; err != nil {
		t.Error(err)
	}
	return took, err
}

// framed is an HTTP/2 connection by hand.
type framed struct {
	net.Conn
	*http2.Framer
}

func frames(t *testing.T, conn net.Conn) framed {
	t.Helper()
	f := framed{conn, http2.NewFramer(conn, conn)}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.WriteSettings(), f.WriteSettingsAck()); err != nil {
		t.Fatal(err)
	}
	f.until(t, "the settings are acknowledged", func(frame http2.Frame) bool {
		s, ok := frame.(*http2.SettingsFrame)
		return ok && s.IsAck()
	})
	return f
}

func (f framed) until(t *testing.T, what string, holds func(http2.Frame) bool) {
	t.Helper()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if holds(frame) {
			return
		}
	}
}

// begin opens a stream without ending it.
func (f framed) begin(t *testing.T, id uint32) {
	t.Helper()
	var block strings.Builder
	headers := hpack.NewEncoder(&block)
	for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "x"}} {
		if err := headers.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: []byte(block.String()), EndHeaders: true,
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAnIdleConnectionDoesntHoldTheEndUp takes the best of several times, since the machine may be busy. net/http by
// itself takes a second each time.
func TestAnIdleConnectionDoesntHoldTheEndUp(t *testing.T) {
	const bar = 100 * time.Millisecond
	for name, secure := range map[string]bool{"clear text": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			best := time.Hour
			for try := 0; try < 20 && best > bar; try++ {
				opts := Options{Handler: http.NotFoundHandler()}
				var ca *authority
				if secure {
					ca = newAuthority(t)
					files := ca.files(t, t.TempDir(), "one")
					opts.TLS = &files
				}
				s := listen(t, opts)
				goaway, gone := make(chan struct{}), make(chan error, 1)
				conn := framed{}
				if secure {
					dialer := tls.Dialer{Config: &tls.Config{RootCAs: ca.pool, NextProtos: []string{"h2"}}}
					secured, err := dialer.DialContext(t.Context(), "tcp", s.Addr().String())
					if err != nil {
						t.Fatal(err)
					}
					conn = frames(t, secured)
				} else {
					conn = frames(t, peertest.Dial(t, s.Addr().String()))
				}
				go func() { // a peer that closes when it is told that nothing more comes, and not before
					defer conn.Close()
					for {
						frame, err := conn.ReadFrame()
						if err != nil {
							gone <- err
							return
						}
						if _, ok := frame.(*http2.GoAwayFrame); ok {
							close(goaway)
						}
					}
				}()
				took, err := s.end(t, time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				if err := <-gone; !errors.Is(err, io.EOF) {
					t.Errorf("the connection didn't end in order: %v", err)
				}
				select {
				case <-goaway:
				default:
					t.Error("it ended without GOAWAY")
				}
				best = min(best, took)
			}
			if best > bar {
				t.Errorf("the end took %v at best", best)
			}
		})
	}
}

// TestNoCallIsLostAtTheEnd has callers that don't stop calling. What was handled was answered, and what wasn't says so
// in a way that gRPC takes for "never processed", or finds nobody listening any more.
func TestNoCallIsLostAtTheEnd(t *testing.T) {
	for range 10 {
		var handled, answered atomic.Int64
		s := listen(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handled.Add(1)
			empty.ServeHTTP(w, r)
		})})
		var callers sync.WaitGroup
		begun := make(chan struct{}, 100)
		for range 8 {
			conn, err := grpc.NewClient(s.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for range 4 {
				callers.Go(func() {
					for i := 0; ; i++ {
						err := conn.Invoke(context.Background(), "/x/y", nil, nil, grpc.ForceCodec(nothing{}))
						if i == 20 {
							begun <- struct{}{}
						}
						if err == nil {
							answered.Add(1)
							continue
						}
						if text := err.Error(); status.Code(err) != codes.Unavailable ||
							!strings.Contains(text, "Error while dialing") && !strings.Contains(text, "preface") {
							t.Errorf("a call was lost: %v", err)
						}
						return
					}
				})
			}
		}
		for range 8 {
			<-begun
		}
		if _, err := s.end(t, time.Minute); err != nil {
			t.Fatal(err)
		}
		callers.Wait()
		if handled.Load() != answered.Load() {
			t.Errorf("%d calls were handled, %d answered", handled.Load(), answered.Load())
		}
	}
}

// TestWhatNeverComesDoesntHoldTheEndUp has requests that would hold it for limits.readTimeout, an hour here.
func TestWhatNeverComesDoesntHoldTheEndUp(t *testing.T) {
	waits := make(chan struct{}, 10)
	s := listen(t, Options{
		Limits: Limits{ReadTimeout: time.Hour, ReadHeaderTimeout: time.Hour},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			waits <- struct{}{}
			if _, err := io.ReadAll(r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusRequestTimeout)
			}
		}),
	})
	addr := s.Addr().String()
	peertest.Dial(t, addr) // and says nothing
	for _, text := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Le", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
	} {
		if _, err := io.WriteString(peertest.Dial(t, addr), text); err != nil {
			t.Fatal(err)
		}
	}
	open := frames(t, peertest.Dial(t, addr))
	open.begin(t, 1)
	half := frames(t, peertest.Dial(t, addr))
	half.begin(t, 1)
	if err := half.WriteData(1, false, []byte("half a mess")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-waits
	}
	if _, err := s.end(t, 20*time.Second); err != nil {
		t.Error(err)
	}
}

// TestWhatComesLateIsAnsweredAllTheSame has bodies that come after the drain began, and a handler that takes longer
// than bodyPatience for them.
func TestWhatComesLateIsAnsweredAllTheSame(t *testing.T) {
	waits := make(chan struct{}, 2)
	s := listen(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		waits <- struct{}{}
		body, err := io.ReadAll(r.Body)
		select {
		case <-time.After(bodyPatience + bodyPatience/2):
		case <-r.Context().Done():
			err = r.Context().Err()
		}
		fmt.Fprintf(w, "%s %v", body, err)
	})})
	var callers sync.WaitGroup
	answers := make(chan string, 2)
	for name, client := range map[string]*http.Client{
		"HTTP/1.1": {Transport: &http.Transport{}}, "HTTP/2": unencrypted(),
	} {
		defer client.CloseIdleConnections()
		body, sends := io.Pipe()
		callers.Go(func() {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
				"http://"+s.Addr().String(), body)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				answers <- name + ": " + err.Error()
				return
			}
			defer resp.Body.Close()
			text, err := bufio.NewReader(resp.Body).ReadString(0)
			if !errors.Is(err, io.EOF) {
				text += err.Error()
			}
			answers <- text
		})
		<-waits
		time.AfterFunc(50*time.Millisecond, func() { _, _ = io.WriteString(sends, "late"); sends.Close() })
	}
	if _, err := s.end(t, time.Minute); err != nil {
		t.Error(err)
	}
	for range 2 {
		if got := <-answers; got != "late <nil>" {
			t.Errorf("got %q", got)
		}
	}
	callers.Wait()
}

// TestTheLastAnswerLeavesBeforeTheConnectionEnds has net/http come to a halt after it called a connection of HTTP/2
// idle and before it wrote the end of the last answer on it, long after GOAWAY was written.
func TestTheLastAnswerLeavesBeforeTheConnectionEnds(t *testing.T) {
	for name, secure := range map[string]bool{"clear text": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{})
			opts := Options{Addr: "127.0.0.1:0"}
			opts.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(asked)
				time.Sleep(4 * quiet)
				fmt.Fprint(w, "answered")
			})
			client, scheme := unencrypted(), "http://"
			if secure {
				ca := newAuthority(t)
				files := ca.files(t, t.TempDir(), "one")
				opts.TLS = &files
				client, scheme = ca.client(t), "https://"
			}
			defer client.CloseIdleConnections()
			server, err := Listen(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			server.http.ConnState = func(conn net.Conn, state http.ConnState) {
				noteState(conn, state)
				if state == http.StateIdle {
					time.Sleep(20 * drainInterval)
				}
			}
			s := &listening{server, make(chan error, 1)}
			go func() { s.served <- s.Serve() }()
			var caller sync.WaitGroup
			caller.Go(func() {
				resp, err := client.Get(scheme + s.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if got, err := io.ReadAll(resp.Body); string(got) != "answered" || err != nil || resp.ProtoMajor != 2 {
					t.Errorf("got %q by %s, %v", got, resp.Proto, err)
				}
			})
			<-asked
			if _, err := s.end(t, time.Minute); err != nil {
				t.Error(err)
			}
			caller.Wait()
		})
	}
}

// TestARequestThatIsGivenUpDoesntHoldTheEndUp has a peer give up the last request of a connection while the server
// drains: nothing is written after that, and the connection ends all the same.
func TestARequestThatIsGivenUpDoesntHoldTheEndUp(t *testing.T) {
	given, asked := make(chan struct{}), make(chan struct{})
	s := listen(t, Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(given)
	})})
	conn := frames(t, peertest.Dial(t, s.Addr().String()))
	conn.begin(t, 1)
	<-asked
	var peer sync.WaitGroup
	peer.Go(func() {
		for {
			frame, err := conn.ReadFrame()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("the connection didn't end in order: %v", err)
				}
				conn.Close()
				return
			}
			if _, ok := frame.(*http2.GoAwayFrame); ok {
				if err := conn.WriteRSTStream(1, http2.ErrCodeCancel); err != nil {
					t.Error(err)
				}
			}
		}
	})
	took, err := s.end(t, time.Minute)
	if err != nil {
		t.Error(err)
	}
	peer.Wait()
	<-given
	t.Logf("the end took %v", took)
}

func unencrypted() *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: &protocols}}
}

// TestAForcedEndCutsAllOffAtOnce has peers that read nothing of an answer that doesn't fit between them and the
// server. Closed one after another they take a second each.
func TestAForcedEndCutsAllOffAtOnce(t *testing.T) {
	const peers = 8
	writes := make(chan struct{}, peers)
	s := listen(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for i := range 64 {
			if _, err := w.Write(piece); err != nil {
				return
			}
			if i == 0 {
				writes <- struct{}{}
			}
		}
	})})
	for range peers {
		if _, err := io.WriteString(peertest.Dial(t, s.Addr().String()),
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-writes
	}
	took, err := s.end(t, time.Millisecond)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took > peers*closeTimeout/2 {
		t.Errorf("it took %v", took)
	}
}
