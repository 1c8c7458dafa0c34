package rpc

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"connectrpc.com/connect"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Health is the service grpc.health.v1.Health: for the server as a whole (the empty name) and for the Processor
// service. The zero Health says NOT_SERVING. It is safe for concurrent use.
type Health struct {
	mu      sync.Mutex
	serving bool
	closed  bool
	changed chan struct{} // closed at the next change; nil until somebody waits
}

// SetServing says whether calls are welcome.
func (h *Health) SetServing(serving bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving = serving
	h.wake()
}

// Close says NOT_SERVING to whoever watches and ends the watching, so that a server can shut down.
func (h *Health) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving, h.closed = false, true
	h.wake()
}

// wake is called with mu held.
func (h *Health) wake() {
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// state returns the status of a service, and what is closed when it may have changed: nil when it won't change again.
func (h *Health) state(service string) (grpc_health_v1.HealthCheckResponse_ServingStatus, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	status := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	switch {
	case service != "" && service != routrpbconnect.ProcessorName:
		status = grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN
	case h.serving:
		status = grpc_health_v1.HealthCheckResponse_SERVING
	}
	if h.closed {
		return status, nil
	}
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return status, h.changed
}

// Handle mounts the service's methods.
func (h *Health) Handle(mux *http.ServeMux, limits Limits) {
	service := "/" + grpc_health_v1.Health_ServiceDesc.ServiceName
	turns := newTurns()
	mount := func(method string, handler http.Handler) {
		mux.Handle(service+method, admitted(trailers{handler}, maxSmall, limits.Work, turns))
	}
	mount("/Check", connect.NewUnaryHandler(service+"/Check", h.check, connect.WithReadMaxBytes(maxSmall)))
	mount("/List", connect.NewUnaryHandler(service+"/List", h.list, connect.WithReadMaxBytes(maxSmall)))
	watch := connect.NewServerStreamHandler(service+"/Watch", h.watch, connect.WithReadMaxBytes(maxSmall))
	mount("/Watch", limits.streaming(watch, nil))
}

// maxSmall bounds the requests of health and reflection, which carry a name.
const maxSmall = 64 << 10

func (h *Health) check(_ context.Context, req *connect.Request[grpc_health_v1.HealthCheckRequest]) (
	*connect.Response[grpc_health_v1.HealthCheckResponse], error,
) {
	status, _ := h.state(req.Msg.GetService())
	if status == grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, connect.NewError(connect.CodeNotFound,
			errors.New("unknown service "+visible.Cut(req.Msg.GetService(), maxQuoted)))
	}
	return connect.NewResponse(&grpc_health_v1.HealthCheckResponse{Status: status}), nil
}

func (h *Health) list(context.Context, *connect.Request[grpc_health_v1.HealthListRequest]) (
	*connect.Response[grpc_health_v1.HealthListResponse], error,
) {
	status, _ := h.state("")
	all := map[string]*grpc_health_v1.HealthCheckResponse{}
	for _, service := range []string{"", routrpbconnect.ProcessorName} {
		all[service] = &grpc_health_v1.HealthCheckResponse{Status: status}
	}
	return connect.NewResponse(&grpc_health_v1.HealthListResponse{Statuses: all}), nil
}

// watch sends the status now and at every change, until the caller leaves, the stream is idle or the server
// shuts down.
func (h *Health) watch(ctx context.Context, req *connect.Request[grpc_health_v1.HealthCheckRequest],
	stream *connect.ServerStream[grpc_health_v1.HealthCheckResponse],
) error {
	last := grpc_health_v1.HealthCheckResponse_ServingStatus(-1)
	for {
		status, changed := h.state(req.Msg.GetService())
		if status != last {
			if err := stream.Send(&grpc_health_v1.HealthCheckResponse{Status: status}); err != nil {
				return err
			}
			last = status
		}
		if changed == nil {
			return errStopping
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
