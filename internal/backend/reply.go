package backend

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// reply is what an instance says on a stream, read as grpc-go reads it ("gRPC over HTTP2", Responses): what comes of it
// is in grpc-go's words, by which outcomes are judged.
type reply struct {
	most     int // bytes of a message
	headed   bool
	encoding string // grpc-encoding

	prefix [5]byte // of the message: a flag and its length
	have   int     // bytes of prefix
	length int
	text   []byte  // the message, as far as it is there
	extra  int     // bytes of what came behind it
	aside  *packed // what text is to be inflated from; nil where it isn't

	foreign *grpcstatus.Status // it isn't gRPC, but HTTP that stands for this; text is its body

	status   *grpcstatus.Status // how it ended; nil for OK, and before
	answered bool               // the status came in trailers: it is the instance's own
	err      error              // what is wrong with it
	code     frames.Code        // what the stream is reset with for that
}

const (
	prefixBytes = 5
	// mostForeign is how much is told of the body of an answer that isn't gRPC.
	mostForeign = 1024
	// keptText is the largest buffer that is kept for the next answer.
	keptText = 64 << 10
)

// begin makes r ready for an answer of so many bytes at most. Its buffer is used again.
func (r *reply) begin(most int) { *r = reply{most: most, text: r.text[:0]} }

// trim lets go of a buffer that is large.
func (r *reply) trim() {
	if cap(r.text) > keptText {
		r.text = nil
	}
}

// message is the message of a reply that succeeded. It is part of r's buffer.
func (r *reply) message() []byte { return r.text }

// resetWith is what a stream is reset with that doesn't end by itself.
func (r *reply) resetWith() frames.Code { return r.code }

// fail ends the reading of a reply.
func (r *reply) fail(reset frames.Code, code codes.Code, text string) (over bool) {
	r.err, r.code = grpcstatus.Error(code, text), reset
	return true
}

// head takes a header list. It reports whether nothing more is wanted.
func (r *reply) head(head []frames.Field, end bool) (over bool) {
	switch {
	case r.err != nil:
		return true
	case r.foreign != nil:
		return end && r.finishForeign()
	case r.headed && !end:
		return r.fail(frames.ProtocolError, codes.Internal, "a HEADERS frame cannot appear in the middle of a stream")
	}
	t := terms{gRPC: r.headed, code: codes.Unknown}
	if err := t.read(head); err != nil {
		r.err, r.code = err, frames.ProtocolError
		return true
	}
	switch {
	case t.interim():
		return false
	case !t.gRPC:
		r.foreign = t.foreign()
		if end {
			r.err, r.code = r.foreign.Err(), frames.ProtocolError
		}
		return end
	case t.malformed != "":
		return r.fail(frames.ProtocolError, codes.Internal, t.malformed)
	case !end:
		r.headed, r.encoding = true, t.encoding
		return false
	}
	r.answered = true
	r.status = t.status()
	return false
}

// data takes a piece of the body. It reports whether nothing more is wanted.
func (r *reply) data(p []byte, end bool) (over bool) {
	switch {
	case r.err != nil:
		return true
	case r.foreign != nil:
		r.text = append(r.text, p[:min(len(p), mostForeign-len(r.text))]...)
		return (end || len(r.text) == mostForeign) && r.finishForeign()
	}
	if r.have < prefixBytes {
		n := copy(r.prefix[r.have:], p)
		r.have, p = r.have+n, p[n:]
		if r.have == prefixBytes && !r.fits() {
			return true
		}
	}
	whole := min(len(p), r.length-len(r.text))
	r.text = append(r.text, p[:whole]...)
	if r.extra += len(p) - whole; r.extra >= prefixBytes {
		return r.fail(frames.Cancel, codes.Internal, twoMessages)
	}
	if r.have == prefixBytes && r.prefix[0] != 0 && len(r.text) == r.length {
		if err := r.unpack(); err != nil { // now: the instance may never end what it says
			r.err, r.code = err, frames.Cancel
			return true
		}
	}
	if end {
		r.status = grpcstatus.New(codes.Internal, "server closed the stream without sending trailers")
	}
	return false
}

const twoMessages = "cardinality violation: expected <EOF> for non server-streaming RPCs, but received another message"

// fits takes the prefix, and refuses a message that is too large.
func (r *reply) fits() bool {
	length := binary.BigEndian.Uint32(r.prefix[1:])
	if int64(length) > int64(r.most) {
		return !r.fail(frames.Cancel, codes.ResourceExhausted,
			fmt.Sprintf("grpc: received message larger than max (%d vs. %d)", length, r.most))
	}
	r.length = int(length) // at most r.most
	if cap(r.text) < r.length && r.length <= keptText {
		r.text = make([]byte, 0, r.length) // what is larger grows as it comes
	}
	return true
}

// outcome is what came of a reply that is over: nil where there is a message.
func (r *reply) outcome() error {
	switch {
	case r.err != nil:
		return r.err
	case r.have > 0 && (r.have < prefixBytes || len(r.text) < r.length):
		return grpcstatus.Error(codes.Internal, io.ErrUnexpectedEOF.Error())
	}
	switch {
	case r.extra > 0:
		return grpcstatus.Error(codes.Internal, twoMessages)
	case r.status != nil:
		return r.status.Err()
	case r.have == 0:
		return grpcstatus.Error(codes.Internal,
			"cardinality violation: received no response message from non-server-streaming RPC")
	}
	return nil
}

// finishForeign ends the reading of an answer that isn't gRPC.
func (r *reply) finishForeign() (over bool) {
	return r.fail(frames.ProtocolError, r.foreign.Code(), fmt.Sprintf("%s\ndata: %q", r.foreign.Message(), r.text))
}

// foreign is what an answer stands for that isn't gRPC.
func (t *terms) foreign() *grpcstatus.Status {
	code, text := codes.Internal, "malformed header: missing HTTP status"
	if t.http != 0 {
		code = httpCode(t.http)
		text = fmt.Sprintf("unexpected HTTP status code received from server: %d (%s)", t.http, http.StatusText(t.http))
	}
	if t.contentType == "" {
		return grpcstatus.New(code, text+"; malformed header: missing HTTP content-type")
	}
	return grpcstatus.New(code, text+"; transport: received unexpected content-type "+strconv.Quote(t.contentType))
}
