package decision

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// full returns a log whose ring has turned once, and a record of a message of 1.2 kB with three calls.
func full(b *testing.B) (*Log, *Record) {
	b.Helper()
	l := newLog(b, Options{})
	r := record(b, 1, 1150)
	r.Calls = append(r.Calls, Call{Ref: "log", Addr: "10.0.0.3:80", Role: "middleware", Attempts: 1, Duration: 30})
	for range 2 * defaultKeep {
		l.Add(r)
	}
	return l, r
}

func BenchmarkAdd(b *testing.B) {
	l, r := full(b)
	b.ReportAllocs()
	for b.Loop() {
		l.Add(r)
	}
}

func BenchmarkAddParallel(b *testing.B) {
	l, r := full(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		mine := *r
		for pb.Next() {
			l.Add(&mine)
		}
	})
}

// BenchmarkAddFailures has the bytes run out, not the records.
func BenchmarkAddFailures(b *testing.B) {
	l, r := full(b)
	r = failure(r)
	r.Request = append(make([]byte, 0, 8000), r.Request...)
	for range 2 * defaultKeep {
		l.Add(r)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Add(r)
	}
}

// idle takes entries and forgets them.
type idle struct{}

func (idle) Name() string                                               { return "idle" }
func (idle) Write(_ context.Context, entries []Entry) (int, int, error) { return len(entries), 0, nil }
func (idle) Close() error                                               { return nil }

// BenchmarkAddWatched is Add alone, while a subscriber and a sink wait for it to pause. What they do then is in
// BenchmarkEncode.
func BenchmarkAddWatched(b *testing.B) {
	l, r := full(b)
	sub, err := l.Subscribe("", nil)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, _, err := sub.Next(ctx); err != nil {
				return
			}
		}
	}()
	a := l.Attach(idle{}, slog.New(slog.DiscardHandler))
	b.ReportAllocs()
	for b.Loop() {
		l.Add(r)
	}
	b.StopTimer()
	cancel()
	<-done
	sub.Close()
	if err := a.Close(ctx); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEncode is what a sink costs for each record with its message, in its own goroutine.
func BenchmarkEncode(b *testing.B) {
	l, r := full(b)
	b.ReportAllocs()
	for b.Loop() {
		if e := l.withMessage(1, r); e.Message == nil {
			b.Fatal("no message")
		}
	}
}

// BenchmarkRead is what a record takes down of a message with the headers that one has; parsing it, and telling its
// retransmissions, is there with and without.
func BenchmarkRead(b *testing.B) {
	wire := wireOf(b, invite())
	for name, read := range map[string]func(*Record, *message.Request){
		"bare": func(*Record, *message.Request) {},
		"read": (*Record).Read,
	} {
		b.Run(name, func(b *testing.B) {
			checked, err := message.Parse(wire)
			if err != nil {
				b.Fatal(err)
			}
			var (
				r   Record
				key [512]byte
			)
			b.ReportAllocs()
			for b.Loop() {
				checked.Reset(wire)
				checked.Form()
				r.Begin(wire, r.Time)
				read(&r, checked)
				checked.AppendTransaction(key[:0])
			}
		})
	}
}

// BenchmarkPeople is what is done for people who look, part by part: what a record takes down of its message beside
// what it took down before, what the ring copies of that, and what is counted. None of it allocates.
func BenchmarkPeople(b *testing.B) {
	wire := wireOf(b, invite())
	req, err := message.Parse(wire)
	if err != nil {
		b.Fatal(err)
	}
	var r Record
	r.Begin(wire, time.Now())
	r.Read(req)
	r.Rules, r.Routed = NewRuleCounts(make([]RuleKey, 10), r.Time, nil), wire
	r.Picked(3, "connect")
	bare := r
	bare.head = head{}
	read := func(h *head) {
		req.Reset(wire)
		req.Form()
		if h != nil {
			h.read(req)
		}
		var key [512]byte
		req.AppendTransaction(key[:0]) // it reads the headers, too
	}
	l, _ := full(b)
	var s slot
	for name, do := range map[string]func(){
		"read/off": func() { read(nil) }, "read/on": func() { read(&r.head) },
		"copy/off": func() { s.fill(&bare) }, "copy/on": func() { s.fill(&r) },
		"count": func() { l.count(&r, "") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
}
