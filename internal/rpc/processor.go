// Package rpc is the wire's door: the Processor service over gRPC, gRPC-Web and Connect, with health and reflection
// beside it. It turns a call into message bytes for package dispatch and what comes of them into an answer or a
// status. Package app mounts its handlers on the server.
package rpc

import (
	"context"
	"math"
	"net/http"

	"connectrpc.com/connect"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/backend"
)

// Process handles a MessageRequest and returns a MessageResponse, both in their wire form. It may keep the request;
// neither is ever written to. An error that isn't a *backend.Error becomes UNKNOWN.
type Process func(ctx context.Context, request []byte, md backend.Metadata) ([]byte, error)

// NewProcessor returns the path and the handler of the Processor service. maxBytes bounds a request and an answer.
func NewProcessor(process Process, maxBytes int) (path string, handler http.Handler) {
	method := routrpb.File_processor_proto.Services().ByName("Processor").Methods().ByName("ProcessMessage")
	return routrpbconnect.ProcessorProcessMessageProcedure, trailers{connect.NewUnaryHandler(
		routrpbconnect.ProcessorProcessMessageProcedure,
		func(ctx context.Context, req *connect.Request[frame]) (*connect.Response[frame], error) {
			answer, err := process(ctx, req.Msg.data, incoming(req.Header()))
			if err != nil {
				return nil, asStatus(err)
			}
			return connect.NewResponse(&frame{data: answer}), nil
		},
		connect.WithSchema(method),
		connect.WithCodec(protoCodec{}),
		connect.WithCodec(jsonCodec{"json"}),
		connect.WithCodec(jsonCodec{"json; charset=utf-8"}),
		connect.WithReadMaxBytes(maxBytes),
		connect.WithSendMaxBytes(maxBytes),
		// Messages are small and the way is short: compressing an answer costs more than it saves.
		connect.WithCompressMinBytes(math.MaxInt),
	)}
}
