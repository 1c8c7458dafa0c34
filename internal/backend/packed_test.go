package backend

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/encoding"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// gzipped is a text as gzip has it.
func gzipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text)) // a buffer takes all
	_ = w.Close()
	return out.String()
}

// noise is a text of so many bytes that gzip makes no shorter.
func noise(n int) string {
	text := make([]byte, n)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	return string(text)
}

// addCompressed adds answers that are inflated by who reads them, and by others, whole and broken.
func addCompressed(cases map[string]func(a answering)) {
	ok := []string{"grpc-status", "0"}
	most := 1 << 20 // of outcomeOf
	for name, text := range map[string]string{
		"a few bytes": "answer", "as many as there may be": strings.Repeat("x", most), "noise": noise(30_000),
		"small, and large once inflated": strings.Repeat("y", 2*soonInflated),
		"just small":                     strings.Repeat("z", soonInflated),
		"one more than small":            strings.Repeat("z", soonInflated+1),
	} {
		packed := framedMessage(1, gzipped(text))
		begins := func(a answering, text string) {
			a.begin("grpc-encoding", "gzip")
			for ; len(text) > 16000; text = text[16000:] {
				a.data(false, text[:16000])
			}
			a.data(false, text)
		}
		cases["compressed: "+name] = func(a answering) { begins(a, packed); a.head(true, ok...) }
		cases["compressed, with an error behind it: "+name] = func(a answering) {
			begins(a, packed)
			a.head(true, "grpc-status", "13", "grpc-message", "after all")
		}
		cases["compressed, without trailers: "+name] = func(a answering) {
			begins(a, packed)
			a.data(true, "")
		}
		cases["compressed, reset: "+name] = func(a answering) {
			begins(a, packed)
			_ = a.WriteRSTStream(a.stream, http2.ErrCodeInternal)
		}
		cases["either: compressed, twice: "+name] = func(a answering) {
			begins(a, packed+packed)
			a.head(true, ok...)
		}
		broken := framedMessage(1, gzipped(text)[:len(gzipped(text))-9])
		cases["either: compressed, cut off: "+name] = func(a answering) { begins(a, broken); a.head(true, ok...) }
		cases["either: compressed, cut off, and no end: "+name] = func(a answering) { begins(a, broken) }
	}
	bomb := framedMessage(1, gzipped(strings.Repeat("x", 32<<20)))
	for name, end := range map[string]bool{"": true, ", and no end": false} {
		cases["either: compressed, too large"+name] = func(a answering) {
			a.begin("grpc-encoding", "gzip")
			for rest := bomb; len(rest) > 0; rest = rest[min(len(rest), 16000):] {
				a.data(false, rest[:min(len(rest), 16000)])
			}
			if end {
				a.head(true, ok...)
			}
		}
	}
}

// slowly is an encoding whose messages are inflated when somebody says so.
type slowly struct{ by atomic.Pointer[inflating] }

// inflating is when.
type inflating struct {
	began chan struct{} // gets one of each that is begun
	goOn  chan struct{} // closed
}

var slow = &slowly{}

func init() { encoding.RegisterCompressor(slow) }

func (s *slowly) Name() string { return "slowly" }

func (s *slowly) Compress(io.Writer) (io.WriteCloser, error) { return nil, io.ErrClosedPipe }

func (s *slowly) Decompress(r io.Reader) (io.Reader, error) { return &slowReader{s.by.Load(), r}, nil }

type slowReader struct {
	*inflating
	io.Reader
}

func (r *slowReader) Read(p []byte) (int, error) {
	r.began <- struct{}{}
	<-r.goOn
	return r.Reader.Read(p)
}

// TestAnAnswerThatIsInflatedHoldsNobodyUp has answers take as long to inflate as it pleases us: what comes on the same
// lane is handled meanwhile, a call whose time is up or whose caller leaves ends, and the others get what there is.
func TestAnAnswerThatIsInflatedHoldsNobodyUp(t *testing.T) {
	large := strings.Repeat("large", soonPacked/4)
	held := 3*cap(inflaters()) + 2
	var asked atomic.Int32
	var quick atomic.Bool
	f := startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
		a := answering{fr, stream}
		if quick.Load() {
			a.answer(framedMessage(0, "small"))
			return
		}
		asked.Add(1)
		a.begin("grpc-encoding", "slowly")
		for rest := framedMessage(1, large); len(rest) > 0; rest = rest[min(len(rest), 16000):] {
			a.data(false, rest[:min(len(rest), 16000)])
		}
		a.head(true, "grpc-status", "0")
	})
	b, _ := laned(t, f.Addr, within(time.Minute))
	by := &inflating{began: make(chan struct{}, 10000), goOn: make(chan struct{})}
	slow.by.Store(by)
	release := sync.OnceFunc(func() { close(by.goOn) })
	defer release()
	start := func(ctx context.Context, text string) *caller {
		c := newCaller(ctx)
		var batch frames.Batch
		defer batch.Flush()
		if !b.Start(&batch, &c.x, request(t, text), nil) {
			t.Fatal("no lane takes the call")
		}
		return c
	}
	told := func(c *caller) {
		t.Helper()
		select {
		case <-c.told:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing is told of a call")
		}
	}
	var waiting []*caller
	for range held - 2 {
		waiting = append(waiting, start(t.Context(), "large"))
	}
	<-by.began
	late, cancelLate := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancelLate()
	leaves, cancel := context.WithCancel(t.Context())
	gone, left := start(late, "late"), start(leaves, "leaves")
	unsent := 0
	eventually(t, "all are asked for", func() bool {
		if late.Err() != nil { // before it was sent, on a busy machine
			unsent = 1
		}
		return int(asked.Load())+unsent >= held
	})
	quick.Store(true)
	for range 50 { // with what is inflated in front of them
		c := start(t.Context(), "small")
		if told(c); c.x.Err != nil || string(c.x.Answer) != "small" {
			t.Fatalf("%q, %v", c.x.Answer, c.x.Err)
		}
	}
	cancel()
	left.x.Leave()
	if told(gone); status.CodeOf(gone.x.Err) != status.DeadlineExceeded {
		t.Errorf("whose time is up: %v", gone.x.Err)
	}
	if told(left); status.CodeOf(left.x.Err) != status.Canceled {
		t.Errorf("whose caller leaves: %v", left.x.Err)
	}
	for _, c := range waiting {
		if len(c.told) != 0 {
			t.Errorf("it was told before its answer was there: %v", c.x.Err)
		}
	}
	if gone.x.Reusable() && unsent == 0 || left.x.Reusable() {
		t.Error("a call may be used again whose answer somebody inflates")
	}
	release()
	for _, c := range waiting {
		if told(c); c.x.Err != nil || string(c.x.Answer) != large {
			t.Errorf("%d bytes, %v", len(c.x.Answer), c.x.Err)
		}
	}
	if n := len(by.began); n < len(waiting) {
		t.Errorf("%d of %d answers were inflated", n, len(waiting))
	}
	if s := b.Status(); s.InFlight != 0 || s.Instances[0].InFlight != 0 {
		t.Errorf("%d calls are in flight, at the instance %d", s.InFlight, s.Instances[0].InFlight)
	}
}
