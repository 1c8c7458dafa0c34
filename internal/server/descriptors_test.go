package server

import (
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestWithoutDescriptorsNoCertificateIsBroken looks at the TLS files while the process can open none: that says
// nothing of the files.
func TestWithoutDescriptorsNoCertificateIsBroken(t *testing.T) {
	dir := t.TempDir()
	peertest.Certificate(t, dir, "one")
	var said strings.Builder
	tls := TLS{Cert: filepath.Join(dir, "one.crt"), Key: filepath.Join(dir, "one.key")}
	files, err := tls.open(t.Context(), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	files.renew(t.Context())
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 || files.failed != "" {
		t.Errorf("it says %q", said.String())
	}
	peertest.Certificate(t, dir, "one")
	if files.renew(t.Context()); !strings.Contains(said.String(), "renewed") {
		t.Errorf("a new certificate isn't seen: %q", said.String())
	}
}
