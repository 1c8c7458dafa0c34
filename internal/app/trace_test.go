package app

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// receiver is an OpenTelemetry collector (OTLP over HTTP) that keeps the spans it gets.
type receiver struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var export collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &export)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

// said is an attribute of a span as text.
func said(s *otlp.Span, name string) string {
	for _, a := range s.Attributes {
		if a.Key == name {
			text := a.Value.String() // string_value:"…" or int_value:…
			_, text, _ = strings.Cut(text, ":")
			return strings.Trim(text, `" `)
		}
	}
	return ""
}

// traced starts a dispatcher whose traces go to a receiver, and returns what ends both and returns the spans.
func traced(t *testing.T, opts Options, yaml string) (r *running, spans func() []*otlp.Span) {
	t.Helper()
	got := &receiver{}
	server := httptest.NewServer(got)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	var err error
	getenv := func(name string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL}[name]
	}
	failed := func(err error) { t.Errorf("traces can't be exported: %v", err) }
	if opts.Tracing, err = telemetry.NewTracing(t.Context(), getenv, "test", failed); err != nil {
		t.Fatal(err)
	}
	r = start(t, opts, yaml)
	return r, func() []*otlp.Span {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := opts.Tracing.Close(ctx); err != nil {
			t.Error(err)
		}
		got.mu.Lock()
		defer got.mu.Unlock()
		return got.spans
	}
}

const callersTrace, callersSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

// traceparent is the header by which a caller hands on its trace (W3C Trace Context); the last two digits say that it
// is sampled.
const traceparent = "00-" + callersTrace + "-" + callersSpan + "-01"

// A message's span continues the caller's trace, each call has one below it, and each backend is told which.
func TestATraceGoesThrough(t *testing.T) {
	auth := peertest.Start(t, peertest.Echo())
	refuse := func(context.Context, *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		return nil, status.Error(codes.Unavailable, "no")
	}
	connectPeer := peertest.Start(t, peertest.Typed(refuse))
	r, spans := traced(t, Options{}, yamlFor(connectPeer.Addr,
		"  middlewares: [{ref: auth, addr: \""+auth.Addr+"\", postProcessor: false}]"))
	client := routrpbconnect.NewProcessorClient(h2c(t), "http://"+r.addr, connect.WithGRPC())
	req := connect.NewRequest(invite("bob"))
	req.Msg.Message.CallId = &routrpb.CallID{CallId: "call-1"}
	req.Header().Set("traceparent", traceparent)
	if _, err := client.ProcessMessage(t.Context(), req); connect.CodeOf(err) != connect.CodeUnavailable {
		t.Fatalf("the processor's failure: %v", err)
	}
	all := spans()
	if len(all) != 3 {
		t.Fatalf("there are %d spans: %v", len(all), all)
	}
	toAuth, toConnect, message := all[0], all[1], all[2]
	for _, s := range all {
		const name = "fonoster.routr.processor.v2beta1.Processor/ProcessMessage"
		if trace := hex.EncodeToString(s.TraceId); trace != callersTrace || s.Name != name {
			t.Errorf("span %q is of the trace %s", s.Name, trace)
		}
	}
	parent := hex.EncodeToString(message.ParentSpanId)
	if parent != callersSpan || message.Kind != otlp.Span_SPAN_KIND_SERVER {
		t.Errorf("the message's span is %s below %s", message.Kind, parent)
	}
	for name, want := range map[string]string{
		"sip.call_id": "call-1", "sip.method": "INVITE", "sip.kind": "request", "routr.processor": "connect",
		"routr.rule": "1", "routr.epoch": "1", "rpc.system": "grpc", "rpc.grpc.status_code": "14",
	} {
		if got := said(message, name); got != want {
			t.Errorf("the message's span says %s = %q, want %q", name, got, want)
		}
	}
	ended := message.Status
	if ended.GetCode() != otlp.Status_STATUS_CODE_ERROR || !strings.Contains(ended.GetMessage(), "connect") {
		t.Errorf("its status is %v", ended)
	}
	for _, c := range []struct {
		span *otlp.Span
		peer *peertest.Peer
		ref  string
		code string
	}{{toAuth, auth, "auth", "0"}, {toConnect, connectPeer, "connect", "14"}} {
		if string(c.span.ParentSpanId) != string(message.SpanId) || c.span.Kind != otlp.Span_SPAN_KIND_CLIENT {
			t.Errorf("the span of the call to %s is %s and not below the message's", c.ref, c.span.Kind)
		}
		if said(c.span, "routr.ref") != c.ref || said(c.span, "rpc.grpc.status_code") != c.code {
			t.Errorf("the span of the call to %s says %v", c.ref, c.span.Attributes)
		}
		want := "00-" + callersTrace + "-" + hex.EncodeToString(c.span.SpanId) + "-01"
		if got := c.peer.Calls()[0].Metadata.Get("traceparent"); len(got) != 1 || got[0] != want {
			t.Errorf("%s was told %v, want %s", c.ref, got, want)
		}
	}
	if line := r.log.String(); !strings.Contains(line, `"traceId":"`+callersTrace+`"`) {
		t.Errorf("the log doesn't name the trace:\n%s", line)
	}
}

// A caller that doesn't sample isn't sampled, and one without a trace gets one of its own.
func TestTheCallerDecidesWhatIsTraced(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	r, spans := traced(t, Options{}, yamlFor(peer.Addr))
	client := routrpbconnect.NewProcessorClient(h2c(t), "http://"+r.addr, connect.WithGRPC())
	unsampled := connect.NewRequest(invite("a"))
	unsampled.Header().Set("traceparent", strings.TrimSuffix(traceparent, "01")+"00")
	for _, req := range []*connect.Request[routrpb.MessageRequest]{unsampled, connect.NewRequest(invite("b"))} {
		if _, err := client.ProcessMessage(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	all := spans()
	if len(all) != 2 || hex.EncodeToString(all[0].TraceId) == callersTrace || len(all[1].ParentSpanId) != 0 {
		t.Errorf("the spans are %v", all)
	}
	told := peer.Calls()[0].Metadata.Get("traceparent")
	if len(told) != 1 || !strings.HasPrefix(told[0], "00-"+callersTrace) || !strings.HasSuffix(told[0], "-00") {
		t.Errorf("the processor was told %v of a call that isn't sampled", told)
	}
}

// Where nobody asked for traces, a caller's trace passes through to the processors as it came.
func TestWithoutTracingATracePasses(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	r := start(t, Options{}, yamlFor(peer.Addr))
	client := routrpbconnect.NewProcessorClient(h2c(t), "http://"+r.addr, connect.WithGRPC())
	req := connect.NewRequest(invite("a"))
	req.Header().Set("traceparent", traceparent)
	if _, err := client.ProcessMessage(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if told := peer.Calls()[0].Metadata.Get("traceparent"); len(told) != 1 || told[0] != traceparent {
		t.Errorf("the processor was told %v", told)
	}
}
