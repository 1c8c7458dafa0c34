package backend

import (
	"bytes"
	"io"
	"runtime"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// packed is an answer that came encoded. Inflating one takes up to some 20 ms, for which whoever reads its lane, and
// others beside it, has no time: a goroutine does it, where it isn't small.
type packed struct {
	from io.Reader
	most int    // bytes of the message
	text []byte // as far as it was inflated
}

// What is inflated by who reads: some 100 µs.
const (
	soonPacked   = 16 << 10
	soonInflated = 32 << 10
)

// unpack makes the message of one whose flag says that it is encoded, or has it made aside.
func (r *reply) unpack() error {
	p, err := r.open()
	if err != nil {
		return err
	}
	small, whole := len(r.text) <= soonPacked, false
	if small {
		if whole, err = p.inflate(min(soonInflated, r.most)); err != nil {
			return err
		}
	}
	r.prefix[0] = 0
	if whole {
		r.text, r.length = p.text, len(p.text)
		return nil
	}
	r.aside, r.text, r.length = p, nil, 0 // what is read from is p's
	return nil
}

// open says what is wrong with an encoded message at first sight.
func (r *reply) open() (*packed, error) {
	by := encoding.GetCompressor(r.encoding)
	switch {
	case r.prefix[0] != 1:
		return nil, grpcstatus.Errorf(codes.Internal, "grpc: received unexpected payload format %d", r.prefix[0])
	case r.encoding == "" || r.encoding == encoding.Identity:
		return nil, grpcstatus.Error(codes.Internal, "grpc: compressed flag set with identity or empty encoding")
	case by == nil: // what grpc-go's clients say of it
		return nil, grpcstatus.Errorf(codes.Internal, "grpc: Decompressor is not installed for grpc-encoding %q",
			r.encoding)
	}
	from, err := by.Decompress(bytes.NewReader(r.text))
	if err != nil {
		return nil, grpcstatus.Errorf(codes.Internal, "grpc: failed to decompress the message: %v", err)
	}
	return &packed{from: from, most: r.most}, nil
}

// inflate goes on until the message is whole, which it reports, or has more than so many bytes.
func (p *packed) inflate(until int) (whole bool, err error) {
	until++
	more, err := io.ReadAll(io.LimitReader(p.from, int64(until-len(p.text))))
	if err != nil {
		return false, grpcstatus.Errorf(codes.Internal, "grpc: failed to read decompressed data: %v", err)
	}
	p.text = append(p.text, more...)
	return len(p.text) < until, nil
}

// all returns the message.
func (p *packed) all() ([]byte, error) {
	whole, err := p.inflate(p.most)
	if err == nil && !whole {
		err = grpcstatus.Errorf(codes.ResourceExhausted,
			"grpc: received message after decompression larger than max %d", p.most)
	}
	if err != nil {
		return nil, err
	}
	return p.text, nil
}

// inflateAside has a goroutine inflate the answer, which goes on with the call where its stream is over by then. The
// answer's lane is being read, so the fleet isn't waited for yet.
func (x *Exchange) inflateAside() {
	p := x.reply.aside
	x.reply.aside = nil
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state != running {
		return
	}
	x.inflating, x.inflated = true, true
	f := x.call.backend.fleet
	f.wait.Go(func() {
		defer panics.Caught("inflate an answer")
		var b frames.Batch
		defer b.Flush()
		defer x.caught(&b)
		x.unpacked(&b, p, f.inflaters)
	})
}

// unpacked waits for its turn, inflates the answer where anybody waits for it still, and goes on with the call.
func (x *Exchange) unpacked(b *frames.Batch, p *packed, turns chan struct{}) {
	turns <- struct{}{}
	defer func() { <-turns }()
	if !x.waited() {
		return
	}
	text, err := p.all()
	x.mu.Lock()
	was := x.state
	x.inflating, x.text, x.failed = false, text, err
	if was == idle || err == nil && was == running || was == judged { // it is over, or goes on by its stream's end
		x.mu.Unlock()
		return
	}
	x.state = idle
	x.wasted = x.wasted || was == running
	x.mu.Unlock()
	if was == running { // the instance may never end what it says
		x.stream.Reset(b, frames.Cancel)
		x.finish(b, err)
		return
	}
	x.conclude(b)
}

// waited reports whether anybody waits for what comes of the call still.
func (x *Exchange) waited() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state != idle
}

// inflaters is how many answers are inflated at once: as many CPUs are left to the others as there are loops.
func inflaters() chan struct{} { return make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) }
