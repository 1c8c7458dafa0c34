package rpc

import (
	"net/http"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// HandleReflection mounts grpc.reflection.v1 and v1alpha, so that grpcurl works without the .proto files.
func HandleReflection(mux *http.ServeMux, limits Limits) {
	turns := newTurns()
	mount := func(path string, handler http.Handler) {
		mux.Handle(path, admitted(trailers{limits.streaming(handler)}, maxSmall, limits.Work, turns))
	}
	reflector := grpcreflect.NewStaticReflector(
		routrpbconnect.ProcessorName,
		grpc_health_v1.Health_ServiceDesc.ServiceName,
		grpcreflect.ReflectV1ServiceName,
		grpcreflect.ReflectV1AlphaServiceName,
	)
	mount(grpcreflect.NewHandlerV1(reflector, connect.WithReadMaxBytes(maxSmall)))
	mount(grpcreflect.NewHandlerV1Alpha(reflector, connect.WithReadMaxBytes(maxSmall)))
}
