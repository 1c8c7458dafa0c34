package decision

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// of makes a record of this caller, cause and size, at a time.
func of(t testing.TB, caller, processor string, code status.Code, n, size int) *Record {
	t.Helper()
	r := record(t, n, size)
	r.EdgePort, r.Sender, r.Processor, r.Code = []byte("edge"), []byte(caller), processor, code
	return r
}

// sampled returns what shares keep of a cause, the newest first.
func sampled(l *Log, processor string, code status.Code) (callIDs []string, messages int) {
	for _, k := range l.examplesOf(nil) {
		if k.rec.Processor == processor && k.rec.Code == code {
			callIDs = append(callIDs, string(k.rec.CallID))
			messages += k.slot.kept()
		}
	}
	return callIDs, messages
}

func TestAFloodWashesNoEvidenceAway(t *testing.T) {
	for name, flood := range map[string]func(n int) *Record{
		"of messages as large as they may be": func(n int) *Record { return of(t, "attacker", "", 5, n, 120<<10) },
		"of larger ones":                      func(n int) *Record { return of(t, "attacker", "", 5, n, 300<<10) },
		"from many callers": func(n int) *Record {
			return of(t, fmt.Sprint("attacker-", n), "", 5, n, 1000)
		},
		"of the same cause": func(n int) *Record { return of(t, "attacker", "im", 13, n, 1000) },
		"of many causes": func(n int) *Record {
			return of(t, "attacker", "im", status.Code(20+n), n, 1000)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, Options{Keep: 1000, MaxBytes: 8 << 20})
			l.Add(of(t, "phone", "im", 0, 1, 1000))
			l.Add(of(t, "phone", "im", 13, 2, 1000))
			l.Add(of(t, "phone", "", 5, 3, 1000))
			ids := []string{l.id(1), l.id(2), l.id(3)}
			for n := range 3000 {
				l.Add(flood(1000 + n))
			}
			for i, id := range ids {
				if wire, kept := l.Request(id); !kept || !strings.Contains(string(wire), fmt.Sprint("call-", i+1)) {
					t.Errorf("message %d is gone", i+1)
				}
			}
			if got, messages := sampled(l, "im", 13); !slices.Contains(got, "call-2") || messages == 0 {
				t.Errorf("samples %v, %d messages", got, messages)
			}
			if s, want := l.Stats(), held(l); s.Bytes > 8<<20 || s.Bytes != want {
				t.Errorf("counted %d bytes, holds %d", s.Bytes, want)
			}
			kept := l.Kept(0, nil)
			if !slices.ContainsFunc(kept, func(k Kept) bool { return k.ID == ids[0] }) {
				t.Error("a replay leaves the example out")
			}
		})
	}
}

// TestEachFaultHasExamplesOfItsOwn has one rule fail all the time, after another one and a backend did twenty times.
func TestEachFaultHasExamplesOfItsOwn(t *testing.T) {
	l := newLog(t, Options{Keep: 100})
	fails := func(n int, blame func(*Record)) string {
		r := of(t, "phone", "", 13, n, 100)
		r.Calls = nil
		blame(r)
		l.Add(r)
		return l.id(l.next - 1)
	}
	for n := range 20 {
		fails(n, func(r *Record) { r.RuleFailed(0, "often", nil) })
	}
	rule := fails(20, func(r *Record) { r.RuleFailed(1, "once", nil) })
	backend := fails(21, func(r *Record) { r.Calls = []Call{{Ref: "auth", Code: 13}} })
	for n := range 3000 {
		fails(100+n, func(r *Record) { r.RuleFailed(0, "often", nil) })
	}
	for _, id := range []string{rule, backend} {
		if _, kept := l.Request(id); !kept {
			t.Errorf("the example %s is gone", id)
		}
	}
}

func TestASharesExamplesComeFromAllTheTimeSince(t *testing.T) {
	l := newLog(t, Options{Keep: 10})
	for n := range 10_000 {
		l.Add(of(t, "phone", "im", 0, n, 10))
	}
	got, _ := sampled(l, "im", 0)
	if len(got) != examples || got[len(got)-1] != "call-0" || slices.Contains(got, "call-50") {
		t.Errorf("samples %v", got)
	}
	late := of(t, "phone", "im", 0, 10_001, 10)
	late.Time = late.Time.Add(2 * agesAfter)
	for range 2 * 10_000 {
		l.Add(late)
	}
	if got, _ = sampled(l, "im", 0); slices.Contains(got, "call-0") {
		t.Errorf("the first one never ages: %v", got)
	}
}

// TestASharesRoomIsGivenBack fills all shares with causes and callers that nobody hears of again.
func TestASharesRoomIsGivenBack(t *testing.T) {
	for _, code := range []status.Code{status.OK, status.Internal} {
		l := newLog(t, Options{Keep: 10})
		for n := range 2 * maxShares {
			l.Add(of(t, fmt.Sprint("phone-", n), fmt.Sprint("old-", n), code, n, 100))
		}
		for i, c := range []struct {
			later    time.Duration
			examples int
		}{{agesAfter / 2, 0}, {2 * agesAfter, 1}, {2*agesAfter + lookAgain/2, 0}, {2*agesAfter + lookAgain, 1}} {
			name := fmt.Sprint("new-", i)
			r := of(t, "phone", name, code, i, 100)
			r.Time = r.Time.Truncate(time.Hour).Add(c.later)
			l.Add(r)
			if got, _ := sampled(l, name, code); len(got) != c.examples {
				t.Errorf("code %d: after %v a new cause has %d examples, want %d", code, c.later, len(got), c.examples)
			}
		}
		if s, want := l.Stats(), held(l); s.Bytes != want {
			t.Errorf("counted %d bytes, holds %d", s.Bytes, want)
		}
	}
}

func TestWithoutKeptMessagesThereAreNoneInShares(t *testing.T) {
	l := newLog(t, Options{KeepMessages: -1})
	l.Add(of(t, "phone", "im", 0, 1, 10))
	l.Add(of(t, "phone", "im", 13, 2, 10))
	if got, messages := sampled(l, "im", 0); len(got) != 1 || messages != 0 {
		t.Errorf("%v, %d messages", got, messages)
	}
	if _, messages := sampled(l, "im", 13); messages != 1 {
		t.Errorf("%d messages of failures", messages)
	}
}

// BenchmarkAddSampled adds records of 1000 rules and callers in turn.
func BenchmarkAddSampled(b *testing.B) {
	l, _ := full(b)
	records := make([]*Record, 1000)
	for i := range records {
		records[i] = of(b, fmt.Sprint("phone-", i%100), fmt.Sprint("rule-", i), 0, i, 1150)
		records[i].Time = time.Now()
		l.Add(records[i])
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Add(records[i%len(records)])
	}
}
