package relay

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// FuzzFrames sends all sorts of frames as an EdgePort: the connection ends when its peer leaves, nothing is left of it,
// and a neighbour on another connection gets right answers. FuzzLane in package backend is the other side's.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{
		"\x00\x00\x00\x13\x00", "\x00\x01\x00\x13\x01\x10\x02\x01\x13\x02",
		"\x02\x00\x00\x05\x13\x00\x06\x00\x00\x00\x00\x08",
		"\x08\x0e\xff\x06\x00\x00\x00\x00\x08\x0e\xff",
		"\x47\x00\x04\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00\x00\x00\x00\x13\x00",
		"\x0a\xf8\x7f\xff\xff\xff\x0e\x02", "\x09\x00\x00\x00\x00\x02\x00\x00\x13\x00",
		"\x0f\x00\x05\x82\x84\x86\xff\xff",
		"\x10\x03\x01\x00\x02\x00\x13\x01", "\x00\x00\x00\x05\x00\x00\x0e\xff\x13\x00",
		"\x00\x00\x00\x25\x00\x01\x05\x0e\x20",
		"\x0d\x18PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x02\x00\x00\x00\x0e\xff", "\x00\x00\x00\x03\x00\x03\x00\x13\x00",
	} {
		f.Add(byte(0), []byte(s))
		f.Add(byte(7), []byte(s))
	}
	a := newArena(f)
	f.Fuzz(func(t *testing.T, how byte, text []byte) {
		if len(text) > 4<<10 {
			return
		}
		a.attack(t, how, text)
		a.neighbour(t)
		a.settles(t)
	})
}

// arena is a dispatcher with a neighbour.
type arena struct {
	*side
	client     *grpc.ClientConn
	request    []byte
	answer     string
	goroutines int
	rounds     int
	script     peertest.Script
}

func newArena(f *testing.F) *arena {
	listener := &counting{Listener: peertest.Listen(f)}
	peer := peertest.StartOn(f, listener, peertest.Echo())
	a := &arena{side: serve(f, config.RelayAuto, processors(peer.Addr)), request: invite("neighbour")}
	a.client = grpcClient(f, a.addr, insecure.NewCredentials())
	for end := time.Now().Add(patience); listener.taken.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.Fatal("the dispatcher has no lane to its processor")
		}
	}
	for range 10 {
		if a.answer = invoke(f.Context(), a.client, a.request); !strings.Contains(a.answer, "sip.local") {
			f.Fatalf("the neighbour gets %s", a.answer)
		}
	}
	a.get(f, "/metrics") // the connections that stay are there
	a.goroutines = runtime.NumGoroutine()
	a.script = peertest.Script{First: 1, Message: enveloped(0, invite("fuzz")), Blocks: [][]byte{
		peertest.Literal(grpcHeader(procedure)...),
		peertest.Literal(grpcHeader(procedure, "grpc-encoding", "gzip")...),
		peertest.Literal(grpcHeader("/grpc.health.v1.Health/Watch")...),
		peertest.Literal(":method", "GET", ":scheme", "http", ":path", "/healthz", ":authority", "x"),
		peertest.Literal("x-trailer", "1"),
		peertest.Literal(grpcHeader(procedure, "content-length", "10")...),
		peertest.Literal(grpcHeader(procedure, "grpc-timeout", "1m")...),
		peertest.Literal(grpcHeader("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")...),
	}}
	return a
}

// counting is a listener that counts the connections that it took.
type counting struct {
	net.Listener
	taken atomic.Int32
}

func (l *counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.taken.Add(1)
	}
	return conn, err
}

// processors is a configuration whose limits on time are short, so that whoever doesn't go on is soon gone.
func processors(addr string) string {
	return `  limits: {readHeaderTimeout: 1s, readTimeout: 1s, writeTimeout: 1s, idleTimeout: 1s}
  processors: [{ref: one, addr: "` + addr + `", methods: [INVITE], matchFunc: req => true}]
`
}

// attack is one connection; what how's bits say differs.
func (a *arena) attack(t *testing.T, how byte, text []byte) {
	conn, err := net.Dial("tcp", a.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience)) // it is open
	over := make(chan error, 1)
	go func() {
		if how&1 != 0 { // it reads nothing before it has said all
			over <- nil
			return
		}
		_, err := io.Copy(io.Discard, conn)
		over <- err
	}()
	hello := []byte(http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	said := append(hello, a.script.Frames(text)...)
	piece := len(said)
	if how&2 != 0 {
		piece = 1 + int(how>>2)
	}
	for ; len(said) > 0; piece = max(piece, 64) { // the rest faster
		n := min(len(said), piece)
		if _, err := conn.Write(said[:n]); err != nil {
			break // it was cut off
		}
		said = said[n:]
	}
	_ = conn.(*net.TCPConn).CloseWrite() // it may be cut off
	if how&1 != 0 {
		_, _ = io.Copy(io.Discard, conn)
	}
	if err := <-over; err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection stays open when its peer has left: %v", err)
	}
}

func (a *arena) neighbour(t *testing.T) {
	if answer := invoke(t.Context(), a.client, a.request); answer != a.answer {
		t.Errorf("the neighbour gets %s, and before %s", answer, a.answer)
	}
}

// settles waits until there is nothing left of an attack.
func (a *arena) settles(t *testing.T) {
	const most = 5 // that come and go; those that stay are soon more
	for end := time.Now().Add(patience); runtime.NumGoroutine() > a.goroutines+most; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), a.goroutines,
				stacks[:runtime.Stack(stacks, true)])
		}
	}
	if a.rounds++; a.rounds%32 != 0 {
		return
	}
	var memory runtime.MemStats
	if runtime.ReadMemStats(&memory); memory.HeapInuse > 512<<20 {
		t.Errorf("%d MiB are in use", memory.HeapInuse>>20)
	}
	page := a.get(t, "/metrics")
	for _, line := range []string{"panics_total 0", `messages_in_flight 0`, `limit_used{limit="watches"} 0`} {
		if !strings.Contains(page, "\nroutr_dispatcher_"+line+"\n") {
			t.Errorf("the metrics don't have %s", line)
		}
	}
}
