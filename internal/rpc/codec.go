package rpc

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// frame is a protobuf message as its bytes.
type frame struct{ data []byte }

// protoCodec hands protobuf over as it came, for gRPC, gRPC-Web and Connect alike.
type protoCodec struct{}

func (protoCodec) Name() string { return "proto" }

// Marshal also takes the google.rpc.Status that connect sends along with an error that has details.
func (protoCodec) Marshal(v any) ([]byte, error) {
	if m, ok := v.(proto.Message); ok {
		return proto.Marshal(m)
	}
	f, err := asFrame(v)
	return f.data, err
}

// Unmarshal copies, because connect reuses the buffer.
func (protoCodec) Unmarshal(data []byte, v any) error {
	f, err := asFrame(v)
	if err == nil {
		f.data = append([]byte(nil), data...)
	}
	return err
}

// jsonCodec converts at the door: behind it, a message is its protobuf bytes.
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
	if err != nil {
		return err
	}
	f.data, err = message.RequestFromJSON(data)
	return err
}

func asFrame(v any) (*frame, error) {
	f, ok := v.(*frame)
	if !ok {
		return &frame{}, fmt.Errorf("rpc: can't convert a %T", v)
	}
	return f, nil
}
