package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// BenchmarkGuard is what bounding an answer's writes costs a gRPC call: a write and two flushes.
func BenchmarkGuard(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(nil)
		w.(http.Flusher).Flush()
		w.(http.Flusher).Flush()
	})
	for name, h := range map[string]http.Handler{"without": handler, "with": guarded(handler, time.Minute, &bodies{})} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			w := httptest.NewRecorder()
			body := io.NopCloser(strings.NewReader("message"))
			r := &http.Request{}
			for b.Loop() {
				r.Body = body
				h.ServeHTTP(w, r)
			}
		})
	}
}
