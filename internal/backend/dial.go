package backend

import (
	"context"
	"io"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/balancer"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/grpclog"
	"google.golang.org/grpc/keepalive"
)

// grpc-go finds balancers by name in a registry that may be written to in init only, and so may its logger be set. It
// logs connections that fail to standard error; here they are in errors and in Status.
func init() {
	balancer.Register(fleetBuilder{})
	if os.Getenv("GRPC_GO_LOG_SEVERITY_LEVEL") == "" {
		grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	}
}

// reconnect is how long it takes until a connection that failed is tried again: a program that comes back is called
// again within seconds, not minutes.
var reconnect = backoff.Config{
	BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second,
}

// A peer that vanished is noticed by TCP: gRPC servers refuse HTTP/2 pings more often than every 5 minutes.
var dialer = net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
	Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3,
}}

const (
	connectTimeout = 5 * time.Second  // the shortest for one attempt
	deadAfter      = 15 * time.Second // data that nobody acknowledges for so long ends a connection
	// pingAfter is how long an instance says nothing until it is asked by PING whether it is there. More often than
	// every 5 minutes is answered with ENHANCE_YOUR_CALM.
	pingAfter = 6 * time.Minute
)

func dialOptions(f *fleet, creds credentials.TransportCredentials) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", addr)
		}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: connectTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time:    pingAfter,
			Timeout: deadAfter, // of a ping; grpc-go sets TCP_USER_TIMEOUT to it, too
		}),
		grpc.WithResolvers(&resolverBuilder{fleet: f}),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"` + balancerName + `":{}}]}`),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableHealthCheck(), // the fleet has its own
		grpc.WithNoProxy(),
		grpc.WithIdleTimeout(0),
		grpc.WithStatsHandler(endings{}),
		grpc.WithUserAgent(f.place.userAgent),
		grpc.WithMaxHeaderListSize(answerHeaders),
	}
}
