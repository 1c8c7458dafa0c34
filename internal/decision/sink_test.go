package decision

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
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
	if err := json.Unmarshal(text, &back); err != nil || back.CallID != callID || strings.ContainsAny(string(text), callID[:1]+"\u009b\u202e") {
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
	if got := a.stats(); got.Written != 0 || got.Dropped != total {
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

// natsServer runs a NATS server on addr until the test ends or it is stopped.
func natsServer(t *testing.T, addr string, change ...func(*server.Options)) *server.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	opts := &server.Options{Host: host, NoLog: true, NoSigs: true}
	if _, err := fmt.Sscan(port, &opts.Port); err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(opts)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the NATS server doesn't start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// listen returns the Call-IDs that are published.
func listen(t *testing.T, addr string) <-chan string {
	t.Helper()
	conn, err := nats.Connect("nats://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	got := make(chan string, 100)
	if _, err := conn.Subscribe(DefaultSubject, func(m *nats.Msg) {
		var e Entry
		if err := json.Unmarshal(m.Data, &e); err != nil {
			t.Error(err)
		}
		got <- e.CallID
	}); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDecisionsArePublishedWhenTheServerComes(t *testing.T) {
	addr := peertest.FreeAddr(t)
	n, err := NewNATS(NATSOptions{URL: "nats://user:hunter2@" + addr})
	if err != nil {
		t.Fatal(err)
	}
	l := newLogFor(t, 100)
	var said strings.Builder
	a := l.Attach(n, slog.New(slog.NewTextHandler(&said, nil)))
	defer func() {
		_ = a.Close(t.Context())
		if strings.Contains(said.String(), "hunter2") || strings.Contains(n.Name(), "hunter2") {
			t.Errorf("the password is told: %s %s", n.Name(), said.String())
		}
	}()
	add(l, "before")
	eventually(t, "it waits for the server", func() bool { return l.Stats().Sinks[0].Failing })
	s := natsServer(t, addr)
	got := listen(t, addr)
	add(l, "after")
	seen := map[string]bool{}
	for len(seen) < 2 {
		select {
		case id := <-got:
			seen[id] = true
		case <-time.After(30 * time.Second):
			if seen["after"] && len(seen) == 1 { // the first one came before somebody listened
				return
			}
			t.Fatalf("published %v", seen)
		}
	}
	if !seen["after"] {
		t.Errorf("published %v", seen)
	}
	s.Shutdown()
	s.WaitForShutdown()
	add(l, "lost")
	eventually(t, "it is failing again", func() bool { return l.Stats().Sinks[0].Failing })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := a.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if st := a.stats(); st.Dropped == 0 {
		t.Errorf("%+v", st)
	}
}

func TestBadNATSOptionsAreRefusedWithoutTheSecret(t *testing.T) {
	for _, o := range []NATSOptions{
		{URL: "nats://user:hunter2@host:no"}, {URL: "user:hunter2"}, {URL: ""}, {URL: "nats://h", Subject: "a.*"}, {URL: "nats://h", Subject: "a b"},
		{URL: "nats://user:hunter2@127.0.0.1:1", Credentials: "/nowhere"},
	} {
		n, err := NewNATS(o)
		if err == nil {
			n.Close()
		}
		if err == nil {
			t.Errorf("%+v is taken", o)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the secret: %v", err)
		}
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
	if got := a.stats(); got.Written != 1 || len(b.took) != 1 || b.took[0] != "written" || panics.Count() != before+1 {
		t.Errorf("%+v, took %v, %d panics", got, b.took, panics.Count()-before)
	}
}

func TestADecisionThatTheServerNeverTakesIsDropped(t *testing.T) {
	addr := peertest.FreeAddr(t)
	s := natsServer(t, addr, func(o *server.Options) { o.MaxPayload = 600 })
	defer s.Shutdown()
	got := listen(t, addr)
	n, err := NewNATS(NATSOptions{URL: "nats://" + addr})
	if err != nil {
		t.Fatal(err)
	}
	l := newLogFor(t, 100)
	a := l.Attach(n, slog.New(slog.DiscardHandler))
	add(l, "before")
	l.Add(&Record{Time: time.Now(), CallID: []byte("too large"), Code: 13, Error: strings.Repeat("x", 900)})
	l.Add(&Record{Time: time.Now(), CallID: []byte("large"), Code: 13, Request: record(t, 1, 2000).Request})
	add(l, "after")
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before", "large", "after"} {
		select {
		case id := <-got:
			if id != want {
				t.Errorf("got %s, not %s", id, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s was not published", want)
		}
	}
	if st := a.stats(); st.Written != 3 || st.Dropped != 1 {
		t.Errorf("%+v", st)
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
