package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/server"
)

func TestCallsBeyondTheLimitOnMemoryAreRefusedAtOnceAndWhatTheyHeldIsGivenBack(t *testing.T) {
	budget := server.NewByteBudget(100 << 10)
	s := newSide(t, func(o *Options) { o.Budget = budget })
	body := strings.NewReader(`{"matchFunc":"req => true","x":"` + strings.Repeat("x", 200<<10) + `"}`)
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/rules/evaluate", body)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
		!strings.Contains(w.Body.String(), "urn:routr-dispatcher:problem:busy") {
		t.Errorf("a body that there is no room for: status %d, %s", w.Code, w.Body)
	}
	if budget.Used() != 0 || budget.Refused() != 1 {
		t.Errorf("%d bytes are held, %d requests refused", budget.Used(), budget.Refused())
	}
	hog := budget.Begin(t.Context())
	hog.Add(100 << 10)
	r = httptest.NewRequest(http.MethodGet, "http://127.0.0.1/api/v1/config", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w = httptest.NewRecorder()
	if s.mux.ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a call while there is no room: status %d", w.Code)
	}
}
