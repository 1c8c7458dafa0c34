// Package backend calls the programs behind the dispatcher: processors and middlewares, each a gRPC server of the
// Processor service. It owns the connections, the deadlines and the classification of what goes wrong.
//
// Package dispatch calls it, once for every stop on a message's way. A Backend is safe for concurrent use.
package backend

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// Role is what a backend is to the dispatcher; its words are those of error messages.
type Role string

// The roles of a backend.
const (
	Processor  Role = "processor"
	Middleware Role = "middleware"
)

// Options say which program a Backend calls, and how.
type Options struct {
	Role            Role
	Ref             string
	Addr            string        // host:port, where a gRPC server listens in clear text
	Timeout         time.Duration // of one call; the caller's own deadline wins where it is earlier
	MaxMessageBytes int           // of a request and of an answer
	UserAgent       string
}

// Backend is one processor or middleware. Close it when nobody calls it any more.
type Backend struct {
	opts Options
	conn *grpc.ClientConn
}

// Metadata is gRPC metadata: keys in lower case, values of keys that end in -bin as bytes rather than base64.
type Metadata map[string][]string

// New returns a Backend. It connects when it is first called.
func New(opts Options) (*Backend, error) {
	conn, err := grpc.NewClient("passthrough:///"+opts.Addr, dialOptions(opts)...)
	if err != nil {
		return nil, fmt.Errorf("%s ref = %s: connect to %q: %w", opts.Role, opts.Ref, opts.Addr, err)
	}
	return &Backend{opts: opts, conn: conn}, nil
}

func dialOptions(opts Options) []grpc.DialOption {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		// A peer that vanished is noticed by TCP: gRPC servers refuse HTTP/2 pings more often than every 5 minutes.
		Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3,
	}}
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", addr)
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			// A program that comes back is called again within seconds, not minutes.
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDisableServiceConfig(),
		grpc.WithNoProxy(),
		grpc.WithIdleTimeout(0),
		grpc.WithStatsHandler(endings{}),
		grpc.WithUserAgent(opts.UserAgent),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(rawCodec{}),
			grpc.MaxCallRecvMsgSize(opts.MaxMessageBytes),
			grpc.MaxCallSendMsgSize(opts.MaxMessageBytes),
		),
	}
}

// Ref returns the backend's ref.
func (b *Backend) Ref() string { return b.opts.Ref }

// Role returns what the backend is.
func (b *Backend) Role() Role { return b.opts.Role }

// Addr returns where the backend listens.
func (b *Backend) Addr() string { return b.opts.Addr }

// Call sends a MessageRequest in its wire form and returns the MessageResponse that comes back, unparsed. It ends
// when ctx does, and after the backend's timeout at the latest. The error is an *Error.
func (b *Backend) Call(ctx context.Context, request []byte, md Metadata) ([]byte, error) {
	c := &call{backend: b, caller: ctx, start: time.Now(), limit: b.opts.Timeout}
	if deadline, ok := ctx.Deadline(); ok {
		c.limit = max(0, min(c.limit, deadline.Sub(c.start)))
	}
	ctx, cancel := context.WithTimeout(context.WithValue(outgoing(ctx, md), callKey{}, c), b.opts.Timeout)
	defer cancel()
	answer := raw{}
	err := b.conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, &raw{data: request}, &answer)
	if err != nil {
		return nil, c.classify(err)
	}
	return answer.data, nil
}

// Close ends the backend's connections, and with them the calls that are still in flight.
func (b *Backend) Close() error { return b.conn.Close() }
