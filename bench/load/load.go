// Package load is what the benchmarks share: callers, a processor that echoes, and what Linux says of a process.
package load

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/sample"
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

// ServeProcessor starts a processor that echoes. It lives as long as the program.
func ServeProcessor() (addr string, err error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: routrpbconnect.ProcessorName,
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: echo}},
	}, struct{}{})
	go func() { log.Fatal(server.Serve(l)) }()
	return l.Addr().String(), nil
}

//nolint:revive // grpc-go's MethodHandler has the context second
func echo(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	var req routrpb.MessageRequest
	if err := decode(&req); err != nil {
		return nil, err
	}
	return &routrpb.MessageResponse{
		Message: req.GetMessage(), Sender: req.GetSender(), Metadata: req.GetMetadata(),
	}, nil
}

// Invite is an INVITE of 1.2 kB in a transaction of its own: another one's would be its retransmission. It is from
// host, unless that is empty.
func Invite(branch, host string) (*routrpb.MessageRequest, error) {
	m, ok := sample.ByName("invite-sdp")
	if !ok {
		return nil, errors.New("there is no sample invite-sdp")
	}
	own := proto.Clone(m.Request).(*routrpb.MessageRequest)
	own.GetMessage().GetVia()[0].Branch = "z9hG4bK" + branch
	if host != "" {
		own.GetMessage().GetFrom().GetAddress().GetUri().Host = host
	}
	return own, nil
}

// Call is when a call began and how long it took.
type Call struct {
	Start time.Time
	Took  time.Duration
}

// Callers says how to call: each caller sends its requests in turn, and pauses after each call.
type Callers struct {
	Requests [][]*routrpb.MessageRequest // of each caller
	Pause    time.Duration
}

// Run calls until ctx ends, and returns every call.
func (c Callers) Run(ctx context.Context, conn *grpc.ClientConn) (all []Call, err error) {
	var (
		mu   sync.Mutex
		wait sync.WaitGroup
	)
	for _, requests := range c.Requests {
		wait.Go(func() {
			mine, failed := calls(ctx, conn, requests, c.Pause)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			if failed != nil {
				err = failed
			}
		})
	}
	wait.Wait()
	return all, err
}

func calls(
	ctx context.Context, conn *grpc.ClientConn, requests []*routrpb.MessageRequest, pause time.Duration,
) (mine []Call, err error) {
	for n := 0; ctx.Err() == nil; n++ {
		var answer routrpb.MessageResponse
		start := time.Now()
		err := conn.Invoke(context.Background(), routrpbconnect.ProcessorProcessMessageProcedure,
			requests[n%len(requests)], &answer, grpc.WaitForReady(true))
		if err != nil {
			return nil, err
		}
		mine = append(mine, Call{start, time.Since(start)})
		if pause > 0 {
			time.Sleep(pause)
		}
	}
	return mine, nil
}

// Percentile returns the latency that a part of the calls doesn't exceed; 0 where there were none.
func Percentile(all []Call, part float64) time.Duration {
	took := make([]time.Duration, len(all))
	for i, c := range all {
		took[i] = c.Took
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(int(part*float64(len(took))), len(took)-1)]
}
