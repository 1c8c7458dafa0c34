package decision

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TestAMessageThatSomebodyReadsIsNotWrittenOver has messages go from the log while readers hold them.
func TestAMessageThatSomebodyReadsIsNotWrittenOver(t *testing.T) {
	l := newLog(t, Options{Keep: 40, KeepMessages: 10})
	defer l.Close()
	failures := WatchOptions{Terms: map[string][]string{"code": {"INTERNAL"}}, For: time.Minute, Keep: 100}
	if _, err := l.Watch(failures); err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	reader := l.newCursor(l.next)
	l.mu.Unlock()
	defer reader.close()
	reader.whole = true

	type holding struct {
		is     []byte
		number uint64
	}
	var held []holding
	r := record(t, 1, 1)
	r.Relayed = true
	buffer := make([]byte, 2_000)
	for n := range uint64(2_000) {
		r.Request = append(buffer[:0], relayed(n+1)...)
		r.Code = status.OK
		if n%50 == 0 {
			r.Code = status.Internal
		}
		l.Add(r)
		if n%17 == 0 {
			if is, kept := l.Request(l.id(n + 1 - n%5)); kept {
				held = append(held, holding{is, n + 1 - n%5})
			}
		}
		if n%31 == 0 {
			for _, k := range l.Kept(3, nil) {
				number, _ := l.number(k.ID)
				held = append(held, holding{k.Request, number})
			}
		}
		if n%90 < 10 { // at other times nobody reads, and buffers are used again
			reader.number = max(reader.number, n-5)
			reader.fetch()
			for _, k := range reader.read {
				if k.rec.Request != nil {
					held = append(held, holding{k.rec.Request, k.number})
				}
			}
		}
	}
	for _, k := range append(l.Kept(0, nil), caughtBy(l)...) {
		number, _ := l.number(k.ID)
		held = append(held, holding{k.Request, number})
	}
	for _, h := range held {
		if string(h.is) != relayed(h.number) {
			t.Fatalf("record %d, of %d that were read, has the message %.20q", h.number, len(held), h.is)
		}
	}
	if len(held) < 300 {
		t.Errorf("%d messages were read", len(held))
	}
}

// relayed is a message that no other record has; some are longer than what another's buffer is good for.
func relayed(n uint64) string { return strings.Repeat(fmt.Sprint(n, " "), 20+int(n%3)*60) }

// caughtBy are the messages that the watches keep.
func caughtBy(l *Log) (all []Kept) {
	l.watches.mu.Lock()
	defer l.watches.mu.Unlock()
	for _, w := range l.watches.all {
		w.mu.Lock()
		for _, k := range w.kept {
			if k.rec.Request != nil {
				all = append(all, Kept{ID: l.id(k.number), Request: k.rec.Request})
			}
		}
		w.mu.Unlock()
	}
	return all
}

func TestAddAllocatesNothingForAMessageThatWasRelayed(t *testing.T) {
	l := newLog(t, Options{})
	r := record(t, 1, 3)
	r.Relayed = true
	message := bytes.Repeat([]byte{1}, 1_500)
	add := func() {
		r.Request = message
		l.Add(r)
	}
	for range defaultKeep + defaultMessages { // the ring is full, and shares keep few
		add()
	}
	if n := testing.AllocsPerRun(2_000, add); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAMessageThatIsKeptNowhereIsNotCopied adds messages that are larger than any part of the log.
func TestAMessageThatIsKeptNowhereIsNotCopied(t *testing.T) {
	l := newLog(t, Options{})
	defer l.Close()
	r := record(t, 1, 1)
	r.Relayed = true
	for name, size := range map[string]int{"kept": leastPart, "kept nowhere": 4 << 20} {
		r.Request = make([]byte, size)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const times = 10
		for range times {
			l.Add(r)
		}
		runtime.ReadMemStats(&after)
		kept, copied := size == leastPart, after.TotalAlloc-before.TotalAlloc >= uint64(times*size)
		if kept != copied {
			t.Errorf("%s: copied: %t", name, copied)
		}
		if got, there := l.Request(l.id(l.next - 1)); there != kept || kept && len(got) != size {
			t.Errorf("%s: %d bytes are kept: %t", name, len(got), there)
		}
	}
}
