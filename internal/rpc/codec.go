package rpc

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// frame is a protobuf message as its bytes, which others may hold too: nobody writes to them, and they never get into
// connect's buffer pool.
type frame struct {
	data []byte
	json bool // data is a request's JSON text, which the handler converts, as that takes time and memory
}

// protoCodec hands protobuf over as it came, for gRPC, gRPC-Web and Connect alike.
//
// connect takes what a codec returns from Marshal for its own: it puts the slice into the pool that later requests are
// read into. A retransmission's answer is somebody else's too, so MarshalAppend, which connect prefers, copies it into
// a buffer of the pool, and Marshal into one of its own.
type protoCodec struct{}

func (protoCodec) Name() string { return "proto" }

func (c protoCodec) Marshal(v any) ([]byte, error) { return c.MarshalAppend(nil, v) }

// MarshalAppend also takes the google.rpc.Status that connect sends along with an error that has details.
func (protoCodec) MarshalAppend(to []byte, v any) ([]byte, error) {
	if m, ok := v.(proto.Message); ok {
		return proto.MarshalOptions{}.MarshalAppend(to, m)
	}
	f, err := asFrame(v)
	return append(to, f.data...), err
}

// Unmarshal copies, because data is of the pool.
func (protoCodec) Unmarshal(data []byte, v any) error {
	f, err := asFrame(v)
	if err == nil {
		f.data = append([]byte(nil), data...)
	}
	return err
}

// jsonCodec converts at the door: behind it, a message is its protobuf bytes. Both ways make bytes that nobody else
// has.
type jsonCodec struct{ name string }

func (c jsonCodec) Name() string { return c.name }

func (jsonCodec) Marshal(v any) ([]byte, error) {
	f, err := asFrame(v)
	if err != nil {
		return nil, err
	}
	return message.AnswerToJSON(f.data)
}

func (jsonCodec) Unmarshal(data []byte, v any) error {
	f, err := asFrame(v)
	if err == nil {
		f.data, f.json = append([]byte(nil), data...), true
	}
	return err
}

func asFrame(v any) (*frame, error) {
	f, ok := v.(*frame)
	if !ok {
		return &frame{}, fmt.Errorf("rpc: can't convert a %T", v)
	}
	return f, nil
}
