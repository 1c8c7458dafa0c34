package rpc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"connectrpc.com/connect"
)

const (
	encodingGzip = "gzip"

	// inflaterBytes is what a request counts for beside its bytes while it is inflated.
	inflaterBytes = 4 << 10
	// inflateStep is how much is inflated in one turn.
	inflateStep = 16 << 10
)

// inflate sees to it that the body is inflated where it is read. connect could do that, too: it would hold what comes
// of it whatever there is room for, would inflate a message that is too large to its end, to say how large it is, and
// would keep all processors busy with it.
func (w *work) inflate(header http.Header, maxBytes int, turns turns) {
	encoding, envelopes := "Content-Encoding", false
	switch kind := header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/grpc"): // gRPC-Web, too
		encoding, envelopes = "Grpc-Encoding", true
	case strings.HasPrefix(kind, "application/connect+"):
		encoding, envelopes = "Connect-Content-Encoding", true
	}
	if header.Get(encoding) != encodingGzip {
		return // or something that connect refuses
	}
	z := &inflater{work: w, maxBytes: maxBytes, turns: turns}
	if envelopes {
		w.inflated = &envelopeReader{inflater: z}
		return
	}
	header.Del(encoding)
	w.inflated = z
}

// inflater reads one gzipped message inflated, takes it from the budget, and ends it where it gets too large. It waits
// for the whole of it before it begins, so that nobody has a turn who waits for a peer.
type inflater struct {
	work     *work
	maxBytes int
	turns    turns
	packed   bytes.Reader
	gzip     *gzip.Reader // nil before the first byte is read
	n        int          // bytes so far
}

var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// Read hands out one step.
func (z *inflater) Read(p []byte) (n int, err error) {
	if z.gzip == nil {
		packed, err := z.collect(z.work.body)
		if err != nil {
			return 0, err
		}
		if len(packed) == 0 {
			return 0, io.EOF
		}
		if err := z.open(packed); err != nil {
			return 0, err
		}
	}
	if err := z.turns.take(z.work); err != nil {
		return 0, err
	}
	n, err = z.gzip.Read(p[:min(len(p), inflateStep)])
	z.turns.end()
	z.n += n
	switch {
	case z.n > z.maxBytes:
		return 0, z.tooLarge()
	case !z.work.share.Take(int64(n)):
		return 0, errBusy
	}
	return n, broken(err)
}

// collect reads what is packed.
func (z *inflater) collect(from io.Reader) (packed []byte, err error) {
	for {
		if len(packed) == cap(packed) {
			packed = append(make([]byte, 0, 2*cap(packed)+512), packed...)
		}
		n, err := from.Read(packed[len(packed):cap(packed)])
		packed = packed[:len(packed)+n]
		switch {
		case len(packed) > z.maxBytes:
			return nil, z.tooLarge()
		case !z.work.share.Take(int64(n)):
			return nil, errBusy
		case errors.Is(err, io.EOF):
			return packed, nil
		case err != nil:
			return nil, err
		}
	}
}

// open begins a message.
func (z *inflater) open(packed []byte) error {
	if z.gzip == nil {
		if !z.work.share.Take(inflaterBytes) {
			return errBusy
		}
		z.gzip = gzipReaders.Get().(*gzip.Reader)
	}
	z.packed.Reset(packed)
	z.n = 0
	return broken(z.gzip.Reset(&z.packed))
}

func (z *inflater) tooLarge() error {
	return connect.NewError(connect.CodeResourceExhausted,
		fmt.Errorf("message is larger than configured max %d", z.maxBytes))
}

// broken makes what is wrong with compressed bytes the caller's fault.
func broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("decompress: %w", err))
}

// Close keeps the reader for another message.
func (z *inflater) Close() error {
	if z.gzip != nil {
		z.packed.Reset(nil)
		_ = z.gzip.Reset(&z.packed) // there is nothing in it
		gzipReaders.Put(z.gzip)
		z.gzip = nil
	}
	return nil
}
