//go:build interop

package interop

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// collect is an OpenTelemetry collector: OTLP over HTTP.
func collect(t *testing.T) (endpoint string, spans func() []*otlp.Span) {
	t.Helper()
	var mu sync.Mutex
	var all []*otlp.Span
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var export collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			http.Error(w, "no traces", http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range export.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				all = append(all, scope.GetSpans()...)
			}
		}
	})}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String(), func() []*otlp.Span {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// TestATraceJoinsThatOfANodeProcessor sends a message of a traced caller through: the span that OpenTelemetry makes in
// a process of @routr/processor hangs below the one of the dispatcher's call.
func TestATraceJoinsThatOfANodeProcessor(t *testing.T) {
	const trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	type said struct{ Event, Addr, Trace, Span, Parent, Name string }
	node := startNode(t, "traced.js", "connect")
	var ready said
	node.report(t, &ready)

	endpoint, spans := collect(t)
	addr := peertest.FreeAddr(t)
	to := processor{Ref: "connect", Addr: ready.Addr, MatchFunc: "req => true", Methods: allMethods}
	text, err := json.Marshal(resource{
		Kind: "MessageDispatcher", APIVersion: "v2beta1", Ref: "traced",
		Spec: spec{BindAddr: addr, Processors: []processor{to}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dispatcher.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--config", file)
	cmd.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint)
	d := &dispatcher{process: startProcess(t, cmd), addr: addr}
	d.awaitServing(t)

	c := startClient(t, addr)
	sip := map[string]any{"requestUri": map[string]any{"user": "bob"}}
	r := c.call(t, call{
		Request:  map[string]any{"ref": "r", "method": "INVITE", "message": sip},
		Metadata: map[string]string{"traceparent": "00-" + trace + "-" + caller + "-01"},
	})
	if r.Error != nil {
		t.Fatalf("the call: %+v", r.Error)
	}
	var processed said
	for processed.Event != "span" {
		node.report(t, &processed)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM) // what is left is exported
	<-d.exited

	byID := map[string]*otlp.Span{}
	for _, s := range spans() {
		byID[hex.EncodeToString(s.GetSpanId())] = s
	}
	if processed.Trace != trace {
		t.Fatalf("Node's span %+v is of another trace", processed)
	}
	toNode := byID[processed.Parent]
	if toNode == nil || toNode.GetKind() != otlp.Span_SPAN_KIND_CLIENT {
		t.Fatalf("Node's span %+v isn't below the dispatcher's call: %v", processed, byID)
	}
	message := byID[hex.EncodeToString(toNode.GetParentSpanId())]
	if message == nil || hex.EncodeToString(message.GetParentSpanId()) != caller || len(byID) != 2 {
		t.Errorf("the spans of the dispatcher are %v", byID)
	}
}
