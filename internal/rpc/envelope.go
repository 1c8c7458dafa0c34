package rpc

import (
	"encoding/binary"
	"errors"
	"io"
)

// An envelope is a flag, a length and a message ("gRPC over HTTP2", Length-Prefixed-Message).
const (
	envelopeBytes  = 5
	flagCompressed = 1
)

// envelopeReader reads a body of envelopes, as gRPC, gRPC-Web and Connect's streams have it, with their messages
// inflated.
type envelopeReader struct {
	*inflater
	ready []byte // to be handed out
	plain int64  // bytes of the envelope that follow as they are
}

// Read implements io.Reader.
func (e *envelopeReader) Read(p []byte) (n int, err error) {
	if len(e.ready) == 0 && e.plain == 0 {
		if err := e.fill(); err != nil {
			return 0, err
		}
	}
	if len(e.ready) > 0 {
		n = copy(p, e.ready)
		e.ready = e.ready[n:]
		return n, nil
	}
	n, err = e.work.body.Read(p[:min(int64(len(p)), e.plain)])
	e.plain -= int64(n)
	if !e.work.take(n) {
		return 0, errBusy
	}
	return n, err
}

// fill reads the next envelope, or the head of one that isn't compressed. What is wrong with heads and lengths is left
// for connect to say.
func (e *envelopeReader) fill() error {
	head := make([]byte, envelopeBytes)
	n, err := io.ReadFull(e.work.body, head)
	if n == 0 {
		return err
	}
	e.ready = head[:n]
	size := int64(binary.BigEndian.Uint32(head[1:]))
	if n < len(head) || head[0]&flagCompressed == 0 || size == 0 || size > int64(e.maxBytes) {
		e.plain = size
		return nil
	}
	packed, err := e.collect(io.LimitReader(e.work.body, size))
	if err != nil {
		return err
	}
	if int64(len(packed)) < size {
		e.ready = append(head, packed...)
		return nil
	}
	if err := e.open(packed); err != nil {
		return err
	}
	return e.unpack(head)
}

// unpack makes ready what an envelope holds, inflated.
func (e *envelopeReader) unpack(message []byte) error {
	for {
		if cap(message)-len(message) < inflateStep {
			message = append(make([]byte, 0, 2*cap(message)+inflateStep), message...)
		}
		n, err := e.inflater.Read(message[len(message):cap(message)])
		message = message[:len(message)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	message[0] &^= flagCompressed
	binary.BigEndian.PutUint32(message[1:], uint32(len(message)-envelopeBytes)) // at most maxBytes
	e.ready = message
	return nil
}
