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
	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Process handles a MessageRequest and returns a MessageResponse, both in their wire form. It may keep the request;
// neither is ever written to. An error that isn't a *status.Error becomes UNKNOWN.
type Process func(ctx context.Context, request []byte, md map[string][]string) ([]byte, error)

// NewProcessor returns the path and the handler of the Processor service. maxBytes bounds a request and an answer,
// budget what all requests hold at once.
func NewProcessor(process Process, maxBytes int, budget *server.Budget) (path string, handler http.Handler) {
	method := routrpb.File_processor_proto.Services().ByName("Processor").Methods().ByName("ProcessMessage")
	turns := newTurns()
	jsons := converter{turns}
	return routrpbconnect.ProcessorProcessMessageProcedure, admitted(trailers{connect.NewUnaryHandler(
		routrpbconnect.ProcessorProcessMessageProcedure,
		func(ctx context.Context, req *connect.Request[frame]) (*connect.Response[frame], error) {
			request, err := jsons.wire(ctx, req.Msg)
			if err != nil {
				return nil, err
			}
			answer, err := process(ctx, request, door.Incoming(req.Header()))
			if err != nil {
				return nil, asStatus(ctx, err)
			}
			workOf(ctx).share.Add(int64(len(answer))) // it is there: what comes after it has to wait
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
	)}, maxBytes, budget, turns)
}
