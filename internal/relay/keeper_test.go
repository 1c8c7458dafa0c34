package relay

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// board is a relay whose connections a test has a hand in.
type board struct {
	*Relay
	serve func(r *Relay, handed *server.Handed)
}

func (b board) Serve(handed *server.Handed) { b.serve(b.Relay, handed) }

// runBoard serves a handler by a relay that starts no message.
func runBoard(t *testing.T, handler http.Handler, serve func(*Relay, *server.Handed)) running {
	t.Helper()
	r := New(Params{MaxBytes: maxBytes, Budget: server.NewByteBudget(32 << 20), Loops: loops,
		Start: func(b *frames.Batch, d *dispatch.Delivery) { d.To.Done(b, nil, nil) }})
	s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: handler, HTTP2: board{r, serve}})
	if err != nil {
		t.Fatal(err)
	}
	running := running{s, make(chan error, 1)}
	go func() { running.served <- s.Serve() }()
	return running
}

// hand is a peer that writes frames by hand.
type hand struct {
	net.Conn
	*http2.Framer
	block   bytes.Buffer
	encoder *hpack.Encoder
}

func byHand(t *testing.T, addr string) *hand {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	h := &hand{Conn: conn, Framer: http2.NewFramer(conn, conn)}
	h.encoder = hpack.NewEncoder(&h.block)
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = io.WriteString(conn, http2.ClientPreface)
	_ = h.WriteSettings()
	return h
}

// begin begins a stream whose body is to come.
func (h *hand) begin(t *testing.T, id uint32, head [][2]string) {
	t.Helper()
	for _, f := range head {
		_ = h.encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	p := http2.HeadersFrameParam{StreamID: id, BlockFragment: h.block.Next(h.block.Len()), EndHeaders: true}
	if err := h.WriteHeaders(p); err != nil {
		t.Error(err)
	}
}

// TestWhatIsCarriedMayEndAnyHowForLong has the handler leave more bodies unread than a peer may have streams reset
// between two looks after the connection. All of them are carried by one connection in memory.
func TestWhatIsCarriedMayEndAnyHowForLong(t *testing.T) {
	const together, rounds = 100, 120
	made := make(chan *connection, 1)
	s := runBoard(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		func(r *Relay, handed *server.Handed) {
			c := r.connection(handed)
			made <- c
			c.serve()
		})
	defer s.end(t)
	h := byHand(t, s.Addr().String())
	defer h.Close()
	var k keeper
	var memory *frames.Conn
	for round := range uint32(rounds) {
		for i := range uint32(together) {
			h.begin(t, 2*(round*together+i)+1, plain("POST", "/"))
		}
		for reset := 0; reset < together; {
			frame, err := h.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if r, ok := frame.(*http2.RSTStreamFrame); ok {
				if reset++; r.ErrCode != http2.ErrCodeNo {
					t.Fatalf("stream %d of round %d was reset: %v", r.StreamID, round, r.ErrCode)
				}
			}
		}
		if round == 0 {
			k = keeper{connection: <-made, began: time.Now()}
			memory = k.inner.conn
		}
		k.look(time.Now())
		k.batch.Flush()
	}
	k.inner.mu.Lock()
	defer k.inner.mu.Unlock()
	if k.inner.conn != memory {
		t.Error("the connection in memory was ended")
	}
}

// TestLookingAfterAConnectionDoesntReadWhatStreamsBecome looks after connections without a rest while calls end early
// and what was theirs serves others. The race detector judges.
func TestLookingAfterAConnectionDoesntReadWhatStreamsBecome(t *testing.T) {
	const together, rounds = 50, 40
	s := runBoard(t, http.NotFoundHandler(), func(r *Relay, handed *server.Handed) {
		c := r.connection(handed)
		over := make(chan struct{})
		var looking sync.WaitGroup
		looking.Go(func() {
			k := keeper{connection: c, began: time.Now()}
			for {
				select {
				case <-over:
					return
				default:
					k.look(time.Now())
					k.batch.Flush()
				}
			}
		})
		c.serve()
		close(over)
		looking.Wait()
	})
	defer s.end(t)
	var peers sync.WaitGroup
	for range 2 {
		h := byHand(t, s.Addr().String())
		defer h.Close()
		peers.Go(func() {
			for round := range uint32(rounds) {
				first := 2*round*together + 1
				for i := range uint32(together) {
					h.begin(t, first+2*i, callHead())
				}
				for i := range uint32(together) {
					_ = h.WriteRSTStream(first+2*i, http2.ErrCodeCancel)
				}
				_ = h.WritePing(false, [8]byte{byte(round)})
				for {
					frame, err := h.ReadFrame()
					if err != nil {
						t.Error(err)
						return
					}
					if p, ok := frame.(*http2.PingFrame); ok && p.IsAck() {
						break
					}
				}
			}
		})
	}
	peers.Wait()
}

// fragile is a net.Conn that the relay fails on as the connection ends.
type fragile struct{ net.Conn }

func (f fragile) Close() error {
	_ = f.Conn.Close()
	panic("closed")
}

// TestAPanicLeavesNothingOfAConnection has the relay fail where a connection with something carried ends.
func TestAPanicLeavesNothingOfAConnection(t *testing.T) {
	before := goleak.IgnoreCurrent()
	over := make(chan struct{})
	s := runBoard(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-over
	}), func(r *Relay, handed *server.Handed) {
		defer close(over)
		defer panics.Caught("serve a connection")
		handed.Conn = fragile{handed.Conn}
		r.Serve(handed)
	})
	h := byHand(t, s.Addr().String())
	h.begin(t, 1, plain("POST", "/"))
	for {
		frame, err := h.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if frame.Header().Type == http2.FrameHeaders {
			break
		}
	}
	_ = h.Close()
	<-over
	s.end(t)
	goleak.VerifyNone(t, before)
}

// TestWhatCantBeCarriedIsRefusedAlone has nothing to carry streams to, and a call turn out to be out of the ordinary
// after its head, with some of its body there.
func TestWhatCantBeCarriedIsRefusedAlone(t *testing.T) {
	s := runBoard(t, http.NotFoundHandler(), func(r *Relay, handed *server.Handed) {
		c := r.connection(handed)
		c.inner.end()
		c.serve()
	})
	defer s.end(t)
	h := byHand(t, s.Addr().String())
	defer h.Close()
	process := append(plain("POST", routrpbconnect.ProcessorProcessMessageProcedure),
		[2]string{"content-type", "application/grpc"}, [2]string{"te", "trailers"})
	h.begin(t, 1, process)
	_ = h.WriteData(1, false, []byte{0, 0, 0, 0, 9, 'x'})
	h.begin(t, 3, process)
	_ = h.WriteData(1, true, []byte("too short"+" by far"))
	_ = h.WriteData(3, true, []byte{0, 0, 0, 0, 0})
	h.begin(t, 5, plain("GET", "/"))
	refused := map[uint32]bool{}
	answered := false
	for len(refused) < 2 || !answered {
		frame, err := h.ReadFrame()
		if err != nil {
			t.Fatalf("refused %v, answered %t: %v", refused, answered, err)
		}
		switch f := frame.(type) {
		case *http2.RSTStreamFrame:
			refused[f.StreamID] = true
			if f.StreamID == 3 || f.ErrCode != http2.ErrCodeRefusedStream {
				t.Errorf("stream %d was reset: %v", f.StreamID, f.ErrCode)
			}
		case *http2.HeadersFrame:
			answered = answered || f.StreamID == 3
		}
	}
}

// TestAPanicOfItsKeeperLeavesAConnectionWithOne has looks after a connection fail, and drains: the peer is told.
func TestAPanicOfItsKeeperLeavesAConnectionWithOne(t *testing.T) {
	before := panics.Count()
	s := runBoard(t, http.NotFoundHandler(), func(r *Relay, handed *server.Handed) {
		c := r.connection(handed)
		c.bodies.calls = append(c.bodies.calls, waiting{}) // nobody's
		c.serve()
	})
	h := byHand(t, s.Addr().String())
	defer h.Close()
	for panics.Count() == before {
		time.Sleep(10 * time.Millisecond)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.end(t)
	}()
	for {
		frame, err := h.ReadFrame()
		if err != nil {
			t.Fatalf("the connection ended without GOAWAY: %v", err)
		}
		if frame.Header().Type == http2.FrameGoAway {
			break
		}
	}
	_ = h.Close()
	<-ended
}
