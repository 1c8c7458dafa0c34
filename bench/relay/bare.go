package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"connectrpc.com/connect"

	"github.com/fonoster/routr-dispatcher/bench/load"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// bare is this command as a relay that does nothing but relay.
func (w *world) bare(kind string) func(addr string) (*exec.Cmd, error) {
	return func(addr string) (*exec.Cmd, error) {
		self, err := os.Executable()
		return command(self, "-as", kind, addr, w.processor), err
	}
}

// beRelay takes calls at addr by grpc-go or connect-go and calls the processor by grpc-go, bytes for bytes.
func beRelay(kind, addr, processor string) error {
	to, err := load.Dial(processor)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	call := func(ctx context.Context, request []byte) ([]byte, error) { return load.Invoke(ctx, to, request) }
	switch kind {
	case "grpc":
		return load.NewServer(call).Serve(l)
	case "connect":
		handler := func(ctx context.Context, r *connect.Request[[]byte]) (*connect.Response[[]byte], error) {
			answer, err := call(ctx, *r.Msg)
			return connect.NewResponse(&answer), err
		}
		path := routrpbconnect.ProcessorProcessMessageProcedure
		mux := http.NewServeMux()
		mux.Handle(path, connect.NewUnaryHandler(path, handler, connect.WithCodec(proto{})))
		server := http.Server{Handler: mux, Protocols: new(http.Protocols), ReadHeaderTimeout: time.Minute}
		server.Protocols.SetUnencryptedHTTP2(true)
		return server.Serve(l)
	}
	return fmt.Errorf("-as: there is no relay %q", kind)
}

// proto is connect-go's name for what *[]byte holds.
type proto struct{}

func (proto) Name() string { return "proto" }

func (proto) Marshal(v any) ([]byte, error) { return proto{}.MarshalAppend(nil, v) }

// MarshalAppend copies: connect keeps what it is given.
func (proto) MarshalAppend(to []byte, v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("relay: can't send a %T", v)
	}
	return append(to, *b...), nil
}

// Unmarshal copies: connect uses data again.
func (proto) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("relay: can't receive a %T", v)
	}
	*b = append([]byte(nil), data...)
	return nil
}
