// Package hostile attacks the server with peers that break HTTP/2's rules, or keep to them in bad faith. The server
// runs in a process of its own, so that its memory is its own.
package hostile

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

const (
	// attackTime is how long each attacker goes on.
	attackTime = 700 * time.Millisecond
	// maxMemory bounds what the server may hold at any time: of it, the attackers' 4 connections can claim 4096 streams
	// each, with a goroutine or two and an answer for each stream.
	maxMemory = 768 << 20
	attackers = 4
)

// TestNeighboursAreServedDuringAnAttackAndMemoryIsBounded attacks the ordinary way; the relay's test is its twin.
func TestNeighboursAreServedDuringAnAttackAndMemoryIsBounded(t *testing.T) {
	binary := build(t)
	withstand(t, maxMemory, func(t *testing.T) (*victim, func() int) {
		s := start(t, binary)
		return s, s.neighbour(t)
	})
}

// withstand makes every attack on a victim of its own, which has neighbours that were called at least once. What stop
// returns is how often they were.
func withstand(t *testing.T, most int, prepare func(*testing.T) (v *victim, stop func() int)) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			v, stop := prepare(t)
			before := v.goroutines(t)
			var wait sync.WaitGroup
			for range attackers {
				wait.Go(func() {
					for end := time.Now().Add(attackTime); time.Now().Before(end); {
						connect(v.addr, end, attack)
					}
				})
			}
			wait.Wait()
			calls := stop()
			v.calmsDown(t, before)
			peak := v.peak(t)
			t.Logf("%d calls of neighbours were served, memory peaked at %d MiB", calls, peak>>20)
			if calls == 0 || peak > most {
				t.Errorf("%d calls of neighbours were served, memory peaked at %d MiB", calls, peak>>20)
			}
		})
	}
}

// TestConnectionsThatSayNothingAreClosed opens more connections than the server takes, each silent in one way.
func TestConnectionsThatSayNothingAreClosed(t *testing.T) {
	s := start(t, build(t))
	before := s.goroutines(t)
	stop := s.neighbour(t)
	for _, says := range []string{"", http2.ClientPreface, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "} {
		var conns []net.Conn
		for range 600 {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, says) // the server may refuse it by now
			conns = append(conns, conn)
		}
		for _, conn := range conns {
			_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // an open connection can
			if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
				t.Fatalf("a connection that says %q stays open", says)
			}
		}
	}
	if calls := stop(); calls < 10 {
		t.Errorf("%d calls of a neighbour were served", calls)
	}
	s.calmsDown(t, before)
	if peak := s.peak(t); peak > maxMemory {
		t.Errorf("memory peaked at %d MiB", peak>>20)
	}
}

// peer is an attacker's connection.
type peer struct {
	conn   net.Conn
	framer *http2.Framer
	coder  *hpack.Encoder
	coded  bytes.Buffer
	end    time.Time
	deaf   atomic.Bool
	err    error
}

func connect(addr string, end time.Time, attack func(*peer)) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(end) // an open connection can
	p := &peer{conn: conn, framer: http2.NewFramer(conn, nil), end: end}
	p.framer.AllowIllegalWrites = true
	p.coder = hpack.NewEncoder(&p.coded)
	_, p.err = io.WriteString(conn, http2.ClientPreface)
	p.try(p.framer.WriteSettings())
	var wait sync.WaitGroup
	wait.Go(func() {
		buf := make([]byte, 64<<10)
		for !p.deaf.Load() {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	})
	attack(p)
	conn.Close() // ends the reader
	wait.Wait()
}

func (p *peer) goesOn() bool { return p.err == nil && time.Now().Before(p.end) }

func (p *peer) try(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *peer) encode(name, value string) []byte {
	p.coded.Reset()
	_ = p.coder.WriteField(hpack.HeaderField{Name: name, Value: value}) // to memory
	return bytes.Clone(p.coded.Bytes())
}

// block is the header of a gRPC call, with a field of the given value if there is one.
func (p *peer) block(method, large string) (block []byte) {
	for _, field := range [][2]string{
		{":method", method}, {":scheme", "http"}, {":path", routrpbconnect.ProcessorProcessMessageProcedure},
		{":authority", "x"}, {"content-type", "application/grpc"}, {"te", "trailers"}, {"x-large", large},
	} {
		if field[1] != "" {
			block = append(block, p.encode(field[0], field[1])...)
		}
	}
	return block
}

// call begins a gRPC call of a method.
func (p *peer) call(id uint32, path string) {
	var block []byte
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "x"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		block = append(block, p.encode(field[0], field[1])...)
	}
	p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true}))
}

// headers begins a call; large makes its header exceed what the server takes.
func (p *peer) headers(id uint32, large bool) {
	block := p.block("POST", map[bool]string{true: strings.Repeat("\x01", 200<<10)}[large])
	for first := true; first || len(block) > 0; first = false {
		part := block[:min(len(block), 16<<10)]
		block = block[len(part):]
		if first {
			p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: part,
				EndHeaders: len(block) == 0}))
		} else {
			p.try(p.framer.WriteContinuation(id, len(block) == 0, part))
		}
	}
}

// victim is a running server.
type victim struct {
	addr string
	pid  int
	page string // says how many goroutines there are
}

// count is that number in a page: alone, or as a metric.
var count = regexp.MustCompile(`(?m)^(?:go_goroutines )?(\d+)$`)

func build(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "server")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary,
		"./server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func start(t *testing.T, binary string) *victim {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait() // killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &victim{addr: strings.TrimSpace(line), pid: command.Process.Pid, page: "/goroutines"}
}

// neighbour calls the server until it is stopped, and then says how often. A call that fails fails the test, and so
// does an answer that isn't, byte for byte, the echo of its request.
func (v *victim) neighbour(t *testing.T) (stop func() int) {
	t.Helper()
	client, err := grpc.NewClient(v.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls, done := 0, make(chan struct{})
	ready := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			limited, end := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			sent, echoed := message(calls), &routrpb.MessageRequest{}
			err := client.Invoke(limited, routrpbconnect.ProcessorProcessMessageProcedure, sent, echoed)
			end()
			if err != nil {
				t.Errorf("a neighbour's call failed: %v", err)
			} else if !bytes.Equal(wire(t, sent), wire(t, echoed)) {
				t.Errorf("a neighbour sent %v and got %v", sent, echoed)
			}
			if calls++; calls == 1 {
				close(ready)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	<-ready
	return func() int {
		cancel()
		<-done
		client.Close() // the calls are over
		return calls
	}
}

// message is the neighbour's n-th. Its size differs from that of the one before.
func message(n int) *routrpb.MessageRequest {
	ref := fmt.Sprintf("neighbour-%d", n)
	return &routrpb.MessageRequest{Ref: ref, Message: &routrpb.SIPMessage{Body: strings.Repeat(ref+"\r\n", n%200)}}
}

func wire(t *testing.T, m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Error(err)
	}
	return data
}

func (v *victim) goroutines(t *testing.T) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	resp, err := client.Get("http://" + v.addr + v.page)
	if err != nil {
		return 1 << 30 // the limit of connections may be reached yet
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := count.FindSubmatch(page)
	if found == nil {
		return 1 << 30 // there may be no room for the page yet
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// calmsDown waits until the server has let go of the attackers.
func (v *victim) calmsDown(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		now := v.goroutines(t)
		if now <= before+5 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the server has %d goroutines, %d before the attack", now, before)
		}
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most resident memory that the server has had.
func (v *victim) peak(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.pid))
	if err != nil {
		t.Fatal(err)
	}
	found := highWater.FindSubmatch(data)
	if found == nil {
		t.Fatalf("no peak in:\n%s", data)
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

func TestAMessageThatIsTooLargeIsRefused(t *testing.T) {
	s := start(t, build(t))
	client, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	err = client.Invoke(t.Context(), routrpbconnect.ProcessorProcessMessageProcedure,
		&routrpb.MessageRequest{Ref: strings.Repeat("x", 5<<20)}, &routrpb.MessageRequest{})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("5 MiB give %v", err)
	}
}
