package backend

import (
	"context"
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
)

// raw is a message whose bytes go over the wire as they are.
type raw struct{ data []byte }

// rawCodec hands bytes to gRPC and takes bytes from it. It has no name, so the content type is plain
// application/grpc, which every peer takes for protobuf.
type rawCodec struct{}

func (rawCodec) Name() string { return "" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(*raw)
	if !ok {
		return nil, fmt.Errorf("backend: can't send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(m.data)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(*raw)
	if !ok {
		return fmt.Errorf("backend: can't receive a %T", v)
	}
	m.data = data.Materialize()
	return nil
}

// outgoing makes md the metadata of a call. Nothing else in ctx travels.
func outgoing(ctx context.Context, md map[string][]string) context.Context {
	if len(md) == 0 {
		return ctx
	}
	return metadata.NewOutgoingContext(ctx, metadata.MD(md))
}
