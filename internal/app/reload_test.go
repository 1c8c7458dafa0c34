package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// logBuffer may be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// served is an App that serves a file.
type served struct {
	*App
	path string
	log  *logBuffer
}

// serveFile starts an App on a file until the test ends.
func serveFile(t *testing.T, path string) *served {
	t.Helper()
	return serveFileBy(t, path, Options{})
}

// serveFileBy is serveFile with options of its own.
func serveFileBy(t *testing.T, path string, opts Options) *served {
	t.Helper()
	text, err := config.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{path: path, log: &logBuffer{}}
	opts.Config, opts.Version, opts.DrainTimeout = cfg, "test", 30*time.Second
	opts.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	if s.App, err = New(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return s
}

func (s *served) client(t *testing.T) routrpbClient {
	t.Helper()
	return routrpbClient{grpcConn(t, s.Addr().String())}
}

// routrpbClient calls the Processor service.
type routrpbClient struct{ conn *grpc.ClientConn }

func (c routrpbClient) process(ctx context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
	answer := &routrpb.MessageResponse{}
	err := c.conn.Invoke(ctx, "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", req, answer)
	return answer, err
}

// get returns a page's status and text.
func (s *served) get(t *testing.T, page string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + s.Addr().String() + page)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// named answers with the name of the one who answers.
func named(name string) peertest.Handler {
	return peertest.Typed(func(_ context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		return &routrpb.MessageResponse{Message: req.GetMessage(), Metadata: map[string]string{"by": name}}, nil
	})
}

func (c routrpbClient) by(t *testing.T, ref string) string {
	t.Helper()
	answer, err := c.process(t.Context(), invite(ref))
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetMetadata()["by"]
}

func TestReloadSwapsTheConfigurationWhole(t *testing.T) {
	held, letGo := make(chan struct{}), make(chan struct{})
	slow := peertest.Start(t, peertest.Typed(func(
		_ context.Context, req *routrpb.MessageRequest,
	) (*routrpb.MessageResponse, error) {
		close(held)
		<-letGo
		return &routrpb.MessageResponse{Message: req.GetMessage(), Metadata: map[string]string{"by": "old"}}, nil
	}))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(slow.Addr))
	s := serveFile(t, path)
	c := s.client(t)
	inFlight := make(chan string, 1)
	go func() {
		answer, err := c.process(context.Background(), invite("call-1"))
		inFlight <- answer.GetMetadata()["by"] + " " + status.Code(err).String()
	}()
	<-held
	write(t, path, yamlFor(peertest.Start(t, named("new")).Addr))
	epoch, err := s.Reload(t.Context(), "test")
	if err != nil || epoch < 2 {
		t.Fatalf("Reload: epoch %d, %v", epoch, err)
	}
	if got := c.by(t, "call-2"); got != "new" {
		t.Errorf("after the reload %q answered", got)
	}
	close(letGo)
	if got := <-inFlight; got != "old OK" {
		t.Errorf("the message in flight: %s", got)
	}
}

// TestTheLastMessageOfAConfigurationDoesntWaitForItsEnd has something in the configuration that doesn't end until the
// message was answered.
func TestTheLastMessageOfAConfigurationDoesntWaitForItsEnd(t *testing.T) {
	held, letGo := make(chan struct{}), make(chan struct{})
	slow := peertest.Start(t, func(_ context.Context, _ []byte) ([]byte, error) {
		close(held)
		<-letGo
		return nil, status.Error(codes.NotFound, "none")
	})
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(slow.Addr))
	s := serveFile(t, path)
	c := s.client(t)
	answered, busy, ended := make(chan error, 1), make(chan struct{}), make(chan struct{})
	before := s.current.Load()
	before.shadow = impact.NewShadow(before.table, "shadow.yaml", s.decisions.Mask(), func() {
		close(busy)
		<-ended
	})
	before.shadow.Observe(&decision.Record{Routed: wireOf(t, invite("call-1")), Processor: "elsewhere"})
	<-busy
	go func() {
		_, err := c.process(context.Background(), invite("call-1"))
		answered <- err
	}()
	<-held
	write(t, path, yamlFor(peertest.Start(t, named("new")).Addr))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	close(letGo)
	if err := <-answered; status.Code(err) != codes.NotFound {
		t.Errorf("the message in flight: %v", err)
	}
	close(ended)
}

func wireOf(t *testing.T, req *routrpb.MessageRequest) []byte {
	t.Helper()
	wire, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// status returns what is known of a backend.
func (s *served) status(n int) (found backend.Status) {
	s.backends(func(all []*backend.Backend) { found = all[n].Status() })
	return found
}

func TestAReloadKeepsCountersAndFleets(t *testing.T) {
	peer := peertest.Start(t, named("a"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(peer.Addr))
	s := serveFile(t, path)
	c := s.client(t)
	c.by(t, "call-1")
	write(t, path, yamlFor(peer.Addr, "  answerFailures: true"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	c.by(t, "call-2")
	write(t, path, yamlFor(peer.Addr, "  timeout: 3s"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	c.by(t, "call-3")
	if b := s.status(0); b.Calls != 3 || b.Instances[0].Calls != 3 {
		t.Errorf("%d calls counted over all epochs, %d of the instance, want 3", b.Calls, b.Instances[0].Calls)
	}
	other := peertest.Start(t, named("b"))
	write(t, path, yamlFor(other.Addr))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	c.by(t, "call-4")
	b := s.status(0)
	if b.Calls != 4 || len(b.Instances) != 1 || b.Instances[0].Addr != other.Addr || b.Instances[0].Calls != 1 {
		t.Errorf("at another address: %+v", b)
	}
}

func TestABadFileChangesNothingAndIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	good := yamlFor(peertest.Start(t, named("a")).Addr)
	write(t, path, good)
	s := serveFile(t, path)
	c := s.client(t)
	for name, text := range map[string]string{
		"not a property": good + "  nonsense: 1\n",
		"a bad rule":     strings.Replace(good, "req => true", "req => (", 1),
		"a lost token":   good + "  admin: {tokenFile: nowhere}\n",
		"a lost CA":      strings.Replace(good, "matchFunc", "tls: {ca: nowhere.pem}\n      matchFunc", 1),
		"empty":          "",
		"a warning first": strings.Replace(good, "req => true", "req => req.message.requestUri.user", 1) +
			"  nonsense: 1\n",
		"a loud name": strings.Replace(good, "spec:", "\"\\e[31m\\u009b\": 1\nspec:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, text)
			before := s.current.Load().number()
			epoch, err := s.Reload(t.Context(), "test")
			if err == nil || epoch != before {
				t.Fatalf("Reload: epoch %d, %v", epoch, err)
			}
			if got := c.by(t, "call-1"); got != "a" {
				t.Errorf("%q answered", got)
			}
			code, detail := s.get(t, "/readyz")
			if strings.ContainsAny(detail, "\x1b\u009b") {
				t.Errorf("readyz says raw: %q", detail)
			}
			var invalid *config.Error
			why, _, _ := strings.Cut(err.Error(), "\n")
			if errors.As(err, &invalid) {
				why = invalid.Why()
			}
			if code != http.StatusOK || !strings.Contains(detail, why) || strings.Contains(detail, "warning: ") {
				t.Errorf("readyz: %d %s, which doesn't say: %s", code, detail, why)
			}
		})
	}
	if log := s.log.String(); !strings.Contains(log, "the configuration was not reloaded") ||
		!strings.Contains(log, "nonsense") {
		t.Errorf("the log doesn't say so: %s", log)
	}
	if _, text := s.get(t, "/metrics"); !strings.Contains(text, `routr_dispatcher_reloads_total{result="failed"}`) ||
		strings.Contains(text, `result="failed"} 0`) {
		t.Error("the metrics don't say so")
	}
	write(t, path, good)
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if _, detail := s.get(t, "/readyz"); strings.Contains(detail, "not reloaded") {
		t.Errorf("readyz goes on about it: %s", detail)
	}
}

func TestAReloadWhoseCallerLeftIsNoFailure(t *testing.T) {
	text := yamlFor(peertest.Start(t, named("one")).Addr)
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, text)
	s := serveFile(t, path)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if epoch, err := s.Reload(ctx, TriggerAPI); !errors.Is(err, context.Canceled) || epoch != 1 {
		t.Errorf("epoch %d, %v", epoch, err)
	}
	if _, err := s.reloading.lastFailure(); err != nil {
		t.Errorf("it counts as failed: %v", err)
	}
	if tried := len(s.App.history.last()); tried != 1 {
		t.Errorf("%d attempts, and only the start was one", tried)
	}
}

func TestAChangedFileIsNoticed(t *testing.T) {
	a, b := peertest.Start(t, named("a")), peertest.Start(t, named("b"))
	t.Run("written in place", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "dispatcher.yaml")
		write(t, path, yamlFor(a.Addr))
		c := serveFile(t, path).client(t)
		write(t, path, yamlFor(b.Addr))
		eventually(t, "b answers", func() bool { return c.by(t, "call-1") == "b" })
	})
	t.Run("as Kubernetes swaps it", func(t *testing.T) {
		dir := t.TempDir()
		for name, peer := range map[string]*peertest.Peer{"..1": a, "..2": b} {
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name, "dispatcher.yaml"), yamlFor(peer.Addr))
		}
		link := func(from, to string) {
			t.Helper()
			if err := errors.Join(os.Symlink(from, to+".tmp"), os.Rename(to+".tmp", to)); err != nil {
				t.Fatal(err)
			}
		}
		link("..1", filepath.Join(dir, "..data"))
		link(filepath.Join("..data", "dispatcher.yaml"), filepath.Join(dir, "dispatcher.yaml"))
		c := serveFile(t, filepath.Join(dir, "dispatcher.yaml")).client(t)
		if got := c.by(t, "call-1"); got != "a" {
			t.Fatalf("%q answered", got)
		}
		link("..2", filepath.Join(dir, "..data"))
		eventually(t, "b answers", func() bool { return c.by(t, "call-1") == "b" })
	})
}

// TestAFileThatTurnsOddHoldsUpNeitherReloadNorTheEnd ends with Run, in serveFile's cleanup.
func TestAFileThatTurnsOddHoldsUpNeitherReloadNorTheEnd(t *testing.T) {
	peer := peertest.Start(t, named("a"))
	dir := t.TempDir()
	path, token, shadow := filepath.Join(dir, "dispatcher.yaml"), filepath.Join(dir, "token"),
		filepath.Join(dir, "shadow.yaml")
	good := yamlFor(peer.Addr, "  shadow: shadow.yaml", "  admin: {tokenFile: token}")
	restore := func() {
		t.Helper()
		for _, p := range []string{path, token, shadow} {
			if err := os.RemoveAll(p); err != nil {
				t.Fatal(err)
			}
		}
		write(t, path, good)
		write(t, token, "t0ken")
		write(t, shadow, yamlFor(peer.Addr))
	}
	restore()
	s := serveFile(t, path)
	c := s.client(t)
	for _, odd := range []string{path, token, shadow} {
		for name, turn := range map[string]func() error{
			"a named pipe": func() error { return syscall.Mkfifo(odd, 0o600) },
			"a device":     func() error { return os.Symlink("/dev/zero", odd) },
			"larger than":  func() error { return errors.Join(os.WriteFile(odd, nil, 0o600), os.Truncate(odd, 3<<30)) },
		} {
			t.Run(filepath.Base(odd)+" becomes "+name, func(t *testing.T) {
				restore()
				if err := errors.Join(os.Remove(odd), turn()); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Reload(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("Reload: %v", err)
				}
				if got := c.by(t, "call-1"); got != "a" {
					t.Errorf("%q answered", got)
				}
			})
		}
	}
}

func TestChangesThatNeedARestartAreNamed(t *testing.T) {
	peer := peertest.Start(t, named("a"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(peer.Addr))
	s := serveFile(t, path)
	write(t, path, yamlFor(peer.Addr, "  maxMessageBytes: 1MiB", "  limits: {inFlight: 7, streams: 9}"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	for _, property := range []string{"spec.maxMessageBytes", "spec.limits"} {
		if !strings.Contains(s.log.String(), `"path":"`+property+`"`) {
			t.Errorf("the log doesn't name %s: %s", property, s.log)
		}
	}
}

func TestAReloadChangesWhatMayBeInFlight(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor("127.0.0.1:1"))
	s := serveFile(t, path)
	req, err := message.Parse(wire(t, invite("bob")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		limits string
		want   int
	}{{"{inFlight: 7, adaptive: true}", 7}, {"{inFlight: 9, adaptive: true}", 9}, {"{inFlight: 4}", 4}} {
		write(t, path, yamlFor("127.0.0.1:1", "  limits: "+c.limits))
		if _, err := s.Reload(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		var in []dispatch.Permit
		for permit, refused := s.limiter.Admit(req); refused == nil; permit, refused = s.limiter.Admit(req) {
			in = append(in, permit)
		}
		if len(in) != c.want {
			t.Errorf("with limits %s %d messages get in", c.limits, len(in))
		}
		for _, permit := range in {
			permit.Release(true)
		}
	}
	if strings.Contains(s.log.String(), `"path":"spec.limits"`) {
		t.Errorf("the log says that a restart is needed: %s", s.log)
	}
}

func TestReadinessNamesWhatCantBeCalled(t *testing.T) {
	up := peertest.Start(t, named("a"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(up.Addr, `    - {ref: gone, addr: "127.0.0.1:1", matchFunc: req => true, methods: [OPTIONS]}`,
		`  middlewares: [{ref: cdr, addr: "127.0.0.1:1", postProcessor: true, onError: skip}]`))
	s := serveFile(t, path)
	want := "ready: degraded; processor ref = gone has no healthy instance; middleware ref = cdr " +
		"has no healthy instance\n"
	eventually(t, want, func() bool {
		code, text := s.get(t, "/readyz")
		return code == http.StatusOK && text == want
	})
	write(t, path, yamlFor("127.0.0.1:1"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	want = "not ready: no processor can be called; processor ref = connect has no healthy instance\n"
	eventually(t, want, func() bool {
		code, text := s.get(t, "/readyz")
		return code == http.StatusServiceUnavailable && text == want
	})
	said, err := grpc_health_v1.NewHealthClient(grpcConn(t, s.Addr().String())).Check(t.Context(),
		&grpc_health_v1.HealthCheckRequest{})
	if err != nil || said.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("grpc.health.v1 says %v, %v", said, err)
	}
}

func TestFailuresAreAnsweredInSIPWhereAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor("127.0.0.1:1", "  answerFailures: true"))
	s := serveFile(t, path)
	c := s.client(t)
	answer, err := c.process(t.Context(), invite("call-1"))
	if err != nil || answer.GetMessage().GetResponseType() != routrpb.ResponseType_SERVICE_UNAVAILABLE {
		t.Errorf("INVITE: %v, %v", answer, err)
	}
	ack := invite("call-1")
	ack.Method = routrpb.Method_ACK
	if answer, err = c.process(t.Context(), ack); status.Code(err) != codes.NotFound {
		t.Errorf("ACK: %v, %v", answer, err)
	}
	eventually(t, "the log says what failed, and why", func() bool {
		return strings.Contains(s.log.String(), `"answered":"SERVICE_UNAVAILABLE"`) &&
			strings.Contains(s.log.String(), `"cause":"127.0.0.1:1`)
	})
	if _, text := s.get(t, "/metrics"); !strings.Contains(text,
		`routr_dispatcher_messages_total{code="UNAVAILABLE",kind="request",method="INVITE"} 1`) {
		t.Errorf("the metrics don't count the failure as one: %s", text)
	}
}

func TestTooMuchAtOnceIsRefusedAtOnce(t *testing.T) {
	held, letGo := make(chan struct{}, 10), make(chan struct{})
	slow := peertest.Start(t, peertest.Typed(func(
		_ context.Context, req *routrpb.MessageRequest,
	) (*routrpb.MessageResponse, error) {
		held <- struct{}{}
		<-letGo
		return &routrpb.MessageResponse{Message: req.GetMessage()}, nil
	}))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(slow.Addr, "  limits: {inFlight: 2}"))
	c := serveFile(t, path).client(t)
	var calls sync.WaitGroup
	for _, ref := range []string{"call-1", "call-2"} {
		calls.Go(func() {
			if _, err := c.process(context.Background(), invite(ref)); err != nil {
				t.Error(err)
			}
		})
		<-held
	}
	_, err := c.process(t.Context(), invite("call-3"))
	if status.Code(err) != codes.ResourceExhausted ||
		!strings.Contains(status.Convert(err).Message(), "limit on messages in flight") {
		t.Errorf("the third: %v", err)
	}
	close(letGo)
	calls.Wait()
	if _, err := c.process(t.Context(), invite("call-4")); err != nil {
		t.Errorf("after the others: %v", err)
	}
}

func TestAShadowIsEvaluatedBesideTraffic(t *testing.T) {
	peer := peertest.Start(t, named("a"))
	dir := t.TempDir()
	path, shadow := filepath.Join(dir, "dispatcher.yaml"), filepath.Join(dir, "next.yaml")
	other := strings.Replace(yamlFor("127.0.0.1:1"), "ref: connect", "ref: other", 1)
	write(t, shadow, other)
	write(t, path, yamlFor(peer.Addr, "  shadow: next.yaml"))
	s := serveFile(t, path)
	c := s.client(t)
	if got := c.by(t, "call-1"); got != "a" {
		t.Fatalf("%q answered", got)
	}
	eventually(t, "the difference is counted", func() bool { return s.differences.Load() == 1 })
	report := s.shadowReport()
	if report == nil || report.Moved != 1 || report.Moves[0].From != "connect" || report.Moves[0].To != "other" ||
		report.Source != shadow {
		t.Errorf("reported %+v", report)
	}
	write(t, shadow, yamlFor("127.0.0.1:1")) // noticed like the file itself
	eventually(t, "the next shadow begins", func() bool { return s.current.Load().number() > 1 })
	c.by(t, "call-2")
	eventually(t, "it agrees", func() bool {
		r := s.shadowReport()
		return r != nil && r.Unchanged == 1
	})
	write(t, shadow, "nonsense")
	if _, err := s.Reload(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), "next.yaml") {
		t.Errorf("a bad shadow: %v", err)
	}
}

func TestAChangeBackIsNoticedAfterAFailedReload(t *testing.T) {
	a, b := peertest.Start(t, named("a")), peertest.Start(t, named("b"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(a.Addr))
	s := serveFile(t, path)
	c := s.client(t)
	write(t, path, yamlFor(b.Addr))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	write(t, path, "nonsense")
	if _, err := s.Reload(t.Context(), "test"); err == nil {
		t.Fatal("nonsense was loaded")
	}
	write(t, path, yamlFor(a.Addr)) // what the watch saw first
	eventually(t, "a answers", func() bool { return c.by(t, "call-1") == "a" })
	if _, detail := s.get(t, "/readyz"); strings.Contains(detail, "not reloaded") {
		t.Errorf("readyz goes on about it: %s", detail)
	}
}

// TestAChangeOfTheSameSizeAndTimeIsNoticedOnce makes one as rsync -t --inplace, cp -p or a coarse clock do.
func TestAChangeOfTheSameSizeAndTimeIsNoticedOnce(t *testing.T) {
	a, b := peertest.Start(t, named("a")), peertest.Start(t, named("b"))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(a.Addr))
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := serveFile(t, path)
	c := s.client(t)
	write(t, path, strings.Replace(yamlFor(a.Addr), a.Addr, b.Addr, 1))
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || after.Size() != before.Size() ||
		!after.ModTime().Equal(before.ModTime()) {
		t.Fatalf("it isn't the same: %v, %v", after, err)
	}
	eventually(t, "b answers", func() bool { return c.by(t, "call-1") == "b" })
	epoch := s.current.Load().number()
	for range 3 {
		if got, err := s.Reload(t.Context(), "test"); err != nil || got != epoch {
			t.Errorf("the same text: epoch %d, %v, want %d", got, err, epoch)
		}
		time.Sleep(watchInterval) // to look again
	}
	if got := s.current.Load().number(); got != epoch {
		t.Errorf("%d epochs began without a change", got-epoch)
	}
	if n := strings.Count(s.log.String(), "the configuration was reloaded"); n != 1 {
		t.Errorf("%d reloads are logged:\n%s", n, s.log)
	}
}

// TestAReloadCompilesWhatChanged counts rules of the configuration and of its shadow.
func TestAReloadCompilesWhatChanged(t *testing.T) {
	dir := t.TempDir()
	path, shadow := filepath.Join(dir, "dispatcher.yaml"), filepath.Join(dir, "shadow.yaml")
	rules := func(value string) string {
		return strings.Replace(yamlFor("127.0.0.1:1"), "req => true", "req => req.ref !== "+value, 1)
	}
	write(t, path, rules("1")+"\n  shadow: shadow.yaml\n")
	write(t, shadow, rules("2"))
	var mu sync.Mutex
	compiled := map[string]int{}
	interned.Compile = func(source string, opts matchfunc.Options) (*matchfunc.Func, error) {
		mu.Lock()
		defer mu.Unlock()
		compiled[source]++
		return matchfunc.Compile(source, opts)
	}
	t.Cleanup(func() { interned.Compile = nil })
	s := serveFile(t, path)
	for _, c := range []struct {
		path, text string
		want       map[string]int
	}{
		{path, rules("3") + "\n  shadow: shadow.yaml\n", map[string]int{"req => req.ref !== 3": 1}},
		{shadow, rules("4"), map[string]int{"req => req.ref !== 4": 1}},
		{shadow, rules("4"), map[string]int{}},
	} {
		mu.Lock()
		clear(compiled)
		mu.Unlock()
		write(t, c.path, c.text)
		if _, err := s.Reload(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if !maps.Equal(compiled, c.want) {
			t.Errorf("compiled %v, want %v", compiled, c.want)
		}
		mu.Unlock()
	}
}

// TestOnlyTheTokenChanges also while another file is wrong: one that was taken away doesn't go on working.
func TestOnlyTheTokenChanges(t *testing.T) {
	dir := t.TempDir()
	path, token := filepath.Join(dir, "dispatcher.yaml"), filepath.Join(dir, "token")
	good := yamlFor(peertest.Start(t, named("a")).Addr, "  admin: {tokenFile: token}")
	write(t, path, good)
	write(t, token, "first")
	s := serveFile(t, path)
	opens := func(token string) bool {
		code, _ := fetch(t, http.DefaultClient, "http://"+s.Addr().String()+"/api/v1/config", func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+token)
		})
		return code == http.StatusOK
	}
	if !opens("first") {
		t.Fatal("the token doesn't open")
	}
	write(t, token, "again") // of the same size
	eventually(t, "the second token opens", func() bool { return opens("again") && !opens("first") })
	write(t, path, good+"\n  nonsense: 1")
	if _, err := s.Reload(t.Context(), "test"); err == nil {
		t.Fatal("nonsense was loaded")
	}
	write(t, token, "third")
	eventually(t, "the third token opens", func() bool { return opens("third") && !opens("again") })
	if n := strings.Count(s.log.String(), "the token of the admin API is another one now"); n != 2 {
		t.Errorf("two changes are logged %d times", n)
	}
	if got := s.current.Load().number(); got != 1 {
		t.Errorf("epoch %d", got)
	}
}

// TestAFileThatCameIsTriedAgain has a reload that failed over a certificate authority that wasn't there yet.
func TestAFileThatCameIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dispatcher.yaml")
	good := yamlFor(peertest.Start(t, named("a")).Addr)
	write(t, path, good)
	s := serveFile(t, path)
	write(t, path, strings.Replace(good, "matchFunc", "tls: {ca: ca.crt}\n      matchFunc", 1))
	eventually(t, "the authority is missed", func() bool {
		_, text := s.get(t, "/readyz")
		return strings.Contains(text, "ca.crt")
	})
	peertest.Certificate(t, dir, "ca")
	eventually(t, "it is tried again", func() bool { return s.current.Load().number() == 2 })
}

func TestRunEndsWithItsServer(t *testing.T) {
	cfg, err := config.Parse("dispatcher.yaml", []byte(yamlFor("127.0.0.1:1")))
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), Options{Config: cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.server.Shutdown(t.Context()); err != nil { // nobody told Run
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(context.Background()) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("Run goes on without a server")
	}
}
