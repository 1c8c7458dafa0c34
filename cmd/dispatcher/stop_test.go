package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

// TestSIGTERMEndsStreamsAndLosesNoMessage stops the process while everything is open that an EdgePort, a probe and a
// person keep open, and a message is in flight.
func TestSIGTERMEndsStreamsAndLosesNoMessage(t *testing.T) {
	arrived, release := make(chan []byte, 1), make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, request []byte) ([]byte, error) {
		arrived <- request
		select {
		case <-release:
			return peertest.Echo()(ctx, request)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	s := serve(t, configFor(peer.Addr), "--drain-timeout=5m")
	conn, err := grpc.NewClient("passthrough:///"+s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	watch, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := watch.Recv(); err != nil || got.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Fatalf("health: %v, %v", got, err)
	}
	asks, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask := &reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}
	if err := asks.Send(ask); err != nil {
		t.Fatal(err)
	}
	if _, err := asks.Recv(); err != nil {
		t.Fatal(err)
	}
	decisions := watched(t, "http://"+s.addr+"/api/v1/decisions/stream")
	invite, _ := sample.ByName("invite-sdp")
	request, err := proto.Marshal(invite.Request)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	var answer []byte
	go func() { // over a connection of its own, as an EdgePort has it
		resp, err := http.Post("http://"+s.addr+routrpbconnect.ProcessorProcessMessageProcedure, "application/proto",
			bytes.NewReader(request))
		if err == nil {
			defer resp.Body.Close()
			answer, err = io.ReadAll(resp.Body)
		}
		answered <- err
	}()
	if got := <-arrived; !bytes.Equal(got, request) {
		t.Errorf("the processor gets % x, and % x was sent", got, request)
	}

	s.signal(t, syscall.SIGTERM)
	s.logged(`"msg":"(stopping)"`)
	if got, err := watch.Recv(); err != nil || got.GetStatus() != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health: %v, %v", got, err)
	}
	if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("health ends with %v", err)
	}
	if _, err := asks.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("reflection ends with %v", err)
	}
	for decisions.Scan() { // to the end
	}
	if err := decisions.Err(); err != nil {
		t.Errorf("decisions end with %v", err)
	}
	select {
	case <-s.done:
		t.Fatalf("it ended before the message was answered:\n%s", &s.log)
	case err := <-answered:
		t.Fatalf("the message came to %v", err)
	default:
	}
	close(release)
	if err := <-answered; err != nil || len(answer) == 0 {
		t.Errorf("the message came to %d bytes, %v", len(answer), err)
	}
	if code := s.exitCode(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, &s.log)
	}
}

// watched opens a stream of events and reads its first line.
func watched(t *testing.T, url string) *bufio.Scanner {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() {
		t.Fatalf("%s: %s, %v", url, resp.Status, lines.Err())
	}
	return lines
}
