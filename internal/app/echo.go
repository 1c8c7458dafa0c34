package app

import (
	"context"
	"io"
	"log"
	"math"
	"net/http"
	"slices"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// echo is a real gRPC server on a free port of the loopback interface, which stands in for the demo's processors: it
// answers a SIP request with 200 OK, as Routr's echo does, and a SIP response with that response.
type echo struct {
	server *server.Server
	served chan error
}

func startEcho(ctx context.Context, maxBytes int) (*echo, error) {
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(echoMessage, maxBytes, server.NewByteBudget(math.MaxInt64)))
	s, err := server.Listen(ctx, server.Options{
		Addr: "127.0.0.1:0", Handler: mux, ErrorLog: log.New(io.Discard, "", 0),
	})
	if err != nil {
		return nil, err
	}
	e := &echo{server: s, served: make(chan error, 1)}
	go func() { e.served <- serve(s) }()
	return e, nil
}

func (e *echo) addr() string { return e.server.Addr().String() }

// redirected returns the configuration with every processor at addr. The demo has no middlewares.
func redirected(cfg *config.Config, addr string) *config.Config {
	changed := *cfg
	changed.Spec.Processors = slices.Clone(cfg.Spec.Processors)
	for i := range changed.Spec.Processors {
		changed.Spec.Processors[i].Addrs = []config.Address{{Target: addr, Weight: 1}}
	}
	return &changed
}

func echoMessage(_ context.Context, request []byte, _ map[string][]string) ([]byte, error) {
	req, err := message.Parse(request)
	if err != nil {
		return nil, err
	}
	if req.Form() == message.SIPResponse {
		return req.Answer(nil), nil
	}
	return req.Respond(message.Response{
		Type: message.ResponseType(routrpb.ResponseType_OK), Reason: "OK",
		Contact: req.Method() == message.Method(routrpb.Method_REGISTER), // RFC 3261 section 10.3: the bindings
	}), nil
}

// stop ends the echo and waits for it: its only caller is gone by then.
func (e *echo) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = e.server.Shutdown(ctx) // it says that it cut connections off
	<-e.served
}
