package backend

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// framed is an HTTP/2 server that does with calls what a test says.
type framed struct {
	Addr    string
	streams atomic.Int32 // calls of the Processor service that arrived
}

// startFramed answers each call's headers by fn. Health is refused as unimplemented.
func startFramed(t *testing.T, fn func(fr *http2.Framer, stream uint32, n int32)) *framed {
	t.Helper()
	f := &framed{}
	f.Addr = peertest.Serve(t, func(conn net.Conn) {
		defer conn.Close()
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := conn.Read(preface); err != nil {
			return
		}
		fr := http2.NewFramer(conn, conn)
		fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		_ = fr.WriteSettings() // a client that has gone shows up in ReadFrame
		for {
			frame, err := fr.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = fr.WriteSettingsAck() // see above
				}
			case *http2.PingFrame:
				if !frame.IsAck() {
					_ = fr.WritePing(true, frame.Data) // see above
				}
			case *http2.MetaHeadersFrame:
				if strings.Contains(frame.PseudoValue("path"), "grpc.health") {
					trailers(fr, frame.StreamID, codes.Unimplemented)
					continue
				}
				fn(fr, frame.StreamID, f.streams.Add(1))
			}
		}
	})
	return f
}

// trailers answers a stream with nothing but a status.
func trailers(fr *http2.Framer, stream uint32, code codes.Code) {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, h := range [][2]string{{":status", "200"}, {"content-type", "application/grpc"},
		{"grpc-status", string(rune('0'+code/10)) + string(rune('0'+code%10))}, {"grpc-message", "no"}} {
		_ = enc.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}) // into memory
	}
	// see above
	_ = fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true,
	})
}

func refusing(fr *http2.Framer, stream uint32, _ int32) {
	_ = fr.WriteRSTStream(stream, http2.ErrCodeRefusedStream) // a client that has gone shows up in ReadFrame
}

// leaving says with a GOAWAY that it processed nothing.
func leaving(fr *http2.Framer, _ uint32, _ int32) {
	_ = fr.WriteGoAway(0, http2.ErrCodeNo, nil) // a client that has gone shows up in ReadFrame
}

func TestRefusedStreamsGoToAnotherInstance(t *testing.T) {
	for name, how := range map[string]func(*http2.Framer, uint32, int32){
		"REFUSED_STREAM": refusing, "GOAWAY": leaving,
	} {
		t.Run(name, func(t *testing.T) {
			var list []Address
			for range 4 {
				list = append(list, Address{Target: startFramed(t, how).Addr})
			}
			good := peertest.Start(t, peertest.Echo())
			b := newFleetOf(t, append(list, Address{Target: good.Addr}), with(RoundRobin))
			for n := range 2 { // the budget allows it
				var made Made
				if _, err := b.ask(t.Context(), request(t, "x"), nil, &made); err != nil {
					t.Fatalf("call %d: %v", n, err)
				}
				if made.Addr != good.Addr || made.Attempts > 5 {
					t.Errorf("call %d was made at %+v", n, made)
				}
				if len(good.Calls()) != n+1 {
					t.Errorf("after call %d the good one got %d", n, len(good.Calls()))
				}
			}
			if b.Status().Retries == 0 {
				t.Error("no call was tried again")
			}
		})
	}
}

func TestAFleetThatRefusesEverythingFailsWithoutALoop(t *testing.T) {
	x, y := startFramed(t, refusing), startFramed(t, refusing)
	b := newFleetOf(t, []Address{{Target: x.Addr}, {Target: y.Addr}})
	var made Made
	_, err := b.ask(t.Context(), request(t, "x"), nil, &made)
	var failed *status.Error
	if !errors.As(err, &failed) || failed.Code != status.Unavailable ||
		failed.Message != "processor ref = connect is unavailable" {
		t.Errorf("got %v", err)
	}
	most := 2
	if *byLane { // which isn't grpc-go's connection: it tries again by itself besides
		most = 3
	}
	n, m := x.streams.Load(), y.streams.Load()
	if made.Attempts > most || int(n+m) != made.Attempts || n == 0 || m == 0 {
		t.Errorf("%d attempts, %d and %d streams", made.Attempts, x.streams.Load(), y.streams.Load())
	}
}

// breaking breaks the connection with each call, after it was read.
func breaking(t *testing.T) *framed {
	return startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
		_ = fr.WriteRSTStream(stream, http2.ErrCodeInternal) // a client that has gone shows up in ReadFrame
	})
}

func TestWhatMayHaveBeenProcessedIsTriedAgainForRetryMethodsOnly(t *testing.T) {
	register := func(m *routrpb.MessageRequest) { m.Method = routrpb.Method_REGISTER }
	unavailable := func() string {
		return peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
			return nil, grpcstatus.Error(codes.Unavailable, "database is down")
		}).Addr
	}
	for name, bad := range map[string]func() string{
		"a stream that breaks":      func() string { return breaking(t).Addr },
		"a status that says it all": unavailable,
	} {
		t.Run(name, func(t *testing.T) {
			good := peertest.Start(t, peertest.Echo())
			b := newFleetOf(t, []Address{{Target: bad()}, {Target: good.Addr}}, with(RoundRobin), func(o *Options) {
				o.RetryMethods = []message.Method{message.Method(routrpb.Method_REGISTER)}
				o.Ejection.ConsecutiveFailures = 100
			})
			failed := 0
			for range 4 {
				if _, err := b.ask(t.Context(), request(t, "x"), nil, nil); err != nil {
					failed++
				}
			}
			if failed != 2 || len(good.Calls()) != 2 {
				t.Errorf("%d of 4 INVITEs failed and the good instance got %d: want 2 and 2", failed, len(good.Calls()))
			}
			for range 4 {
				if _, err := b.ask(t.Context(), request(t, "x", register), nil, nil); err != nil {
					t.Errorf("REGISTER: %v", err)
				}
			}
		})
	}
}

func TestFurtherAttemptsHaveABudget(t *testing.T) {
	bad := func() *peertest.Peer {
		return peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
			return nil, grpcstatus.Error(codes.Unavailable, "no")
		})
	}
	x, y := bad(), bad()
	b := newFleetOf(t, addrs(x, y), func(o *Options) {
		o.RetryMethods = []message.Method{message.Method(routrpb.Method_INVITE)}
		o.Ejection = Ejection{ConsecutiveFailures: 1000, MinCalls: 1000} // there is another instance to try, always
	})
	const calls = 100
	for range calls {
		if _, err := b.ask(t.Context(), request(t, "x"), nil, nil); err == nil {
			t.Fatal("a call succeeded")
		}
	}
	attempts := len(x.Calls()) + len(y.Calls())
	if want := calls + 3 + calls/5; attempts != want {
		t.Errorf("%d attempts for %d calls, want %d", attempts, calls, want)
	}
	if got := b.Status().Retries; got != uint64(attempts-calls) {
		t.Errorf("status tells %d retries", got)
	}
}

func TestWithoutABudgetThereIsOneAttempt(t *testing.T) {
	bad := func(context.Context, []byte) ([]byte, error) { return nil, grpcstatus.Error(codes.Unavailable, "no") }
	b := newFleetOf(t, addrs(peertest.Start(t, bad), peertest.Start(t, bad)), func(o *Options) {
		o.RetryMethods, o.RetryBudget = []message.Method{message.Method(routrpb.Method_INVITE)}, -1
	})
	var made Made
	_, err := b.ask(t.Context(), request(t, "x"), nil, &made)
	if err == nil || made.Attempts != 1 {
		t.Errorf("%d attempts, error %v", made.Attempts, err)
	}
}
