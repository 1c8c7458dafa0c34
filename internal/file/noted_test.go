package file

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWithoutDescriptorsNoFileHasChanged looks at files while the process can open none.
func TestWithoutDescriptorsNoFileHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(path, []byte("a: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := &Noted{}
	for _, p := range []string{path, path + ".missing"} {
		_, _ = in.Read(t.Context(), p, 100) // which notes the error
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	without := func(look func(context.Context) *Noted) *Noted {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
				t.Fatal(err)
			}
		}()
		return look(t.Context())
	}
	if now := without(in.Again); !now.Same(in) {
		t.Errorf("files changed from %v to %v", in.files, now.files)
	}
	if err := os.WriteFile(path, []byte("a: 2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if in.Again(t.Context()).Same(in) {
		t.Error("a change isn't seen")
	}
}
