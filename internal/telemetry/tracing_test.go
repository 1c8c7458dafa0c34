package telemetry

import (
	"strings"
	"testing"
)

func TestTracesAreMadeWhereTheyAreAskedFor(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string // the protocol, or what the error says
	}{
		{nil, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "http/protobuf"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"}, "http/protobuf"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, "http/protobuf"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc"},
		{map[string]string{
			"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
		}, "http/protobuf"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "::bad"}, `OTEL_EXPORTER_OTLP_ENDPOINT is "::bad"`},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4317"}, `ENDPOINT is "collector:4317"`},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "10.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			`ENDPOINT is "10.0.0.1:4317"`},
		{map[string]string{"OTEL_TRACES_EXPORTER": "jaeger"}, `OTEL_TRACES_EXPORTER is "jaeger"`},
		{map[string]string{
			"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
		}, `is "http/json"`},
	} {
		got, err := asked(func(name string) string { return c.env[name] })
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || c.want == "" {
				t.Errorf("%v: %v", c.env, err)
			}
		} else if got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}

// Who asks for no traces pays nothing for them.
func TestNoTracingCostsNothing(t *testing.T) {
	var off *Tracing
	md := map[string][]string{"a": {"b"}}
	if n := testing.AllocsPerRun(100, func() {
		ctx, span := off.Message(t.Context(), md)
		_, call := off.Call(ctx, md)
		call.End(0, false, "")
		span.Say()
		_ = span.TraceID(md)
		span.End(0, false, "")
	}); n > 0 {
		t.Errorf("it allocates %v times", n)
	}
}

func TestATraceThatIsNoneIsNamedNowhere(t *testing.T) {
	const zero = "00-00000000000000000000000000000000-b7ad6b7169203331-01"
	for _, header := range []string{"", "x", zero, strings.Repeat("9", 1<<16)} {
		if id := (Span{}).TraceID(map[string][]string{"traceparent": {header}}); id != "" {
			t.Errorf("%.60q is the trace %q", header, id)
		}
	}
}
