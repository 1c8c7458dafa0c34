package load

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"

	"google.golang.org/grpc"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// FreeAddr returns an address of this machine on which nothing listens, below the ports that the kernel hands out.
func FreeAddr() (string, error) {
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_768))
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
		if err == nil {
			l.Close()
			return addr, nil
		}
	}
	return "", errors.New("no port is free")
}

// ServeProcessor starts a processor that answers each request with Answer. It lives as long as the program.
func ServeProcessor() (addr string, err error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	answer := Answer()
	server := NewServer(func(context.Context, []byte) ([]byte, error) { return answer, nil })
	go func() { log.Fatal(server.Serve(l)) }()
	return l.Addr().String(), nil
}

// NewServer is a gRPC server that answers ProcessMessage by handle, bytes for bytes.
func NewServer(handle func(context.Context, []byte) ([]byte, error)) *grpc.Server {
	method := func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var request []byte
		if err := decode(&request); err != nil {
			return nil, err
		}
		answer, err := handle(ctx, request)
		return &answer, err
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(Raw{}))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: routrpbconnect.ProcessorName,
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: method}},
	}, struct{}{})
	return server
}
