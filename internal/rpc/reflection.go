package rpc

import (
	"context"
	"errors"
	"net/http"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// HandleReflection mounts grpc.reflection.v1 and v1alpha, so that grpcurl works without the .proto files. Their
// streams, which clients keep open, end when the dispatcher stops.
func HandleReflection(mux *http.ServeMux, limits Limits) {
	turns := newTurns()
	mount := func(path string, handler http.Handler) {
		mux.Handle(path, admitted(trailers{limits.streaming(handler, limits.Done)}, maxSmall, limits.Work, turns))
	}
	reflector := grpcreflect.NewStaticReflector(
		routrpbconnect.ProcessorName,
		grpc_health_v1.Health_ServiceDesc.ServiceName,
		grpcreflect.ReflectV1ServiceName,
		grpcreflect.ReflectV1AlphaServiceName,
	)
	opts := []connect.HandlerOption{connect.WithReadMaxBytes(maxSmall), connect.WithInterceptors(causes{})}
	mount(grpcreflect.NewHandlerV1(reflector, opts...))
	mount(grpcreflect.NewHandlerV1Alpha(reflector, opts...))
}

// causes tells the caller of a stream that was ended why it was.
type causes struct{}

// WrapUnary is part of connect.Interceptor.
func (causes) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc { return next }

// WrapStreamingClient is part of connect.Interceptor.
func (causes) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler is part of connect.Interceptor.
func (causes) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		err := next(ctx, conn)
		if cause := context.Cause(ctx); err != nil && (errors.Is(cause, errIdle) || errors.Is(cause, errStopping)) {
			return cause
		}
		return err
	}
}
