package backend

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestWithoutDescriptorsNoTLSFileIsBroken looks at the TLS files while the process can open none: that says nothing of
// the files.
func TestWithoutDescriptorsNoTLSFileIsBroken(t *testing.T) {
	dir := t.TempDir()
	peertest.Certificate(t, dir, "one")
	made, err := (&TLS{Cert: filepath.Join(dir, "one.crt"), Key: filepath.Join(dir, "one.key")}).credentials()
	if err != nil {
		t.Fatal(err)
	}
	files := made.(*fileCredentials).tlsFiles
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	limitFiles(t, 3)
	files.renew(t.Context())
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if why := unusable(made); why != "" {
		t.Errorf("it says %q", why)
	}
	before := files.current.Load()
	peertest.Certificate(t, dir, "one")
	if files.renew(t.Context()); files.current.Load() == before {
		t.Error("a new certificate isn't seen")
	}
}
