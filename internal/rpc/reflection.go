package rpc

import (
	"net/http"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// HandleReflection mounts grpc.reflection.v1 and v1alpha, so that grpcurl works without the .proto files.
func HandleReflection(mux *http.ServeMux) {
	reflector := grpcreflect.NewStaticReflector(
		routrpbconnect.ProcessorName,
		grpc_health_v1.Health_ServiceDesc.ServiceName,
		grpcreflect.ReflectV1ServiceName,
		grpcreflect.ReflectV1AlphaServiceName,
	)
	for _, version := range []func(*grpcreflect.Reflector, ...connect.HandlerOption) (string, http.Handler){
		grpcreflect.NewHandlerV1, grpcreflect.NewHandlerV1Alpha,
	} {
		path, handler := version(reflector, connect.WithReadMaxBytes(maxSmall))
		mux.Handle(path, trailers{handler})
	}
}
