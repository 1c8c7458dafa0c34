//go:build supply

// Package supply holds what is handed out against what it is made of: known vulnerabilities, bills of materials, and
// the archives of a release, which it makes.
package supply

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Go's vulnerability database is a Go module, so that it comes the way of every dependency. It is pinned as they are:
// the same commit gives the same answer tomorrow.
var database = flag.String("database", "v0.0.0-20261105234957-e22db6528018", "the version; latest for the newest")

// finding is a vulnerability of what is called, and what it is mended in.
type finding struct{ id, module, fixed string }

// releaseGo is the Go that what is released is built with: its standard library counts, not that of whoever asks.
func releaseGo(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../.ci/go-version")
	if err != nil {
		t.Fatal(err)
	}
	return "go" + strings.TrimSpace(string(text))
}

// findings are the vulnerabilities of what the packages of a module call, those of the standard library included.
func findings(t *testing.T, module, packages string, env ...string) (all []finding) {
	t.Helper()
	var downloaded struct{ Dir, Error string }
	text, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-json",
		"golang.org/x/vulndb@"+*database).Output()
	if err := errors.Join(err, json.Unmarshal(text, &downloaded)); err != nil {
		t.Fatalf("get the database: %v, %s", err, downloaded.Error)
	}
	tools, err := filepath.Abs("../../.ci/supply.mod")
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+tools, "-n", "govulncheck").Output()
	if err != nil {
		t.Fatalf("build govulncheck: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), "-format", "json",
		"-db", "file://"+filepath.Join(downloaded.Dir, "data/osv"), packages)
	cmd.Dir, cmd.Stderr, cmd.Env = module, os.Stderr, append(append(os.Environ(), "GOTOOLCHAIN="+releaseGo(t)), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	for decoder := json.NewDecoder(out); ; said++ {
		var message struct {
			Finding struct {
				OSV   string
				Fixed string `json:"fixed_version"`
				Trace []struct{ Module, Function string }
			}
		}
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read what govulncheck says: %v", err)
		}
		f := message.Finding
		if len(f.Trace) == 0 || f.Trace[0].Function == "" {
			continue // nothing calls it
		}
		if found := (finding{f.OSV, f.Trace[0].Module, f.Fixed}); !slices.Contains(all, found) {
			all = append(all, found)
		}
	}
	if err := cmd.Wait(); err != nil || said == 0 {
		t.Fatalf("govulncheck: %v, after %d messages", err, said)
	}
	return all
}

// What is linked in has no vulnerability that is known and called, the standard library of releases included.
func TestNothingKnownToBeVulnerableIsCalled(t *testing.T) {
	for _, f := range findings(t, "../..", "./cmd/...") {
		t.Errorf("%s: %s, mended in %s", f.id, f.module, f.fixed)
	}
}

// The test above would find one, in a module and in the standard library of an older Go.
func TestWhatIsKnownToBeVulnerableIsFound(t *testing.T) {
	got := findings(t, "testdata/vulnerable", ".", "GOVERSION=go1.26.3")
	for _, want := range []finding{
		{"GO-2026-5038", "stdlib", "v1.26.4"},
		{"GO-2021-0113", "golang.org/x/text", "v0.3.7"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("found %v, want %v among them", got, want)
		}
	}
}
