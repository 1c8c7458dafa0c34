package relay

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	sip "github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// BenchmarkRelay leads messages from sockets to sockets: callers of one connection, this door, a rule, a processor's
// lane, and back. Callers and processor speak frames too, so that what is allocated is what the way itself allocates.
func BenchmarkRelay(b *testing.B) {
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("%d callers", callers), func(b *testing.B) { benchRelay(b, callers, 50_000) })
	}
}

// benchRelay measures once so many messages have gone before.
func benchRelay(b *testing.B, callers, before int) {
	addr := startRelay(b, startProcessor(b))
	request := benchRequest(b)
	conn := dial(b, addr)
	var all sync.WaitGroup
	begin := func(callers, n int) {
		for range callers {
			all.Add(1)
			c := &benchCaller{b: b, conn: conn, done: all.Done, request: request, left: n / callers}
			c.Events = c
			var batch frames.Batch
			c.next(&batch)
			batch.Flush()
		}
		all.Wait()
	}
	begin(1, 1) // it says how many streams it takes
	begin(callers, before)
	b.ReportAllocs()
	b.ResetTimer()
	begin(callers, max(b.N, callers))
}

// benchCaller calls again and again.
type benchCaller struct {
	frames.Stream
	b       *testing.B
	conn    *frames.Conn
	done    func()
	request []byte
	left    int
	ok      bool
}

var benchHead = []frames.Field{
	{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "bench"},
	{Name: ":path", Value: "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"},
	{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
}

func (c *benchCaller) next(batch *frames.Batch) {
	if c.left == 0 {
		c.done()
		return
	}
	c.left--
	c.ok = false
	if err := c.conn.Open(batch, &c.Stream, benchHead, false); err != nil {
		c.b.Error(err)
		c.done()
		return
	}
	c.WriteMessage(batch, c.request, true)
}

func (c *benchCaller) Head(_ *frames.Batch, _ *frames.Stream, head []frames.Field, _ bool) {
	for _, f := range head {
		c.ok = c.ok || f.Name == "grpc-status" && f.Value == "0"
	}
}

func (c *benchCaller) Data(b *frames.Batch, s *frames.Stream, p []byte, _ bool) { s.Consume(b, len(p)) }

func (c *benchCaller) Room(*frames.Batch, *frames.Stream, int) {}

func (c *benchCaller) Closed(b *frames.Batch, _ *frames.Stream, _ frames.Close) {
	if !c.ok {
		c.b.Error("a call failed")
		c.left = 0
	}
	c.next(b)
}

// dial connects, and reads until the benchmark ends.
func dial(b *testing.B, addr string) *frames.Conn {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	conn := frames.NewClient(nc, frames.Options{})
	served(b, conn)
	return conn
}

func served(b *testing.B, conn *frames.Conn) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = conn.Serve(&frames.Batch{}) // it ends with Close
	}()
	b.Cleanup(func() {
		conn.Close()
		<-over
	})
}

// benchStream is a call at the processor.
type benchStream struct {
	frames.Stream
	answer []byte
}

func (k *benchStream) Head(*frames.Batch, *frames.Stream, []frames.Field, bool) {}

func (k *benchStream) Data(b *frames.Batch, s *frames.Stream, p []byte, end bool) {
	s.Consume(b, len(p))
	if end {
		k.WriteHead(b, benchAnswerHead, false)
		k.WriteMessage(b, k.answer, false)
		k.WriteHead(b, benchTrailers, true)
	}
}

func (k *benchStream) Room(*frames.Batch, *frames.Stream, int) {}

func (k *benchStream) Closed(*frames.Batch, *frames.Stream, frames.Close) { benchStreams.Put(k) }

var (
	benchAnswerHead = []frames.Field{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}}
	benchTrailers   = []frames.Field{{Name: "grpc-status", Value: "0"}}
	benchStreams    = sync.Pool{New: func() any {
		k := new(benchStream)
		k.Events = k
		return k
	}}
)

// startProcessor answers every call alike, and every other request, such as that for its health, not at all.
func startProcessor(b *testing.B) (addr string) {
	answer, err := proto.Marshal(&routrpb.MessageResponse{Message: benchMessage(b).GetMessage()})
	if err != nil {
		b.Fatal(err)
	}
	return peertest.Serve(b, func(nc net.Conn) {
		conn := frames.NewServer(nc, frames.Options{
			Accept: func(*frames.Batch, *frames.Conn, []frames.Field, bool) *frames.Stream {
				k := benchStreams.Get().(*benchStream)
				k.answer = answer
				return &k.Stream
			},
		})
		_ = conn.Serve(&frames.Batch{}) // it ends with its peer
	})
}

func benchMessage(b *testing.B) *routrpb.MessageRequest {
	m := &routrpb.MessageRequest{
		Ref: "call-1", EdgePortRef: "edge", Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "1001", Host: "sip.local"}},
			CallId:      &routrpb.CallID{CallId: "call-1"},
		},
	}
	for n := range 40 {
		m.Message.Extensions = append(m.Message.Extensions,
			&routrpb.Extension{Name: fmt.Sprint("X-Header-", n), Value: "some twenty bytes of text"})
	}
	return m
}

func benchRequest(b *testing.B) []byte {
	data, err := proto.Marshal(benchMessage(b))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// startRelay runs a dispatcher of one rule behind the relay.
func startRelay(b *testing.B, processor string) (addr string) {
	pool := backend.WithLanes(loops)
	to, err := pool.Get(backend.Options{
		Role: backend.Processor, Ref: "p", MaxMessageBytes: 1 << 20, Timeout: time.Minute, NoHealthCheck: true,
		Addrs: []backend.Address{{Target: processor}},
	})
	if err != nil {
		b.Fatal(err)
	}
	rule, err := matchfunc.Compile(`req => req.message.requestUri.user === "1001"`, matchfunc.Options{})
	if err != nil {
		b.Fatal(err)
	}
	table := routing.New([]routing.Rule{{
		Ref: "p", Methods: []sip.Method{sip.Method(routrpb.Method_INVITE)}, Func: rule,
	}}, routing.Options{})
	decisions, err := decision.NewLog(decision.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := dispatch.NewService(dispatch.ServiceParams{
		Limiter: dispatch.NewLimiter(1000, false), Decisions: decisions, Log: slog.New(slog.DiscardHandler),
		Metrics: telemetry.NewMetrics(telemetry.Sources{}),
	})
	s.Use(dispatch.NewEpoch(dispatch.New(dispatch.Params{Processors: []*backend.Backend{to}, Table: table}),
		dispatch.EpochParams{Number: 1, Close: func() { _ = to.Close() }}))
	b.Cleanup(s.Close)
	to.Connect()
	budget := server.NewByteBudget(256 << 20)
	listening, err := server.Listen(b.Context(), server.Options{
		Addr: "127.0.0.1:0", Handler: http.NotFoundHandler(),
		HTTP2: New(Params{Start: s.Start, MaxBytes: 1 << 20, Budget: budget, Loops: loops}),
	})
	if err != nil {
		b.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- listening.Serve() }()
	b.Cleanup(func() {
		_ = listening.Shutdown(b.Context()) // its time is up
		<-over
	})
	return listening.Addr().String()
}
