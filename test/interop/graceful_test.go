//go:build interop

package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// Processors that end their connections in good order, again and again under load: no message fails, and none
// arrives twice.

const (
	gracefulCallers = 64
	gracefulCalls   = 4000
)

func TestConnectionsThatEndInGoodOrderCostNoMessage(t *testing.T) {
	const age = 150 * time.Millisecond
	for name, start := range map[string]func(t *testing.T) (addr string, arrivals func() map[string]int){
		"nginx with 1000 requests a connection": func(t *testing.T) (string, func() map[string]int) {
			addr, arrivals := countingGRPCGo(t)
			return nginxBefore(t, addr, 1000), arrivals
		},
		"nginx with 20 requests a connection": func(t *testing.T) (string, func() map[string]int) {
			addr, arrivals := countingGRPCGo(t)
			return nginxBefore(t, addr, 20), arrivals
		},
		"grpc-go with a short MaxConnectionAge": func(t *testing.T) (string, func() map[string]int) {
			return countingGRPCGo(t, grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: age}))
		},
		"grpc-js with a short max_connection_age_ms": func(t *testing.T) (string, func() map[string]int) {
			p := startPeers(t, peer{Name: "aging", Kind: "aging", With: age.Milliseconds()})
			return p.addrs["aging"], func() map[string]int {
				p.command(t, map[string]bool{"count": true})
				return p.await(t, "counts").Counts
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr, arrivals := start(t)
			d := startDispatcher(t, spec{Processors: []processor{
				{Ref: "connect", Addr: addr, MatchFunc: "req => true", Methods: allMethods},
			}})
			messages := manyMessages(t, d.addr)
			got := arrivals()
			if len(got) != messages {
				t.Errorf("%d messages arrived of %d", len(got), messages)
			}
			for ref, n := range got {
				if n != 1 {
					t.Errorf("message %s arrived %d times", ref, n)
				}
			}
		})
	}
}

// manyMessages sends messages from several callers at once and compares the answers. None may fail. It returns how many
// there were.
func manyMessages(t *testing.T, addr string) int {
	t.Helper()
	conn, request := dial(t, addr), typedInvite(t)
	began, slowest := time.Now(), make([]time.Duration, gracefulCallers)
	var callers sync.WaitGroup
	for caller := range gracefulCallers {
		callers.Go(func() {
			for n := range gracefulCalls / gracefulCallers {
				sent := proto.CloneOf(request)
				sent.Ref = fmt.Sprintf("%d-%d", caller, n)
				sent.Message.CallId.CallId, sent.Message.Body, sent.Message.Via[0].Branch =
					sent.Ref, sent.Ref, "z9hG4bK"+sent.Ref
				got, at := &routrpb.MessageResponse{}, time.Now()
				err := conn.Invoke(t.Context(), "/"+processorService+"/ProcessMessage", sent, got)
				slowest[caller] = max(slowest[caller], time.Since(at))
				if err != nil {
					t.Errorf("message %s: %v", sent.Ref, err)
				} else if !proto.Equal(sent.Message, got.Message) {
					t.Errorf("message %s was answered with %v", sent.Ref, got.Message)
				}
			}
		})
	}
	callers.Wait()
	longest := time.Duration(0)
	for _, took := range slowest {
		longest = max(longest, took)
	}
	t.Logf("%d messages in %v, the slowest in %v", gracefulCalls, time.Since(began), longest)
	return gracefulCallers * (gracefulCalls / gracefulCallers)
}

// countingGRPCGo starts a processor in grpc-go that answers with the message and counts what arrives.
func countingGRPCGo(t *testing.T, opts ...grpc.ServerOption) (addr string, arrivals func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	all := map[string]int{}
	addr = serveGRPCGo(t, func(_ context.Context, r *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		mu.Lock()
		defer mu.Unlock()
		all[r.GetRef()]++
		return &routrpb.MessageResponse{Sender: r.GetSender(), Message: r.GetMessage(), Metadata: r.GetMetadata()}, nil
	}, opts...)
	return addr, func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// nginxBefore starts nginx in front of a gRPC server. It ends each connection after so many requests.
func nginxBefore(t *testing.T, upstream string, requests int) (addr string) {
	t.Helper()
	dir, addr := t.TempDir(), peertest.FreeAddr(t)
	config := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  keepalive_requests %d;
  upstream behind { server %s; keepalive 8; }
  server { listen %s http2; location / { grpc_pass grpc://behind; } }
}
`, requests, upstream, addr)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatalf("write nginx' configuration: %v", err)
	}
	startProcess(t, exec.Command("nginx", "-p", dir, "-c", file, "-e", "stderr"))
	peertest.Await(t, addr)
	return addr
}
