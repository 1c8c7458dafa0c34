package app

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// open begins to read a page.
func open(t *testing.T, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return &http.Response{Body: http.NoBody}
	}
	return resp
}

// TestStoppingEndsEveryStream has one of each open, none of which would end within the drain by itself.
func TestStoppingEndsEveryStream(t *testing.T) {
	r := start(t, Options{DrainTimeout: 20 * time.Second}, yamlFor(peertest.Start(t, peertest.Echo()).Addr))
	conn := grpcConn(t, r.addr)
	asks, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	list := &reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}
	if err := asks.Send(list); err != nil {
		t.Fatal(err)
	}
	if got, err := asks.Recv(); err != nil || len(got.GetListServicesResponse().GetService()) == 0 {
		t.Fatalf("reflection: %v, %v", got, err)
	}
	watch, err := grpc_health_v1.NewHealthClient(conn).Watch(context.Background(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	serving(t, watch, grpc_health_v1.HealthCheckResponse_SERVING)
	decisions := open(t, "http://"+r.addr+"/api/v1/decisions/stream")
	defer decisions.Body.Close()
	lines := bufio.NewScanner(decisions.Body)
	if !lines.Scan() || lines.Text() != ": watching" {
		t.Fatalf("decisions: %q", lines.Text())
	}
	pages := map[string]chan error{}
	for _, page := range []string{"profile?seconds=300", "trace?seconds=300"} {
		pages[page] = make(chan error, 1)
		go func() {
			resp := open(t, "http://"+r.addr+"/debug/pprof/"+page)
			defer resp.Body.Close()
			data, err := io.ReadAll(resp.Body)
			if err == nil && len(data) == 0 {
				err = io.ErrUnexpectedEOF
			}
			pages[page] <- err
		}()
	}
	eventually(t, "both profiles are taken", func() bool {
		_, text := fetch(t, http.DefaultClient, "http://"+r.addr+"/debug/pprof/goroutine?debug=1")
		return strings.Contains(text, "net/http/pprof.Profile") && strings.Contains(text, "net/http/pprof.Trace")
	})
	if err := r.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, err := asks.Recv(); status.Code(err) != codes.Unavailable ||
		status.Convert(err).Message() != "the dispatcher is shutting down" {
		t.Errorf("reflection ends with %v", err)
	}
	serving(t, watch, grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("health ends with %v", err)
	}
	for lines.Scan() { // to the end
	}
	if err := lines.Err(); err != nil {
		t.Errorf("decisions end with %v", err)
	}
	for page, ended := range pages {
		if err := <-ended; err != nil {
			t.Errorf("%s ends with %v", page, err)
		}
	}
}

// TestALameDuckTakesMessagesAndSaysThatItIsNotReady opens new connections for everything.
func TestALameDuckTakesMessagesAndSaysThatItIsNotReady(t *testing.T) {
	r := start(t, Options{LameDuck: 5 * time.Second}, yamlFor(peertest.Start(t, peertest.Echo()).Addr))
	ready := func() (int, string) {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		return fetch(t, http.DefaultClient, "http://"+r.addr+"/readyz")
	}
	eventually(t, "it is ready", func() bool {
		code, text := ready()
		return code == http.StatusOK && text == "ready\n"
	})
	old := grpcConn(t, r.addr)
	if _, err := process(t.Context(), old, invite("before")); err != nil {
		t.Fatal(err)
	}
	r.end()
	eventually(t, "it isn't ready any more", func() bool {
		code, _ := ready()
		return code == http.StatusServiceUnavailable
	})
	if _, err := process(t.Context(), old, invite("on the old connection")); err != nil {
		t.Error(err)
	}
	if _, err := process(t.Context(), grpcConn(t, r.addr), invite("on a new one")); err != nil {
		t.Error(err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, err := process(t.Context(), grpcConn(t, r.addr), invite("after")); status.Code(err) != codes.Unavailable {
		t.Errorf("once it has stopped: %v", err)
	}
}
