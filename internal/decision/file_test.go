package decision

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newFile(t *testing.T, o FileOptions) *File {
	t.Helper()
	f, err := NewFile(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// write writes entries of these Call-IDs.
func write(t *testing.T, f *File, callIDs ...string) {
	t.Helper()
	for _, id := range callIDs {
		if taken, lost, err := f.Write(t.Context(), []Entry{{CallID: id}}); taken != 1 || lost != 0 || err != nil {
			t.Fatalf("%d taken, %d lost, %v", taken, lost, err)
		}
	}
}

// callIDs reads a file of whole lines, each of which is a decision.
func callIDs(t *testing.T, path string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, e.CallID)
	}
	return all
}

func TestADiskThatFillsLeavesWholeLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	f := newFile(t, FileOptions{Path: path})
	write(t, f, "before")
	signal.Ignore(syscall.SIGXFSZ) // the limit below stands for a disk's
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	full := syscall.Rlimit{Cur: uint64(f.size) + 100, Max: was.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	taken, _, err := f.Write(t.Context(), []Entry{{CallID: strings.Repeat("x", 200)}})
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); back != nil {
		t.Fatal(back)
	}
	if taken != 0 || !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("%d taken, %v", taken, err)
	}
	if diff := cmp.Diff([]string{"before"}, callIDs(t, path)); diff != "" {
		t.Error(diff)
	}
	write(t, f, "after")
	if diff := cmp.Diff([]string{"before", "after"}, callIDs(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestALineThatWasCutGetsItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	if err := os.WriteFile(path, []byte(`{"callId":"ok"}`+"\n"+`{"callId":"cu`), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, newFile(t, FileOptions{Path: path}), "next")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), `"cu`+"\n{") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestAFileThatLogrotateTookIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	f := newFile(t, FileOptions{Path: path})
	write(t, f, "one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three")
	if diff := cmp.Diff([][]string{{"one"}, {"three"}},
		[][]string{callIDs(t, path+".1"), callIDs(t, path)}); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != fileMode {
		t.Errorf("%v, %v", info, err)
	}
}

func TestOnlyItsOwnOldFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "decisions.jsonl")
	foreign := []string{
		"decisions-notes.jsonl", "decisions-2026-01-02T03-04-05.000.txt", "other-2026-01-02T03-04-05.000.jsonl",
	}
	for _, name := range append(foreign, "decisions-2020-01-02T03-04-05.000.jsonl") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFile(t, FileOptions{Path: path, MaxBytes: 100, MaxFiles: 1})
	write(t, f, "one", "two", "three")
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	old, err := f.old()
	if err != nil || len(old) != 1 || callIDs(t, old[0])[0] != "two" || callIDs(t, path)[0] != "three" {
		t.Errorf("%v, %v", old, err)
	}
}

func TestNoFileIsRenamedOverAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	f := newFile(t, FileOptions{Path: path, MaxBytes: 100, MaxFiles: 1000})
	var want []string
	for n := range 200 { // many in a millisecond
		want = append(want, fmt.Sprint("call-", n))
	}
	write(t, f, want...)
	old, err := f.old()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range append(old, path) {
		got = append(got, callIDs(t, name)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoRegularFileIsNeverRenamed(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "stdout")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	f := newFile(t, FileOptions{Path: link, MaxBytes: 100})
	write(t, f, "one", "two", "three")
	if diff := cmp.Diff([]string{"one", "two", "three"}, callIDs(t, target)); diff != "" {
		t.Error(diff)
	}
	// A pipe stands for devices, too: a mistake here mustn't rename those of the machine.
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	write(t, newFile(t, FileOptions{Path: pipe, MaxBytes: 100}), "one", "two", "three")
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAPipeThatStallsHoldsUpNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFile(t, FileOptions{Path: path}) // nobody reads yet
	reader, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	l := newLogFor(t, 5000)
	a := l.Attach(f, slog.New(slog.DiscardHandler))
	const records = 2000 // some 600 kB, and a pipe holds 64
	for i := range records {
		add(l, fmt.Sprintf("call-%d", i))
	}
	eventually(t, "the pipe is full", func() bool { return a.written.Load() > 50 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Close(ctx); err != nil { // it would wait for ever
		t.Error(err)
	}
	got := a.Stats()
	if got.Written+got.Dropped != records || got.Dropped == 0 {
		t.Errorf("%+v of %d", got, records)
	}
	// what it holds is there already
	if err := reader.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(reader)
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			if n < 50 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%d lines, %v", n, err)
			}
			return
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil || e.CallID != fmt.Sprintf("call-%d", n) {
			t.Fatalf("line %d is %s: %v", n, line, err)
		}
	}
}
