package file

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestARegularFileIsReadWhole(t *testing.T) {
	dir := t.TempDir()
	want := bytes.Repeat([]byte("0123456789"), 10_000)
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(path, want, 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		got, err := Read(t.Context(), name, int64(len(want)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// TestWhatIsNoSmallRegularFileIsRefused has what a file can turn into. Each would hang or fill the memory of who reads
// it without a look.
func TestWhatIsNoSmallRegularFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	listener, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = errors.Join(
		syscall.Mkfifo(at("pipe"), 0o600), os.Symlink(at("pipe"), at("link to a pipe")),
		os.WriteFile(at("of nothing"), nil, 0o600), os.Truncate(at("of nothing"), 3<<30),
		os.WriteFile(at("one too many"), make([]byte, 4097), 0o600),
		os.Symlink(at("loop"), at("loop")),
	)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		at("pipe"):           "a named pipe, not a regular file",
		at("link to a pipe"): "a named pipe, not a regular file",
		at("socket"):         "a socket, not a regular file",
		dir:                  "a folder, not a regular file",
		"/dev/zero":          "a device, not a regular file",
		"/dev/tty":           "a device, not a regular file",
		at("of nothing"):     "larger than 4096 bytes",
		at("one too many"):   "larger than 4096 bytes",
		"/proc/kallsyms":     "larger than 4096 bytes", // it says that it has none
		at("loop"):           "too many levels of symbolic links",
		at("nowhere"):        "no such file",
	} {
		data, err := Read(t.Context(), path, 4096)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || data != nil {
			t.Errorf("%s: %d bytes, error %v, want %q", path, len(data), err, want)
		}
	}
	if _, err := Read(t.Context(), at("nowhere"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

// TestAFileSystemThatHangsHoldsOneReader stands a channel in for a system call that doesn't return, since no file
// system here hangs on demand.
func TestAFileSystemThatHangsHoldsOneReader(t *testing.T) {
	r := reads{begun: map[string]*result{}}
	answer, calls := make(chan struct{}), atomic.Int32{}
	hang := func(string, int64) ([]byte, error) {
		calls.Add(1)
		<-answer
		return []byte("late"), nil
	}
	leaves, leave := context.WithCancel(t.Context())
	leave()
	if _, err := r.read(leaves, "/net/file", 1, hang); !errors.Is(err, context.Canceled) {
		t.Fatalf("who leaves gets %v", err)
	}
	for range 3 {
		if _, err := r.read(t.Context(), "/net/file", 1, hang); !errors.Is(err, errHangs) {
			t.Fatalf("got %v", err)
		}
	}
	close(answer)
	for r.hangs("/net/file") {
		time.Sleep(time.Millisecond)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d readers hung", n)
	}
	if data, err := r.read(t.Context(), "/net/file", 1, hang); err != nil || string(data) != "late" {
		t.Errorf("once it answers: %q, %v", data, err)
	}
}
