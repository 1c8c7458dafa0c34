package app

import (
	"context"
	"io"
	"log"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// echo is a real gRPC server on a free port of the loopback interface, which stands in for the demo's processors: it
// answers every message with that message.
type echo struct {
	server *server.Server
	served chan error
}

// startEcho starts the echo and points the configuration's backends at it.
func startEcho(ctx context.Context, opts Options) (*echo, error) {
	spec := &opts.Config.Spec
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(echoMessage, int(spec.MaxMessageBytes)))
	s, err := server.Listen(ctx, "127.0.0.1:0", mux, log.New(io.Discard, "", 0))
	if err != nil {
		return nil, err
	}
	e := &echo{server: s, served: make(chan error, 1)}
	go func() { e.served <- s.Serve() }()
	redirect(spec, s.Addr().String())
	return e, nil
}

func redirect(spec *config.Spec, addr string) {
	for i := range spec.Processors {
		spec.Processors[i].Addr = addr
	}
	for i := range spec.Middlewares {
		spec.Middlewares[i].Addr = addr
	}
}

func echoMessage(_ context.Context, request []byte, _ backend.Metadata) ([]byte, error) {
	req, err := message.Parse(request)
	if err != nil {
		return nil, err
	}
	return req.Answer(nil), nil
}

// stop ends the echo and waits for it: its only caller is gone by then.
func (e *echo) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e.server.Shutdown(ctx) //nolint:errcheck,gosec // it says that it cut connections off
	<-e.served
}
