package app

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
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
	if _, text := s.get(t, "/metrics"); !strings.Contains(text,
		`routr_dispatcher_middleware_failures_skipped_total{ref="cdr"} 3`) {
		t.Errorf("the metric: %s", text[strings.Index(text, "routr_dispatcher_middleware"):])
	}
	log := s.log.String()
	if n := strings.Count(log, `"msg":"a middleware failed and was skipped","middleware":"cdr","addr":`); n != 3 ||
		!strings.Contains(log, `"cause":"middleware ref = cdr is unavailable`) ||
		strings.Count(log, `"msg":"a message failed"`) != 3 {
		t.Errorf("%d lines about the middleware in %s", n, log)
	}
}

func TestFailedHandshakesAreLoggedWithinBounds(t *testing.T) {
	var out strings.Builder
	l := newPeerLog(slog.New(slog.NewJSONHandler(&out, nil)))
	l.handshakes.Second = func() int64 { return 1 }
	for _, line := range []string{
		"http: TLS handshake error from 10.0.0.9:4242: EOF\n",
		"http: TLS handshake error from 10.0.0.9:4242: read tcp 10.0.0.1:51901->10.0.0.9:4242: read: " +
			"connection reset by peer\n",
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
		if _, err := l.Write(
			[]byte("http: TLS handshake error from 10.0.0.9:4242: remote error: tls: bad certificate\n"),
		); err != nil {
			t.Fatal(err)
		}
	}
	n := strings.Count(out.String(), `"level":"WARN","msg":"a TLS handshake failed","peer":"10.0.0.9:4242","error":"remote error: tls: bad certificate"`)
	if n != handshakesPerSecond {
		t.Errorf("%d lines: %s", n, &out)
	}
}
