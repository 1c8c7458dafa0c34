package rpc

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/server"
)

// beside serves health and reflection.
func beside(t *testing.T, limits Limits) (addr string) {
	t.Helper()
	var health Health
	health.SetServing(true)
	mux := http.NewServeMux()
	health.Handle(mux, limits)
	HandleReflection(mux, limits)
	s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: mux})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		health.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		<-served
	})
	return s.Addr().String()
}

func healthOf(t *testing.T, addr string) grpc_health_v1.HealthClient {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return grpc_health_v1.NewHealthClient(conn)
}

// watch opens a stream and returns it with its first answer's error.
func watch(t *testing.T,
	client grpc_health_v1.HealthClient) (grpc.ServerStreamingClient[grpc_health_v1.HealthCheckResponse], error) {
	t.Helper()
	stream, err := client.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	return stream, err
}

func TestStreamsBeyondTheLimitAreRefusedAndCounted(t *testing.T) {
	limits := Limits{Work: server.NewByteBudget(64 << 20), Streams: server.NewStreamBudget(4), Idle: time.Hour}
	addr := beside(t, limits)
	greedy := healthOf(t, addr)
	for range 2 {
		if _, err := watch(t, greedy); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := watch(t, greedy); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one connection may have more than half: %v", err)
	}
	if used, refused := limits.Streams.Used(), limits.Streams.Refused(); used != 2 || refused != 1 {
		t.Errorf("%d streams are open, %d were refused", used, refused)
	}
	if _, err := greedy.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Errorf("what is no stream: %v", err)
	}
}

func TestAStreamThatIsAloneOnItsConnectionEnds(t *testing.T) {
	limits := Limits{Work: server.NewByteBudget(64 << 20), Streams: server.NewStreamBudget(1000), Idle: time.Second}
	addr := beside(t, limits)
	idle, err := watch(t, healthOf(t, addr))
	if err != nil {
		t.Fatal(err)
	}
	busy := healthOf(t, addr)
	used, err := watch(t, busy)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := idle.Recv()
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			if status.Code(err) != codes.Unavailable {
				t.Errorf("an idle stream ends with %v", err)
			}
		case <-time.After(time.Millisecond):
			if _, err := busy.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		break
	}
	if limits.Streams.Used() != 1 {
		t.Errorf("%d streams are open", limits.Streams.Used())
	}
	if _, err := used.Recv(); status.Code(err) != codes.Unavailable { // nothing else happens any more
		t.Errorf("a stream on a connection that became idle ends with %v", err)
	}
}

func TestAReflectionStreamThatSaysNothingEnds(t *testing.T) {
	limits := Limits{Work: server.NewByteBudget(64 << 20), Streams: server.NewStreamBudget(1000),
		Idle: 50 * time.Millisecond}
	url := "http://" + beside(t, limits) + "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
	from, to := io.Pipe()
	defer to.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, from)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/grpc")
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); limits.Streams.Used() > 0 ||
		limits.Work.Used() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d streams are open, %d bytes held", limits.Streams.Used(), limits.Work.Used())
		}
	}
}
