//go:build interop

package interop

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// allMethods are the methods a processor of these tests lists unless it says otherwise.
var allMethods = []string{"REGISTER", "MESSAGE", "INVITE", "ACK", "BYE", "CANCEL", "PUBLISH"}

// resource is a dispatcher's configuration.
type resource struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Ref        string `json:"ref"`
	Spec       spec   `json:"spec"`
}

type spec struct {
	BindAddr    string       `json:"bindAddr"`
	Timeout     string       `json:"timeout,omitempty"`
	Processors  []processor  `json:"processors"`
	Middlewares []middleware `json:"middlewares,omitempty"`
}

type processor struct {
	Ref       string   `json:"ref"`
	Addr      string   `json:"addr"`
	MatchFunc string   `json:"matchFunc"`
	Methods   []string `json:"methods"`
}

type middleware struct {
	Ref           string `json:"ref"`
	Addr          string `json:"addr"`
	PostProcessor bool   `json:"postProcessor"`
}

// processor is a hosted peer as a processor of everything.
func (p *peers) processor(ref string) processor {
	return processor{Ref: ref, Addr: p.addrs[ref], MatchFunc: "req => true", Methods: allMethods}
}

// before and after are a hosted peer as a middleware on either side of the processor.
func (p *peers) before(ref string) middleware {
	return middleware{Ref: ref, Addr: p.addrs[ref]}
}

func (p *peers) after(ref string) middleware {
	return middleware{Ref: ref, Addr: p.addrs[ref], PostProcessor: true}
}

// dispatcher is the binary under test, running.
type dispatcher struct {
	*process
	addr string
}

// beyondPatience is a timeout that no test lives to see.
const beyondPatience = "10m"

// startDispatcher runs the binary with a JSON configuration on a free port. Where the
// test names no timeout, a call isn't ended by the dispatcher, however busy the machine is.
func startDispatcher(t *testing.T, s spec) *dispatcher {
	t.Helper()
	s.BindAddr = peertest.FreeAddr(t)
	if s.Timeout == "" {
		s.Timeout = beyondPatience
	}
	text, err := json.Marshal(resource{
		Kind: "MessageDispatcher", APIVersion: "v2beta1", Ref: "message-dispatcher", Spec: s,
	})
	if err != nil {
		t.Fatalf("encode the configuration: %v", err)
	}
	return runDispatcher(t, s.BindAddr, "dispatcher.json", text)
}

// runDispatcher runs the binary with a configuration file that binds addr, and waits until
// it says by grpc.health.v1 that it serves.
func runDispatcher(t *testing.T, addr, name string, config []byte) *dispatcher {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatalf("write the configuration: %v", err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "CONFIG_PATH="+file)
	d := &dispatcher{process: startProcess(t, cmd), addr: addr}
	d.awaitServing(t)
	return d
}

// awaitServing returns when the dispatcher serves, and fails the test when it exits instead.
func (d *dispatcher) awaitServing(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		select {
		case <-d.exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	health := grpc_health_v1.NewHealthClient(dial(t, d.addr))
	reply, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.WaitForReady(true))
	if err != nil {
		t.Fatalf("the dispatcher doesn't serve: %v", err)
	}
	if got := reply.GetStatus(); got != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Fatalf("health of a dispatcher that has started = %v, want SERVING", got)
	}
}

// awaitMetric returns when the metrics have a line.
func (d *dispatcher) awaitMetric(t *testing.T, line string) {
	t.Helper()
	text := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + d.addr + "/metrics")
		if err != nil {
			t.Fatalf("read the metrics: %v", err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatalf("read the metrics: %v", err)
		}
		if text = string(body); strings.Contains(text, "\n"+line+"\n") {
			return
		}
	}
	t.Fatalf("the metrics never had %q: %s", line, text)
}

// terminate asks the dispatcher to stop.
func (d *dispatcher) terminate(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("send SIGTERM: %v", err)
	}
}

// dial returns a grpc-go channel that tries again quickly.
func dial(t *testing.T, addr string) *grpc.ClientConn {
	t.Helper()
	retry := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}
	conn, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: time.Second}))
	if err != nil {
		t.Fatalf("channel to %s: %v", addr, err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
