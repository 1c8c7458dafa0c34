package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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

func TestASignalInterruptsTheImpact(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only a request that was read tells when its caller leaves
		close(asked)
		<-r.Context().Done()
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "new.yaml")
	if err := os.WriteFile(file, []byte(configFor("127.0.0.1:1")), 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := exec.LookPath("dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "impact", "--config", file, "--against", server.URL)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(log.String(), "interrupted") {
		t.Errorf("exit code %d, %v: %s", code, err, &log)
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
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil ||
		r.Method+r.URL.Path != "POST/api/v1/config/impact" ||
		asked.Last != 1000 || !strings.Contains(asked.Config, "matchFunc") {
		http.Error(w, "an unexpected request", http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(impact.Report{
		Messages: 7, Unchanged: 3, Moved: 4, Moves: []impact.Move{{From: "rest", To: "chat", Rule: "chat", Count: 4}},
	})
}
