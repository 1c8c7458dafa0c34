package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is an App that serves, and how it ended.
type running struct {
	addr string
	log  *bytes.Buffer // read it after stop
	end  func()
	done chan error
}

// stop tells the App to stop and returns what Run returned.
func (r *running) stop() error {
	r.end()
	return <-r.done
}

func start(t *testing.T, opts Options, yaml string) *running {
	t.Helper()
	cfg, err := config.Parse("dispatcher.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	r := &running{log: &bytes.Buffer{}, done: make(chan error, 1)}
	opts.Config, opts.Version = cfg, "test"
	opts.Log = slog.New(slog.NewJSONHandler(r.log, nil))
	if opts.DrainTimeout == 0 {
		opts.DrainTimeout = 30 * time.Second
	}
	ctx, cancel := context.WithCancel(t.Context())
	a, err := New(ctx, opts)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	r.addr, r.end = a.Addr().String(), cancel
	var once sync.Once
	finished := make(chan error, 1)
	go func() { finished <- a.Run(ctx) }()
	go once.Do(func() { r.done <- <-finished; close(r.done) })
	t.Cleanup(func() {
		cancel()
		<-r.done
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return r
}

// yamlFor is a configuration with one processor, and lines to add below spec.
func yamlFor(addr string, lines ...string) string {
	return fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: test
spec:
  bindAddr: 127.0.0.1:0
  processors:
    - ref: connect
      addr: %s
      matchFunc: req => true
      methods: [INVITE, MESSAGE, BYE]
%s`, addr, strings.Join(lines, "\n"))
}

func invite(ref string) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{
		Ref: ref, Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: ref}},
		},
	}
}

// h2c is a client for clear-text HTTP/2.
func h2c(t *testing.T) *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestTheProcessorServiceSpeaksEveryDialect(t *testing.T) {
	r := start(t, Options{}, yamlFor(peertest.Start(t, peertest.Echo()).Addr))
	for name, opts := range map[string][]connect.ClientOption{
		"gRPC":                    {connect.WithGRPC()},
		"gRPC with gzip":          {connect.WithGRPC(), connect.WithSendGzip()},
		"gRPC-Web":                {connect.WithGRPCWeb()},
		"Connect":                 nil,
		"Connect JSON":            {connect.WithProtoJSON()},
		"gRPC JSON":               {connect.WithGRPC(), connect.WithProtoJSON()},
		"gRPC-Web JSON with gzip": {connect.WithGRPCWeb(), connect.WithProtoJSON(), connect.WithSendGzip()},
	} {
		clients := map[string]*http.Client{name + " over h2c": h2c(t)}
		if !strings.HasPrefix(name, "gRPC ") && name != "gRPC" {
			clients[name+" over HTTP/1.1"] = http.DefaultClient
		}
		for name, client := range clients {
			t.Run(name, func(t *testing.T) {
				c := routrpbconnect.NewProcessorClient(client, "http://"+r.addr, opts...)
				got, err := c.ProcessMessage(t.Context(), connect.NewRequest(invite("bob")))
				if err != nil {
					t.Fatal(err)
				}
				if user := got.Msg.GetMessage().GetRequestUri().GetUser(); user != "bob" {
					t.Errorf("the answer is for %q", user)
				}
				_, err = c.ProcessMessage(t.Context(), connect.NewRequest(&routrpb.MessageRequest{Ref: "x"}))
				if connect.CodeOf(err) != connect.CodeInvalidArgument ||
					!strings.Contains(err.Error(), "message: is missing") {
					t.Errorf("a request without a message: %v", err)
				}
			})
		}
	}
}

func grpcConn(t *testing.T, addr string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func process(
	ctx context.Context, conn *grpc.ClientConn, req *routrpb.MessageRequest,
) (*routrpb.MessageResponse, error) {
	var answer routrpb.MessageResponse
	err := conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, req, &answer)
	return &answer, err
}

func TestAStatusArrivesWithItsDetails(t *testing.T) {
	denied, err := status.New(codes.PermissionDenied, "not your number").WithDetails(wrapperspb.String("BLOCKED"))
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{}, yamlFor(peertest.Start(t, func(context.Context, []byte) ([]byte, error) {
		return nil, denied.Err()
	}).Addr))
	_, err = process(t.Context(), grpcConn(t, r.addr), invite("bob"))
	got := status.Convert(err)
	if got.Code() != codes.PermissionDenied || got.Message() != "processor ref = connect: not your number" {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(denied.Details(), got.Details(), protocmp.Transform()); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

func TestMessagesOverTheLimitAreRefused(t *testing.T) {
	r := start(t, Options{}, yamlFor(peertest.Start(t, peertest.Echo()).Addr, "  maxMessageBytes: 2KiB"))
	req := invite("bob")
	req.Message.Body = strings.Repeat("x", 4<<10)
	_, err := process(t.Context(), grpcConn(t, r.addr), req)
	if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "2048") {
		t.Errorf("got %v", err)
	}
}

func TestStoppingFinishesWhatIsInFlight(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		close(arrived)
		<-release
		return peertest.Echo()(ctx, req)
	})
	r := start(t, Options{}, yamlFor(peer.Addr))
	conn := grpcConn(t, r.addr)
	watch, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(),
		&grpc_health_v1.HealthCheckRequest{Service: routrpbconnect.ProcessorName})
	if err != nil {
		t.Fatal(err)
	}
	serving(t, watch, grpc_health_v1.HealthCheckResponse_SERVING)
	answered := make(chan error, 1)
	go func() {
		_, err := process(t.Context(), conn, invite("in flight"))
		answered <- err
	}()
	<-arrived
	r.end()
	serving(t, watch, grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("the watch goes on: %v", err)
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("the message in flight was lost: %v", err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func serving(
	t *testing.T, watch grpc.ServerStreamingClient[grpc_health_v1.HealthCheckResponse],
	want grpc_health_v1.HealthCheckResponse_ServingStatus,
) {
	t.Helper()
	got, err := watch.Recv()
	if err != nil || got.GetStatus() != want {
		t.Fatalf("health is %v, error %v, want %v", got.GetStatus(), err, want)
	}
}

func TestStoppingCutsOffWhatTakesTooLong(t *testing.T) {
	arrived := make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(arrived)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	r := start(t, Options{DrainTimeout: 50 * time.Millisecond}, yamlFor(peer.Addr, "  timeout: 1m"))
	answered := make(chan error, 1)
	go func() {
		_, err := process(t.Context(), grpcConn(t, r.addr), invite("stuck"))
		answered <- err
	}()
	<-arrived
	if err := r.stop(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run returned %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("the message was answered all the same")
	}
}

func TestACallerThatGoesAwayTakesTheCallWithIt(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(arrived)
		<-ctx.Done()
		close(gone)
		return nil, ctx.Err()
	})
	r := start(t, Options{}, yamlFor(peer.Addr, "  timeout: 1m"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := process(ctx, grpcConn(t, r.addr), invite("bob")); status.Code(err) != codes.Canceled {
		t.Errorf("got %v", err)
	}
	<-gone
}

func TestFailuresAreLogged(t *testing.T) {
	r := start(t, Options{}, yamlFor(peertest.Refusing(t)))
	_, err := process(t.Context(), grpcConn(t, r.addr), invite("bob"))
	if want := "processor ref = connect is unavailable"; status.Code(err) != codes.Unavailable ||
		status.Convert(err).Message() != want {
		t.Errorf("got %v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"level":"WARN"`, `"code":"UNAVAILABLE"`, `"callId":"bob"`, `"method":"INVITE"`, `connection refused`,
	} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("%s is not in the log:\n%s", want, r.log)
		}
	}
}

func TestTheSideDoorIsForThisMachine(t *testing.T) {
	r := start(t, Options{Demo: true}, yamlFor("10.255.255.1:1"))
	for _, c := range []struct {
		path, host string
		code       int
		has        string
	}{
		{"/", "", http.StatusOK, "<html"},
		{"/", "evil.example", http.StatusOK, "<html"},
		{"/api/v1/session", "localhost:51901", http.StatusOK, `"access":"loopback"`},
		{"/api/v1/session", "[::1]", http.StatusOK, `"access":"loopback"`},
		{"/api/v1/session", "evil.example", http.StatusForbidden, "DISPATCHER_ADMIN_TOKEN"},
		{"/api/v1/session", "127.0.0.1.evil.example:51901", http.StatusForbidden, "DISPATCHER_ADMIN_TOKEN"},
		{"/nothing", "", http.StatusNotFound, ""},
		{"/healthz", "evil.example", http.StatusOK, "alive"},
		{"/readyz", "evil.example", http.StatusOK, "ready"},
		{"/metrics", "", http.StatusOK, "routr_dispatcher_fleet_instances"},
		{"/metrics", "evil.example", http.StatusOK, "routr_dispatcher_messages_in_flight"},
		{"/debug/pprof/", "", http.StatusOK, "goroutine"},
		{"/debug/pprof/", "evil.example", http.StatusForbidden, ""},
		{"/api/v1/config", "evil.example", http.StatusForbidden, ""},
	} {
		t.Run(c.path+" as "+c.host, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.code || !strings.Contains(string(body), c.has) {
				t.Errorf("%d, error %v:\n%s", resp.StatusCode, err, body)
			}
			if c.host == "evil.example" &&
				(strings.Contains(string(body), `"connect"`) || strings.Contains(string(body), "= connect")) {
				t.Errorf("others than this machine hear of a processor:\n%s", body)
			}
		})
	}
	if _, err := process(t.Context(), grpcConn(t, r.addr), invite("bob")); err != nil {
		t.Errorf("the demo's echo doesn't answer: %v", err)
	}
}

// TestGoAwayIsSent reads the frames that a stopping server sends to an idle connection.
func TestGoAwayIsSent(t *testing.T) {
	r := start(t, Options{}, yamlFor(peertest.Refusing(t)))
	conn := peertest.Dial(t, r.addr)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("the connection ended without GOAWAY: %v", err)
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if f.IsAck() {
				r.end()
			}
		case *http2.GoAwayFrame:
			return
		}
	}
}
