// Package peertest runs real peers for tests: gRPC servers in the place of processors and middlewares, programs that
// are started and signalled, and listeners that fail in the ways that networks do. Only tests import it.
package peertest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Handler answers a MessageRequest with a MessageResponse, both in their wire form.
type Handler func(ctx context.Context, request []byte) ([]byte, error)

// Call is one call that a Peer got.
type Call struct {
	Request  []byte
	Metadata metadata.MD
}

// maxKept bounds the bytes of the calls that a Peer keeps.
const maxKept = 64 << 20

// Peer is a running gRPC server.
type Peer struct {
	Addr   string
	Health *health.Server // what the peer says of itself; nil where it doesn't have the service

	server *grpc.Server
	mu     sync.Mutex
	calls  []Call
	kept   int // bytes of them
}

// Start serves handler on a free port of the loopback interface until the test ends.
func Start(t testing.TB, handler Handler) *Peer {
	t.Helper()
	return StartOn(t, Listen(t), handler)
}

// StartOn serves handler on listener until the test ends.
func StartOn(t testing.TB, listener net.Listener, handler Handler) *Peer {
	t.Helper()
	return StartWith(t, listener, handler)
}

// StartHealthy serves handler and grpc.health.v1 on a free port of the loopback interface until the test ends.
func StartHealthy(t testing.TB, handler Handler) *Peer {
	t.Helper()
	listener := Listen(t)
	p := &Peer{Addr: listener.Addr().String(), Health: health.NewServer()}
	server := grpc.NewServer(append(p.options(handler), grpc.ForceServerCodecV2(mixedCodec{}))...)
	grpc_health_v1.RegisterHealthServer(server, p.Health)
	p.start(t, listener, server)
	return p
}

// StartWith serves handler with further options, such as credentials.
func StartWith(t testing.TB, listener net.Listener, handler Handler, opts ...grpc.ServerOption) *Peer {
	t.Helper()
	p := &Peer{Addr: listener.Addr().String()}
	p.start(t, listener, grpc.NewServer(append(append(p.options(handler), grpc.ForceServerCodecV2(rawCodec{})),
		opts...)...))
	return p
}

// Stop ends the peer and its connections at once.
func (p *Peer) Stop() { p.server.Stop() }

// Leave tells the clients that the peer goes, and ends it when the calls in flight have ended.
func (p *Peer) Leave() { p.server.GracefulStop() }

func (p *Peer) options(handler Handler) []grpc.ServerOption {
	return []grpc.ServerOption{grpc.MaxRecvMsgSize(64 << 20), grpc.UnknownServiceHandler(
		func(_ any, stream grpc.ServerStream) error {
			if method, _ := grpc.MethodFromServerStream(stream); strings.HasPrefix(method, "/grpc.health.v1.") {
				return status.Error(codes.Unimplemented, "there is no such service")
			}
			var request []byte
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			md, _ := metadata.FromIncomingContext(stream.Context())
			p.record(Call{request, md})
			answer, err := handler(stream.Context(), request)
			if err != nil {
				return err
			}
			return stream.SendMsg(&answer)
		})}
}

func (p *Peer) start(t testing.TB, listener net.Listener, server *grpc.Server) {
	t.Helper()
	p.server = server
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() {
		server.Stop()
		<-served
	})
}

// Typed makes a Handler of a function over the generated messages.
func Typed(fn func(ctx context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error)) Handler {
	return func(ctx context.Context, request []byte) ([]byte, error) {
		var req routrpb.MessageRequest
		if err := proto.Unmarshal(request, &req); err != nil {
			return nil, err
		}
		answer, err := fn(ctx, &req)
		if err != nil {
			return nil, err
		}
		return proto.Marshal(answer)
	}
}

// Echo answers with the message, sender and metadata of the request.
func Echo() Handler {
	return Typed(func(_ context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		return &routrpb.MessageResponse{Message: req.GetMessage(), Sender: req.GetSender(),
			Metadata: req.GetMetadata()}, nil
	})
}

// Calls returns the calls that the peer got so far.
func (p *Peer) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Call(nil), p.calls...)
}

// record keeps a call, as long as there is room: no test looks at more.
func (p *Peer) record(c Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept += len(c.Request); p.kept <= maxKept {
		p.calls = append(p.calls, c)
	}
}

// rawCodec hands bytes over.
type rawCodec struct{}

func (rawCodec) Name() string { return "" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	data, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("peertest: can't send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(*data)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	to, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("peertest: can't receive a %T", v)
	}
	*to = data.Materialize()
	return nil
}

// mixedCodec takes messages of either kind.
type mixedCodec struct{ rawCodec }

func (c mixedCodec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(proto.Message); ok {
		data, err := proto.Marshal(m)
		return mem.BufferSlice{mem.SliceBuffer(data)}, err
	}
	return c.rawCodec.Marshal(v)
}

func (c mixedCodec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(proto.Message); ok {
		return proto.Unmarshal(data.Materialize(), m)
	}
	return c.rawCodec.Unmarshal(data, v)
}

// Listen opens a free port of the loopback interface until the test ends.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() }) // often closed before
	return listener
}

// ListenOn opens an address that was just in use, until the test ends.
func ListenOn(t testing.TB, addr string) net.Listener {
	t.Helper()
	for attempt := 0; ; attempt++ {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
		if err == nil {
			t.Cleanup(func() { listener.Close() }) // often closed before
			return listener
		}
		if attempt == 100 { // somebody else has the port for good
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Dial connects to addr until the test ends.
func Dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) // often closed before
	return conn
}

// Refusing returns an address where nobody listens, as FreeAddr does: one that was just in use may be anybody's next.
func Refusing(t testing.TB) (addr string) {
	t.Helper()
	return FreeAddr(t)
}

// BlackHole returns an address that takes connections and never says a word.
func BlackHole(t testing.TB) (addr string) {
	t.Helper()
	listener := Listen(t)
	serve(t, listener, func(conn net.Conn) {
		buf := make([]byte, 4<<10)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	})
	return listener.Addr().String()
}

// Proxy passes connections on to addr. What comes back from there goes through cut, which may close the connection.
func Proxy(t testing.TB, addr string, cut func(client net.Conn, answer []byte) (pass bool)) (proxyAddr string) {
	t.Helper()
	listener := Listen(t)
	serve(t, listener, func(client net.Conn) {
		upstream, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", addr)
		if err != nil {
			return
		}
		var wait sync.WaitGroup
		wait.Go(func() {
			pipe(upstream, client, func([]byte) bool { return true })
			upstream.Close() // ends the other direction
		})
		pipe(client, upstream, func(b []byte) bool { return cut(client, b) })
		client.Close()   // ends the other direction
		upstream.Close() // ends the other direction
		wait.Wait()
	})
	return listener.Addr().String()
}

func pipe(to, from net.Conn, pass func([]byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !pass(buf[:n]) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// Reset closes a connection with an RST rather than a FIN.
func Reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a plain FIN serves the test too
	}
	conn.Close() // the point
}

// Serve runs handle on each connection to the address that it returns, and at the end of the test closes them and
// waits.
func Serve(t testing.TB, handle func(net.Conn)) (addr string) {
	t.Helper()
	listener := Listen(t)
	serve(t, listener, handle)
	return listener.Addr().String()
}

// serve runs handle on each connection, and at the end of the test closes them and waits.
func serve(t testing.TB, listener net.Listener, handle func(net.Conn)) {
	t.Helper()
	var (
		mu    sync.Mutex
		conns []net.Conn
		wait  sync.WaitGroup
	)
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wait.Go(func() { handle(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close() // ends Accept
		mu.Lock()
		for _, conn := range conns {
			conn.Close() // ends handle
		}
		mu.Unlock()
		wait.Wait()
	})
}
