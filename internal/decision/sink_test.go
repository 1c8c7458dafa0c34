package decision

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// add adds a record of a message with this Call-ID.
func add(l *Log, callID string) {
	l.Add(&Record{Time: time.Now(), CallID: []byte(callID), Processor: "im"})
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func newLogFor(t *testing.T, keep int) *Log {
	t.Helper()
	l, err := NewLog(Options{Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// linesOf reads the entries of every file in dir.
func linesOf(t *testing.T, dir string) (ids []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var e Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ids = append(ids, e.CallID)
		}
		f.Close()
	}
	return ids
}

func TestDecisionsAreWrittenToAFile(t *testing.T) {
	dir := t.TempDir()
	f, err := NewFile(FileOptions{Path: filepath.Join(dir, "decisions.jsonl")})
	if err != nil {
		t.Fatal(err)
	}
	l := newLogFor(t, 1000)
	a := l.Attach(f, slog.New(slog.DiscardHandler))
	for i := range 500 {
		add(l, fmt.Sprintf("call-%d", i))
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := linesOf(t, dir); len(got) != 500 || got[0] != "call-0" || got[499] != "call-499" {
		t.Errorf("%d lines", len(got))
	}
	info, err := os.Stat(filepath.Join(dir, "decisions.jsonl"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
}

func TestAFileObeysNoForeignText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	f, err := NewFile(FileOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	const callID = "\x1b[31m\u009b2J\u202e"
	if n, _, err := f.Write(t.Context(), []Entry{{CallID: callID}}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back Entry
	if err := json.Unmarshal(text, &back); err != nil || back.CallID != callID ||
		strings.ContainsAny(string(text), callID[:1]+"\u009b\u202e") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAFullFileIsFollowedByAnother(t *testing.T) {
	dir := t.TempDir()
	f, err := NewFile(FileOptions{Path: filepath.Join(dir, "decisions.jsonl"), MaxBytes: 1 << 20, MaxFiles: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := Entry{CallID: strings.Repeat("x", 200<<10)}
	for range 25 { // about 5 MiB
		if n, _, err := f.Write(t.Context(), []Entry{e}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	eventually(t, "only the current file and two old ones are kept", func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		return err == nil && len(files) == 3
	})
}

func TestADiskThatIsFullLosesDecisionsAndNothingElse(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(FileOptions{Path: "/dev/full"})
	if err != nil {
		t.Fatal(err)
	}
	l := newLogFor(t, 10)
	var said strings.Builder
	a := l.Attach(f, slog.New(slog.NewTextHandler(&said, nil)))
	eventually(t, "the sink is failing", func() bool {
		add(l, "call")
		return l.Stats().Sinks[0].Failing
	})
	for range 100 {
		add(l, "call")
	}
	total := l.Stats().Total
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = a.Close(ctx) // the file can't be written
	if got := a.Stats(); got.Written != 0 || got.Dropped != total {
		t.Errorf("%+v of %d decisions", got, total)
	}
	if !strings.Contains(said.String(), "no space left") {
		t.Errorf("the log says %q", said.String())
	}
}

func TestAFileThatCantBeWrittenIsAnErrorAtOnce(t *testing.T) {
	if _, err := NewFile(FileOptions{Path: filepath.Join(t.TempDir(), "nowhere", "decisions.jsonl")}); err == nil {
		t.Error("there is no error")
	}
}

func TestADecisionThatCantBeWrittenIsDropped(t *testing.T) {
	f, err := NewFile(FileOptions{Path: filepath.Join(t.TempDir(), "decisions.jsonl")})
	if err != nil {
		t.Fatal(err)
	}
	taken, lost, err := f.Write(t.Context(), []Entry{{ID: "a"}, {ID: "b", Message: []byte("{")}, {ID: "c"}})
	if taken != 3 || lost != 1 || err != nil {
		t.Errorf("it took %d and lost %d: %v", taken, lost, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// broken is a sink that panics, and then goes on.
type broken struct {
	panics int
	took   []string
}

func (*broken) Name() string { return "broken" }
func (*broken) Close() error { return nil }

func (b *broken) Write(_ context.Context, entries []Entry) (int, int, error) {
	if b.panics--; b.panics >= 0 {
		panic("of the test")
	}
	for _, e := range entries {
		b.took = append(b.took, e.CallID)
	}
	return len(entries), 0, nil
}

func TestASinkThatPanicsLosesWhatItHadAndGoesOn(t *testing.T) {
	b := &broken{panics: 1}
	l := newLogFor(t, 100)
	before := panics.Count()
	a := l.Attach(b, slog.New(slog.DiscardHandler))
	add(l, "lost")
	eventually(t, "it counts what it lost", func() bool { return l.Stats().Sinks[0].Dropped == 1 })
	add(l, "written")
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := a.Stats(); got.Written != 1 || len(b.took) != 1 || b.took[0] != "written" || panics.Count() != before+1 {
		t.Errorf("%+v, took %v, %d panics", got, b.took, panics.Count()-before)
	}
}

// stuck is a sink in a system call that never returns.
type stuck struct{ release chan struct{} }

func (stuck) Name() string { return "stuck" }
func (stuck) Close() error { return nil }

func (s stuck) Write(context.Context, []Entry) (int, int, error) {
	<-s.release
	return 0, 0, errors.New("late")
}

func TestASinkThatHangsIsLeftBehind(t *testing.T) {
	s := stuck{make(chan struct{})}
	l := newLogFor(t, 10)
	a := l.Attach(s, slog.New(slog.DiscardHandler))
	add(l, "call")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Close(ctx); err == nil || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("%v", err)
	}
	close(s.release)
	<-a.done
}
