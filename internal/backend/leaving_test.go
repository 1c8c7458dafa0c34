package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// patient is an HTTP/2 server that answers no call before it is told to, and counts the streams that are reset.
type patient struct {
	Addr                  string
	conns, streams, reset atomic.Int32
	release               chan struct{}
}

func startPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{release: make(chan struct{})}
	p.Addr = peertest.Serve(t, func(conn net.Conn) {
		defer conn.Close()
		p.conns.Add(1)
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := conn.Read(preface); err != nil {
			return
		}
		var write sync.Mutex
		fr := http2.NewFramer(conn, conn)
		fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		_ = fr.WriteSettings() // a client that has gone shows up in ReadFrame
		var answers sync.WaitGroup
		defer answers.Wait()
		open := map[uint32]bool{}
		for {
			frame, err := fr.ReadFrame()
			if err != nil {
				return
			}
			write.Lock()
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = fr.WriteSettingsAck() // see above
				}
			case *http2.PingFrame:
				if !frame.IsAck() {
					_ = fr.WritePing(true, frame.Data) // see above
				}
			case *http2.RSTStreamFrame:
				delete(open, frame.StreamID)
				p.reset.Add(1)
			case *http2.DataFrame:
				if frame.StreamEnded() {
					id := frame.StreamID
					open[id] = true
					p.streams.Add(1)
					answers.Go(func() {
						select {
						case <-p.release:
						case <-t.Context().Done():
							return
						}
						write.Lock()
						defer write.Unlock()
						if open[id] {
							answer(fr, id)
						}
					})
				}
			}
			write.Unlock()
		}
	})
	return p
}

func TestCallersThatLeaveByTheThousandResetFewStreams(t *testing.T) {
	t.Run("by going away", func(t *testing.T) { leaveByTheThousand(t, 0) })
	t.Run("by their deadline", func(t *testing.T) {
		wait := 3 * time.Second
		for !leaveByTheThousand(t, wait) { // on a busy machine not all have arrived by then
			wait *= 3
		}
	})
}

// leaveByTheThousand has callers leave when so much time is up; at 0 as soon as all have arrived. It reports false
// where it was up before.
func leaveByTheThousand(t *testing.T, wait time.Duration) (arrived bool) {
	const callers = 1000
	peer := startPatient(t)
	b := newBackend(t, peer.Addr, within(time.Hour), func(o *Options) { o.NoHealthCheck = true })
	began := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	if wait > 0 {
		ctx, cancel = context.WithTimeout(t.Context(), wait)
	}
	defer cancel()
	var all sync.WaitGroup
	var wrong atomic.Int32
	for n := range callers {
		all.Go(func() {
			_, err := b.ask(ctx, request(t, fmt.Sprint(n)), nil, nil)
			var failed *status.Error
			if !errors.As(err, &failed) ||
				failed.Code != status.Canceled && failed.Code != status.DeadlineExceeded {
				wrong.Add(1)
			}
		})
	}
	for ; peer.streams.Load() < callers; time.Sleep(time.Millisecond) {
		if ctx.Err() != nil {
			close(peer.release)
			all.Wait()
			return false
		}
	}
	done := make(chan error)
	go func() {
		_, err := b.ask(t.Context(), request(t, "bystander"), nil, nil)
		done <- err
	}()
	if wait == 0 {
		cancel()
	}
	<-ctx.Done()
	eventually(t, "some were reset", func() bool {
		return peer.reset.Load() >= resetsAtOnce && peer.streams.Load() == callers+1
	})
	close(peer.release)
	all.Wait()
	if err := <-done; err != nil {
		t.Errorf("a bystander: %v", err)
	}
	conns := int32(1)
	if *byLane { // which has a part of the calls, and grpc-go's connection the others
		conns++
	}
	most := conns * (resetsAtOnce + resetsAgain*int32(1+time.Since(began)/time.Second))
	late := int32(0)
	if *byLane { // a lane is replaced where so little came for so long, on a slow machine
		late = 1
	}
	made := peer.conns.Load()
	if got := peer.reset.Load(); got > most || made < conns || made > conns+late || wrong.Load() != 0 {
		t.Errorf("%d streams were reset, %d connections made, %d calls ended otherwise", got, made, wrong.Load())
	}
	unharmed(t, b)
	return true
}

// Go's own HTTP/2 server, which connect-go runs on, takes it for an attack where streams are reset whose handlers still
// run, and breaks the connection once four times as many wait as it lets run.
func TestCallersThatLeaveDoNotSetAServersGuardOff(t *testing.T) {
	streams, expected := int32(250), int32(1)
	if *byLane { // each connection takes so many streams
		expected++
		streams /= expected
	}
	const callers = 2500
	release := make(chan struct{})
	var begun, left, conns atomic.Int32
	server := &http.Server{
		ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: int(streams)},
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // the caller may have gone
		<-release
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = w.Write(make([]byte, 5)) // see above
		w.Header().Set("Grpc-Status", "0")
	})
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	listener := peertest.Listen(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close() // at once
		<-served
	})
	b := newBackend(t, listener.Addr().String(), within(time.Minute), func(o *Options) { o.NoHealthCheck = true })
	bystander := make(chan error)
	go func() {
		_, err := b.ask(t.Context(), request(t, "bystander"), nil, nil)
		bystander <- err
	}()
	eventually(t, "the bystander's call has begun", func() bool { return begun.Load() == 1 })
	var all sync.WaitGroup
	leave := make([]context.CancelFunc, callers)
	for n := range callers {
		var ctx context.Context
		ctx, leave[n] = context.WithCancel(t.Context())
		defer leave[n]()
		all.Go(func() {
			_, _ = b.ask(ctx, request(t, fmt.Sprint(n)), nil, nil) // it leaves
			left.Add(1)
		})
	}
	eventually(t, "as many have begun as it lets run", func() bool { return begun.Load() >= streams })
	for n := range callers { // others begin meanwhile
		leave[n]()
		time.Sleep(time.Millisecond / 5)
	}
	eventually(t, "most have left", func() bool { return left.Load() >= callers-streams*expected })
	close(release)
	if err := <-bystander; err != nil {
		t.Errorf("a bystander: %v", err)
	}
	all.Wait()
	if n := conns.Load(); n != expected {
		t.Errorf("%d connections were made", n)
	}
	unharmed(t, b)
}

func TestTheInstanceIsToldTheCallersDeadline(t *testing.T) {
	left := make(chan time.Duration, 2)
	peer := peertest.Start(t, func(ctx context.Context, data []byte) ([]byte, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return peertest.Echo()(ctx, data)
	})
	b := newBackend(t, peer.Addr, within(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, c := range []struct {
		ctx  context.Context
		most time.Duration
		min  time.Duration
	}{{ctx, time.Minute, 0}, {t.Context(), time.Hour, 2 * time.Minute}} {
		if _, err := b.ask(c.ctx, request(t, "x"), nil, nil); err != nil {
			t.Fatal(err)
		}
		if got := <-left; got > c.most || got < c.min {
			t.Errorf("the instance has %v left, of %v", got, c.most)
		}
	}
}

func TestResetsComeBackWithTime(t *testing.T) {
	var r resets
	now := time.Now()
	taken := func() (n int) {
		for r.take(now) {
			n++
		}
		return n
	}
	if n := taken(); n != resetsAtOnce {
		t.Errorf("%d at once", n)
	}
	now = now.Add(2 * time.Second)
	if n := taken(); n != 2*resetsAgain {
		t.Errorf("%d after two seconds", n)
	}
	now = now.Add(time.Hour)
	if n := taken(); n != resetsAtOnce {
		t.Errorf("%d after an hour", n)
	}
}
