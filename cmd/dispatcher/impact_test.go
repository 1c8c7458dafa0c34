package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// withAdmin names to the scripts what they can ask over the network.
func withAdmin(t *testing.T) func(*testscript.Env) error {
	server := httptest.NewServer(http.HandlerFunc(adminImpact))
	t.Cleanup(server.Close)
	refusing := peertest.Refusing(t)
	return func(env *testscript.Env) error {
		env.Setenv("ADMIN", server.URL)
		env.Setenv("REFUSING", refusing)
		return nil
	}
}

// adminImpact answers as POST /api/v1/config/impact does.
func adminImpact(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer s3cret" {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"type": "about:blank", "title": "Forbidden", "detail": "no token fits"}`)
		return
	}
	var asked struct {
		Config string
		Last   int
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.Method+r.URL.Path != "POST/api/v1/config/impact" ||
		asked.Last != 1000 || !strings.Contains(asked.Config, "matchFunc") {
		http.Error(w, "an unexpected request", http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(impact.Report{
		Messages: 7, Unchanged: 3, Moved: 4, Moves: []impact.Move{{From: "rest", To: "chat", Rule: "chat", Count: 4}},
	})
}
