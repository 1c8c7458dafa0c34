package telemetry

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// reader takes what is written, once it may.
type reader struct {
	mu   sync.Mutex
	text strings.Builder
	may  chan struct{} // closed when it may
	err  error
}

func (r *reader) Write(p []byte) (int, error) {
	<-r.may
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	return r.text.Write(p)
}

func (r *reader) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func open() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestWhatIsLoggedIsWrittenInOrder(t *testing.T) {
	r := &reader{may: open()}
	q := NewQueue(r)
	var want strings.Builder
	for i := range 1000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if n, err := q.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if !q.Close(time.Minute) {
		t.Error("it isn't written in a minute")
	}
	if r.String() != want.String() || q.Dropped() != 0 {
		t.Errorf("%d lines were dropped, written is\n%.1000s", q.Dropped(), r)
	}
	if n, err := q.Write([]byte("late\n")); n != 5 || err != nil || q.Dropped() != 1 {
		t.Errorf("after the end: %d, %v, %d dropped", n, err, q.Dropped())
	}
}

func TestAReaderThatStallsCostsLinesAndIsToldHowMany(t *testing.T) {
	r := &reader{may: make(chan struct{})}
	q := NewQueue(r)
	q.OnDropped(func(n uint64) { fmt.Fprintf(q, "%d were dropped\n", n) })
	line := strings.Repeat("x", 999) + "\n"
	for range 5000 {
		if n, err := q.Write([]byte(line)); n != len(line) || err != nil { // returns, which is the test
			t.Fatal(n, err)
		}
	}
	dropped := q.Dropped()
	if dropped < 3000 || dropped >= 5000 {
		t.Errorf("%d of 5000 lines were dropped", dropped)
	}
	if q.Close(time.Millisecond) {
		t.Error("it is closed in order while the reader stalls")
	}
	close(r.may)
	<-q.ended
	written := strings.Count(r.String(), line)
	if uint64(written)+dropped != 5000 {
		t.Errorf("%d lines were written and %d dropped", written, dropped)
	}
}

func TestAfterAStallTheLogGoesOnAndSaysWhatIsMissing(t *testing.T) {
	r := &reader{may: make(chan struct{})}
	q := NewQueue(r)
	q.OnDropped(func(n uint64) { fmt.Fprintf(q, "%d were dropped\n", n) })
	for range 2 {
		_, _ = q.Write([]byte(strings.Repeat("x", maxQueued-200) + "\n")) // it never fails
	}
	close(r.may)
	const last = "x\n1 were dropped\n"
	for end := time.Now().Add(time.Minute); !strings.HasSuffix(r.String(), last); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log ends with %q", r.String()[max(0, len(r.String())-30):])
		}
	}
	q.Close(time.Minute)
}

func TestALogHasABudgetOfBytesASecond(t *testing.T) {
	r := &reader{may: open()}
	q := NewQueue(r)
	begun, line := time.Now(), []byte(strings.Repeat("x", 1023)+"\n")
	for range 20_000 {
		_, _ = q.Write(line) // it never fails
	}
	q.Close(time.Minute)
	most := maxQueued + int(time.Since(begun).Seconds()*logBytesPerSecond) + len(line)
	if n := len(r.String()); n > most || n == 0 {
		t.Errorf("%d bytes were written, and %d may be", n, most)
	}
}

func TestAReaderThatHasGoneCostsLinesOnly(t *testing.T) {
	r := &reader{may: open(), err: errors.New("gone")}
	q := NewQueue(r)
	for range 10 {
		_, _ = q.Write([]byte("a\nb\n")) // it never fails
	}
	q.Close(time.Minute)
	if q.Dropped() != 20 {
		t.Errorf("%d of 20 lines were dropped", q.Dropped())
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in.Close()
	q = NewQueue(out)
	_, _ = q.Write([]byte("x\n")) // it never fails
	if q.Close(time.Minute); q.Dropped() != 1 {
		t.Errorf("%d lines were dropped by a broken pipe", q.Dropped())
	}
}

func BenchmarkQueue(b *testing.B) {
	q := NewQueue(&reader{may: open()})
	defer q.Close(time.Minute)
	line := []byte(strings.Repeat("x", 200) + "\n")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = q.Write(line) // it never fails
	}
}
