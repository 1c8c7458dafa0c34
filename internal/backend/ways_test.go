package backend

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // as the program has it, by the exporter of traces
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// answering writes on one stream. Errors of writes are those of clients that have gone, which shows elsewhere.
type answering struct {
	*http2.Framer
	stream uint32
}

func (a answering) head(end bool, fields ...string) {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		_ = enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	_ = a.WriteHeaders(http2.HeadersFrameParam{
		StreamID: a.stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end,
	})
}

func (a answering) begin(more ...string) {
	a.head(false, append([]string{":status", "200", "content-type", "application/grpc"}, more...)...)
}

func (a answering) only(more ...string) {
	a.head(true, append([]string{":status", "200", "content-type", "application/grpc"}, more...)...)
}

// long is head with a list of so many bytes, as RFC 9113 section 6.5.2 counts them.
func (a answering) long(end bool, size int, fields ...string) {
	for i := 0; i < len(fields); i += 2 {
		size -= len(fields[i]) + len(fields[i+1]) + 32
	}
	for n := 0; size > 0; n++ {
		name := fmt.Sprintf("x-%03d", n)
		value := min(size, 10_000) - len(name) - 32
		if rest := size - value - len(name) - 32; rest > 0 && rest < 100 {
			value -= 100 // the last one has a value, too
		}
		fields = append(fields, name, strings.Repeat("x", value))
		size -= value + len(name) + 32
	}
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		_ = enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	part := block.Next(16 << 10)
	_ = a.WriteHeaders(http2.HeadersFrameParam{
		StreamID: a.stream, BlockFragment: part, EndHeaders: block.Len() == 0, EndStream: end,
	})
	for block.Len() > 0 {
		part = block.Next(16 << 10)
		_ = a.WriteContinuation(a.stream, block.Len() == 0, part)
	}
}

// answer is a whole one, with OK.
func (a answering) answer(p string, more ...string) {
	a.begin(more...)
	a.data(false, p)
	a.head(true, "grpc-status", "0")
}

func (a answering) data(end bool, p string) { _ = a.WriteData(a.stream, end, []byte(p)) }

func framedMessage(flag byte, text string) string {
	n := len(text)
	return string([]byte{flag, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + text
}

// said64 is a status in the form of grpc-status-details-bin.
func said64(t *testing.T, code codes.Code, text string) string {
	s, err := grpcstatus.New(code, text).WithDetails(wrapperspb.String("detail"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := proto.Marshal(s.Proto())
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawStdEncoding.EncodeToString(data)
}

// TestBothWaysMakeTheSameOfAnInstance has instances do all that they may on a stream, and compares what comes of a call
// by grpc-go with what comes of it on a lane, to the byte.
func TestBothWaysMakeTheSameOfAnInstance(t *testing.T) {
	if *byLane {
		return // it makes calls both ways by itself
	}
	ok := []string{"grpc-status", "0"}
	message := framedMessage(0, "answer")
	denied, aborted := said64(t, codes.PermissionDenied, "y"), said64(t, codes.Aborted, "y")
	cases := map[string]func(a answering){
		"an answer": func(a answering) { a.answer(message) },
		"an answer in pieces": func(a answering) {
			a.begin("x-custom", "y")
			for _, c := range message {
				a.data(false, string(c))
			}
			a.data(false, "")
			a.head(true, append(ok, "x-trailer", "z")...)
		},
		"a content-length that lies": func(a answering) { a.answer(message, "content-length", "3") },
		"an empty answer":            func(a answering) { a.answer(framedMessage(0, "")) },
		"an informational head": func(a answering) {
			a.head(false, ":status", "103")
			a.begin()
			a.data(false, message)
			a.head(true, ok...)
		},
		"a status alone": func(a answering) { a.only("grpc-status", "5", "grpc-message", "no such thing") },
		"a status that needs decoding": func(a answering) {
			a.only("grpc-status", "9", "grpc-message", "100%25 %E2%9C%93 %zz %4")
		},
		"a status without a name": func(a answering) { a.only("grpc-status", "77") },
		"a negative status":       func(a answering) { a.only("grpc-status", "-1") },
		"a status that is none":   func(a answering) { a.only("grpc-status", "five") },
		"no status":               func(a answering) { a.only() },
		"details": func(a answering) {
			a.only("grpc-status", "7", "grpc-message", "x", "grpc-status-details-bin", denied)
		},
		"details of something else": func(a answering) {
			a.only("grpc-status", "7", "grpc-message", "x", "grpc-status-details-bin", aborted)
		},
		"details that are none": func(a answering) {
			a.only("grpc-status", "7", "grpc-message", "x", "grpc-status-details-bin", "AAAA")
		},
		"metadata that isn't base64": func(a answering) { a.only("grpc-status", "7", "x-bin", "!") },
		"an answer and a status": func(a answering) {
			a.begin()
			a.data(false, message)
			a.head(true, "grpc-status", "13")
		},
		"no answer, and OK":   func(a answering) { a.begin(); a.head(true, ok...) },
		"nothing but OK":      func(a answering) { a.only(ok...) },
		"either: two answers": func(a answering) { a.answer(message + message) },
		"either: two answers, and no end": func(a answering) {
			a.begin()
			a.data(false, message+message)
		},
		"either: compressed in no way, and no end": func(a answering) {
			a.begin()
			a.data(false, framedMessage(1, "x"))
		},
		"either: compressed in an unknown way, and no end": func(a answering) {
			a.begin("grpc-encoding", "br")
			a.data(false, framedMessage(1, "x"))
		},
		"either: a flag that nobody knows, and no end": func(a answering) {
			a.begin()
			a.data(false, framedMessage(2, ""))
		},
		"half an answer":               func(a answering) { a.answer(message[:8]) },
		"half a prefix":                func(a answering) { a.answer(message[:3]) },
		"no trailers":                  func(a answering) { a.begin(); a.data(true, message) },
		"too large":                    func(a answering) { a.begin(); a.data(false, "\x00\x7f\xff\xff\xff") },
		"either: compressed in no way": func(a answering) { a.answer(framedMessage(1, "x")) },
		"either: compressed in an unknown way": func(a answering) {
			a.begin("grpc-encoding", "br")
			a.data(false, framedMessage(1, "x"))
			a.head(true, ok...)
		},
		"either: compressed badly": func(a answering) {
			a.begin("grpc-encoding", "gzip")
			a.data(false, framedMessage(1, "x"))
			a.head(true, ok...)
		},
		"either: a flag that nobody knows": func(a answering) { a.answer(framedMessage(2, "x")) },
		"HTTP 503":                         func(a answering) { a.head(true, ":status", "503") },
		"HTTP 503 with a page": func(a answering) {
			a.head(false, ":status", "503", "content-type", "text/html")
			a.data(true, "<p>later")
		},
		"HTTP 404 with trailers": func(a answering) {
			a.head(false, ":status", "404")
			a.data(false, "no")
			a.head(true, "a", "b")
		},
		"HTTP 418": func(a answering) {
			a.head(true, ":status", "418", "content-type", "text/plain")
		},
		"HTTP 200 that isn't gRPC": func(a answering) {
			a.head(false, ":status", "200", "content-type", "text/plain")
			a.data(true, "hi")
		},
		"a page without end": func(a answering) {
			a.head(false, ":status", "500")
			a.data(false, strings.Repeat("x", 2000))
		},
		"HTTP 500 that is gRPC": func(a answering) {
			a.head(true, ":status", "500", "content-type", "application/grpc+proto", "grpc-status", "14")
		},
		"a content type that is nearly": func(a answering) {
			a.head(true, ":status", "200", "content-type", "application/grpcx", "grpc-status", "0")
		},
	}
	addCompressed(cases)
	for name, size := range map[string]int{"largest": answerHeaders, "too large": answerHeaders + 1} {
		cases["either: headers, the "+name] = func(a answering) {
			a.long(false, size, ":status", "200", "content-type", "application/grpc")
			a.data(false, message)
			a.head(true, ok...)
		}
		cases["either: trailers, the "+name] = func(a answering) {
			a.begin()
			a.data(false, message)
			a.long(true, size, ok...)
		}
		cases["either: trailers alone, the "+name] = func(a answering) {
			a.long(true, size, ":status", "200", "content-type", "application/grpc", "grpc-status", "5")
		}
	}
	cases["broken: headers, far too large"] = func(a answering) {
		a.long(false, 2*answerHeaders, ":status", "200", "content-type", "application/grpc")
	}
	// What breaks the connection, or is against HTTP/2 itself, is told in other words: see withoutCause.
	garbage := func(a answering) { _ = a.WriteRawFrame(http2.FrameSettings, 0, 7, []byte("garbage")) }
	cases["broken: garbage"] = garbage
	cases["broken: garbage in an answer"] = func(a answering) { a.begin(); a.data(false, message); garbage(a) }
	cases["broken: GOAWAY, and then garbage"] = func(a answering) {
		_ = a.WriteGoAway(a.stream, http2.ErrCodeInternal, nil)
		garbage(a)
	}
	cases["broken: a head in the middle"] = func(a answering) { a.begin(); a.head(false, "x", "y") }
	for code := range uint32(15) {
		cases["reset "+http2.ErrCode(code).String()] = func(a answering) {
			_ = a.WriteRSTStream(a.stream, http2.ErrCode(code))
		}
	}
	for name, does := range cases {
		t.Run(name, func(t *testing.T) {
			instance := func() []Address {
				return []Address{{Target: startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
					does(answering{fr, stream})
				}).Addr}}
			}
			ordinary := outcomeOf(t, NewPool(), instance(), false)
			lane := outcomeOf(t, WithLanes(loops), instance(), true)
			switch {
			case name == "reset REFUSED_STREAM": // grpc-go tries again once by itself, and so does what tries a lane
				lane = strings.Replace(lane, "attempts 3", "attempts 2", 1)
			case strings.HasPrefix(name, "broken"):
				lane, ordinary = withoutCause(lane), withoutCause(ordinary)
			case strings.HasPrefix(name, "either"): // grpc-go says it as its own, unless trailers are there by then
				lane, ordinary = likely(lane), likely(ordinary)
			}
			if lane != ordinary {
				t.Errorf("they differ (-grpc-go +lane):\n%s", cmp.Diff(ordinary, lane))
			}
		})
	}
}

// TestWhatBeganToAnswerIsNotCalledAgain has an instance refuse what it has begun to answer, and may have processed.
func TestWhatBeganToAnswerIsNotCalledAgain(t *testing.T) {
	for name, begins := range map[string]func(a answering){
		"a head":    func(a answering) { a.begin() },
		"an answer": func(a answering) { a.begin(); a.data(false, framedMessage(0, "answer")) },
	} {
		t.Run(name, func(t *testing.T) {
			f := startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
				begins(answering{fr, stream})
				refusing(fr, stream, 0)
			})
			said := outcomeOf(t, WithLanes(loops), []Address{{Target: f.Addr}}, true)
			if n := f.streams.Load(); n != 1 {
				t.Errorf("it was called %d times:\n%s", n, said)
			}
		})
	}
}

// outcomeOf makes a call and tells all that came of it.
func outcomeOf(t *testing.T, pool *Pool, at []Address, lane bool) string {
	t.Helper()
	b, err := pool.Get(Options{
		Role: Processor, Ref: "p", Addrs: at, Timeout: 10 * time.Second, MaxMessageBytes: 1 << 20, RetryBudget: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Connect()
	var answer []byte
	var made Made
	if lane {
		if !b.awaitLane(10 * time.Second) {
			t.Fatal("no lane was made")
		}
		c := newCaller(t.Context())
		answer, err = c.ask(b, wire([]byte("request")), nil, &made)
		if c.x.turn != 1 {
			t.Fatal("it wasn't sent on a lane")
		}
	} else {
		answer, err = b.Call(t.Context(), wire([]byte("request")), nil, &made)
	}
	var failed *status.Error
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	s := b.Status()
	said := fmt.Sprintf("answer %q\n", answer)
	if failed != nil {
		said += fmt.Sprintf("error %s %q\ncause %q\ndetails %v\n", failed.Code, failed.Message,
			strings.ReplaceAll(failed.Cause, made.Addr, "ADDR"), failed.Details)
	}
	i := s.Instances[0]
	return said + fmt.Sprintf("calls %d, failures %v; instance: calls %d, failures %d, in flight %d\nattempts %d",
		s.Calls, s.Failures, i.Calls, i.Failures, i.InFlight, made.Attempts)
}

// withoutCause leaves out what is told the operator of a connection that broke: each way has its words for it.
func withoutCause(said string) string {
	return regexp.MustCompile(`(gave no usable answer: )[^\n]*|(\ncause )[^\n]*`).ReplaceAllString(said, "$1$2")
}

// likely leaves out whether an error is told, and counted, as the instance's own.
func likely(said string) string {
	return regexp.MustCompile(` gave no usable answer|(\ncause )[^\n]*|(instance: calls )\d+`).
		ReplaceAllString(said, "$1$2")
}

// TestLargeMessagesPassLanes fills windows and write buffers on both sides, by many calls at once.
func TestLargeMessagesPassLanes(t *testing.T) {
	peer := peertest.Start(t, func(_ context.Context, request []byte) ([]byte, error) {
		return append(bytes.Clone(request), request...), nil
	})
	b, err := WithLanes(loops).Get(Options{
		Role: Processor, Ref: "p", Addrs: addrs(peer), Timeout: time.Minute, MaxMessageBytes: 4 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Connect(); !b.awaitLane(10 * time.Second) {
		t.Fatal("no lane was made")
	}
	var all sync.WaitGroup
	var lanes atomic.Int32
	for n := range 40 {
		all.Go(func() {
			c := newCaller(t.Context())
			for size := range 3 {
				data := bytes.Repeat([]byte{byte(n), byte(size)}, 1+n<<(size*6))
				got, err := c.ask(b, wire(data), nil, nil)
				if err != nil || !bytes.Equal(got, append(bytes.Clone(data), data...)) {
					t.Errorf("%d bytes come back as %d: %v", len(data), len(got), err)
				}
			}
			lanes.Add(int32(c.x.turn))
		})
	}
	all.Wait()
	if n := lanes.Load(); n != 40*3 {
		t.Errorf("%d of %d calls were made on lanes", n, 40*3)
	}
}
