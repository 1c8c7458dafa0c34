package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing tells an OpenTelemetry collector of messages and of the calls that are made for them, each a span of the
// trace that the caller began (W3C Trace Context). A nil Tracing does nothing, and costs nothing. It is safe for
// concurrent use.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTracing returns what OpenTelemetry's standard environment variables ask for (OTEL_EXPORTER_OTLP_ENDPOINT and the
// like); nil where they ask for nothing. failed is told of what couldn't be exported.
func NewTracing(
	ctx context.Context, getenv func(string) string, version string, failed func(error),
) (*Tracing, error) {
	protocol, err := asked(getenv)
	if err != nil || protocol == "" {
		return nil, err
	}
	var exporter sdktrace.SpanExporter
	if protocol == protocolGRPC {
		exporter, err = otlptracegrpc.New(ctx)
	} else {
		exporter, err = otlptracehttp.New(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("export traces over %s: %w", protocol, err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", "routr-dispatcher"), attribute.String("service.version", version)),
		resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithHost(), resource.WithContainerID())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe this process for traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(failed))
	// The sampler is what OTEL_TRACES_SAMPLER says; without it the caller decides, and everything is sampled where he
	// says nothing.
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	tracer := provider.Tracer("github.com/fonoster/routr-dispatcher", trace.WithInstrumentationVersion(version))
	return &Tracing{provider, tracer}, nil
}

const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf"
)

// asked returns the protocol that traces are asked for by; empty where they aren't asked for.
func asked(getenv func(string) string) (protocol string, err error) {
	const traces, all = "OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"
	switch exporter := getenv("OTEL_TRACES_EXPORTER"); {
	case strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true"), exporter == "none":
		return "", nil
	case exporter != "" && exporter != "otlp":
		return "", fmt.Errorf("OTEL_TRACES_EXPORTER is %q: it must be otlp or none", exporter)
	case exporter == "" && getenv(traces+"ENDPOINT") == "" && getenv(all+"ENDPOINT") == "":
		return "", nil
	}
	for _, name := range []string{traces + "ENDPOINT", all + "ENDPOINT"} {
		if at := getenv(name); at != "" && !endpoint(at) { // OpenTelemetry would export to this machine instead
			return "", fmt.Errorf("%s is %q: it must be a URL such as http://collector:4318", name, at)
		}
	}
	for _, name := range []string{traces + "PROTOCOL", all + "PROTOCOL"} {
		switch protocol := getenv(name); protocol {
		case "":
		case protocolGRPC, protocolHTTP:
			return protocol, nil
		default:
			return "", fmt.Errorf("%s is %q: it must be %s or %s", name, protocol, protocolGRPC, protocolHTTP)
		}
	}
	return protocolHTTP, nil
}

// endpoint reports whether a text names a collector.
func endpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") || u.Scheme == "unix")
}

// Close exports what is left, until ctx ends.
func (t *Tracing) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("export the last traces: %w", err)
	}
	return nil
}

// Span is a piece of work that is told of when it ends. The zero Span isn't told of.
type Span struct{ of trace.Span }

// Attribute is something that a span says: a string or an int64.
type Attribute struct {
	Name string
	Text string
	Int  int64 // where Text is empty
}

// The gRPC call that a message comes in by, and is sent on by (semantic conventions for RPC).
const (
	service = "fonoster.routr.processor.v2beta1.Processor"
	method  = "ProcessMessage"
)

var calls = []attribute.KeyValue{
	attribute.String("rpc.system", "grpc"), attribute.String("rpc.service", service),
	attribute.String("rpc.method", method),
}

// begin begins a span of a kind.
func (t *Tracing) begin(ctx context.Context, kind trace.SpanKind) (context.Context, trace.Span) {
	return t.tracer.Start(ctx, service+"/"+method, trace.WithSpanKind(kind), trace.WithAttributes(calls...))
}

// Message begins the span of a message, in the trace that the call's metadata name. The context is for Call.
func (t *Tracing) Message(ctx context.Context, md map[string][]string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx = propagation.TraceContext{}.Extract(ctx, carrier(md))
	ctx, span := t.begin(ctx, trace.SpanKindServer)
	return ctx, Span{span}
}

// Call begins the span of a call that is made for the message of a context, and returns the metadata that carry it.
func (t *Tracing) Call(ctx context.Context, md map[string][]string) (map[string][]string, Span) {
	if t == nil {
		return md, Span{}
	}
	ctx, span := t.begin(ctx, trace.SpanKindClient)
	carried := maps.Clone(md)
	if carried == nil {
		carried = map[string][]string{}
	}
	propagation.TraceContext{}.Inject(ctx, carrier(carried))
	return carried, Span{span}
}

// On reports whether what the span says is wanted.
func (s Span) On() bool { return s.of != nil && s.of.IsRecording() }

// Say takes down what the span is about.
func (s Span) Say(what ...Attribute) {
	if !s.On() {
		return
	}
	for _, a := range what {
		if a.Text != "" {
			s.of.SetAttributes(attribute.String(a.Name, strings.ToValidUTF8(a.Text, "\uFFFD")))
		} else {
			s.of.SetAttributes(attribute.Int64(a.Name, a.Int))
		}
	}
}

// End ends the span of a call with a gRPC code; why says more where it failed, and failed whether that is an error by
// the semantic conventions for RPC.
func (s Span) End(code int, failed bool, why string) {
	if s.of == nil {
		return
	}
	s.of.SetAttributes(attribute.Int("rpc.grpc.status_code", code))
	if failed {
		s.of.SetStatus(codes.Error, strings.ToValidUTF8(why, "\uFFFD"))
	}
	s.of.End()
}

// TraceID returns the id of the trace that a call's metadata name, in hexadecimal; that of the span where it is on.
func (s Span) TraceID(md map[string][]string) string {
	if s.of != nil && s.of.SpanContext().HasTraceID() {
		return s.of.SpanContext().TraceID().String()
	}
	if len(md["traceparent"]) == 0 {
		return ""
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), carrier(md))
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}

// carrier lets metadata carry a trace's context.
type carrier map[string][]string

// Get is part of propagation.TextMapCarrier.
func (c carrier) Get(key string) string {
	if all := c[key]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// Set is part of propagation.TextMapCarrier.
func (c carrier) Set(key, value string) { c[key] = []string{value} }

// Keys is part of propagation.TextMapCarrier.
func (c carrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}
