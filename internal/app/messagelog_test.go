package app

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// TestASkippedMiddlewareIsCountedWhateverBecomesOfTheMessage: the processor behind it fails each message, too.
func TestASkippedMiddlewareIsCountedWhateverBecomesOfTheMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, `kind: MessageDispatcher
apiVersion: v2beta1
ref: test
spec:
  bindAddr: 127.0.0.1:0
  middlewares: [{ref: cdr, addr: "`+peertest.Refusing(t)+`", postProcessor: false, onError: skip}]
  processors: [{ref: connect, addr: "`+peertest.Refusing(t)+`", matchFunc: req => true, methods: [INVITE]}]
`)
	s := serveFile(t, path)
	for range 3 {
		if _, err := s.client(t).process(t.Context(), invite("call-1")); err == nil {
			t.Fatal("a processor that refuses answered")
		}
	}
	if _, text := s.get(t, "/metrics"); !strings.Contains(text, `routr_dispatcher_middleware_failures_skipped_total{ref="cdr"} 3`) {
		t.Errorf("the metric: %s", text[strings.Index(text, "routr_dispatcher_middleware"):])
	}
	log := s.log.String()
	if n := strings.Count(log, `"msg":"a middleware failed and was skipped","middleware":"cdr","addr":`); n != 3 ||
		!strings.Contains(log, `"cause":"middleware ref = cdr is unavailable`) || strings.Count(log, `"msg":"a message failed"`) != 3 {
		t.Errorf("%d lines about the middleware in %s", n, log)
	}
}

func TestVerboseLogsALineAMessageWithinBounds(t *testing.T) {
	for level, want := range map[string]int{"info": 0, "http": messagesPerSecond, "verbose": messagesPerSecond, "debug": messagesPerSecond} {
		least, err := telemetry.Level(level)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		l := newMessageLog(telemetry.NewLogger(&out, least, false))
		second := int64(1)
		l.second = func() int64 { return second }
		rec := &decision.Record{Epoch: 1, CallID: []byte("call-1"), EdgePort: []byte("edge"), Processor: "im", Total: 1500}
		for range messagesPerSecond + 7 {
			l.done(t.Context(), rec)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%s: %d lines, want %d", level, got, want)
			continue
		}
		if want == 0 {
			continue
		}
		var line struct {
			Level, Msg, Processor, CallID, EdgePort, Kind string
			DurationNs                                    int64
		}
		if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || line.Level != "VERBOSE" || line.Msg != "a message was answered" ||
			line.Processor != "im" || line.CallID != "call-1" || line.EdgePort != "edge" || line.Kind != "request" || line.DurationNs != 1500 {
			t.Errorf("%s: %s, %v", level, lines[0], err)
		}
		out.Reset()
		second++
		l.told(t.Context())
		if !strings.Contains(out.String(), `"messagesNotLogged":7`) {
			t.Errorf("%s: what was left out isn't told: %s", level, &out)
		}
	}
}

func TestFailedHandshakesAreLoggedWithinBounds(t *testing.T) {
	var out strings.Builder
	l := newPeerLog(slog.New(slog.NewJSONHandler(&out, nil)))
	l.second = func() int64 { return 1 }
	for _, line := range []string{
		"http: TLS handshake error from 10.0.0.9:4242: EOF\n",
		"http: TLS handshake error from 10.0.0.9:4242: read tcp 10.0.0.1:51901->10.0.0.9:4242: read: connection reset by peer\n",
		"http: superfluous something\n",
	} {
		if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("a probe is a warning: %s", &out)
	}
	for range 5 * handshakesPerSecond {
		if _, err := l.Write([]byte("http: TLS handshake error from 10.0.0.9:4242: remote error: tls: bad certificate\n")); err != nil {
			t.Fatal(err)
		}
	}
	n := strings.Count(out.String(), `"level":"WARN","msg":"a TLS handshake failed","peer":"10.0.0.9:4242","error":"remote error: tls: bad certificate"`)
	if n != handshakesPerSecond {
		t.Errorf("%d lines: %s", n, &out)
	}
}
