package relay

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// observed is a side that writes a log of everything, and tells a collector of its spans.
type observed struct {
	*side
	mu   sync.Mutex
	log  bytes.Buffer
	told []*otlp.Span
	done func(ctx context.Context) error // hands the last spans over
}

func observe(t *testing.T, relay, spec string) *observed {
	t.Helper()
	o := &observed{}
	receiver := httptest.NewServer(o)
	t.Cleanup(receiver.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	getenv := func(name string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.URL}[name]
	}
	tracing, err := telemetry.NewTracing(t.Context(), getenv, "test", func(err error) { t.Errorf("traces: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	o.done = tracing.Close
	o.side = serveWith(t, relay, spec, app.Options{
		Log:       slog.New(slog.NewJSONHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug})),
		AccessLog: 1, Tracing: tracing,
	})
	return o
}

// Write takes lines of the log.
func (o *observed) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(line)
}

// ServeHTTP is the collector (OTLP over HTTP).
func (o *observed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var export collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &export)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			o.told = append(o.told, scope.GetSpans()...)
		}
	}
}

// lines are those of the log, without what differs from run to run.
func (o *observed) lines(t *testing.T) (all []string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range strings.Lines(o.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		for _, name := range []string{"time", "durationNs", "traceId", "hash"} {
			if fields[name] != nil {
				fields[name] = strings.ToUpper(name)
			}
		}
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		if fields["msg"] != "readiness changed" { // it is looked at now and then
			all = append(all, timeIsUp(strings.ReplaceAll(string(text), o.addr, "ADDR")))
		}
	}
	slices.Sort(all)
	return all
}

// spans are those that were told of, each below its parents, without what differs from run to run.
func (o *observed) spans(t *testing.T) (all []string) {
	t.Helper()
	if err := o.done(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	byID := map[string]*otlp.Span{}
	for _, s := range o.told {
		byID[string(s.GetSpanId())] = s
	}
	for _, s := range o.told {
		text := plainSpan(s)
		for parent := s.GetParentSpanId(); len(parent) > 0; {
			p := byID[string(parent)]
			if p == nil {
				text += " below the caller's " + hex.EncodeToString(parent)
				break
			}
			text += " below " + plainSpan(p)
			parent = p.GetParentSpanId()
		}
		all = append(all, timeIsUp(text))
	}
	slices.Sort(all)
	return all
}

// timeIsUp has a text say the same whether the dispatcher or the processor noticed first that time was up.
func timeIsUp(text string) string {
	if text = roughly(text); !strings.Contains(text, "did not answer within") {
		return text
	}
	const reset = "stream terminated by RST_STREAM with error code: CANCEL"
	return strings.ReplaceAll(text, reset, "context deadline exceeded")
}

func plainSpan(s *otlp.Span) string {
	var said []string
	for _, a := range s.GetAttributes() {
		said = append(said, fmt.Sprintf("%s=%v", a.GetKey(), a.GetValue().GetValue()))
	}
	slices.Sort(said)
	ended := s.GetStatus()
	return fmt.Sprintf("%s %s %v %s %q", s.GetName(), s.GetKind(), said, ended.GetCode(), ended.GetMessage())
}
