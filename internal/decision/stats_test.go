package decision

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestAQuantileIsNearlyRight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, 1<<41), 1, 300).Draw(rt, "durations")
		var h histogram
		for _, d := range all {
			h.add(time.Duration(d))
		}
		slices.Sort(all)
		for _, perMille := range []int{500, 990, 0, 999} {
			want := min(all[len(all)*perMille/1000], 1<<40)
			if got := int64(h.quantile(uint32(perMille))); got < want-want/14-1 || got > want+want/14+1 {
				rt.Errorf("%d of a thousand: %d, want %d", perMille, got, want)
			}
		}
	})
	if (&histogram{}).quantile(500) != 0 {
		t.Error("nothing has a quantile")
	}
}

// ended makes a record that was done with at a second.
func ended(t testing.TB, start time.Time, second int, code status.Code) *Record {
	t.Helper()
	r := record(t, second, 1)
	r.Total, r.Match, r.Code = 100*time.Millisecond, time.Microsecond, code
	r.Time = start.Add(time.Duration(second)*time.Second + 500*time.Millisecond)
	return r
}

func TestPointsSayWhatCameInTheirTime(t *testing.T) {
	l := newLog(t, Options{})
	start := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	l.Began(1, at(-100))
	l.Began(2, at(-50))
	l.Tick(at(0), 0)
	l.Add(ended(t, start, 0, 0))
	l.Add(ended(t, start, 0, 5))
	l.Tick(at(1), 7)
	l.Began(3, at(1))
	l.Add(ended(t, start, 1, 13))
	l.Add(ended(t, start, 1, 99))
	l.Tick(at(4), 0)
	got := l.Timeline(at(4), time.Minute, time.Time{})
	if got.Step != 1 || !got.From.Equal(start) {
		t.Errorf("a step of %d s from %v", got.Step, got.From)
	}
	if diff := cmp.Diff([]EpochMark{{2, at(-50)}, {3, at(1)}}, got.Epochs); diff != "" {
		t.Error(diff)
	}
	s := got.Series
	for name, c := range map[string]struct{ got, want []uint32 }{
		"messages": {s.Messages, []uint32{2, 2, 0, 0}}, "failed": {s.Failed, []uint32{1, 2, 0, 0}},
		"in flight": {s.InFlight, []uint32{0, 7, 0, 0}}, "not found": {s.ByCode["NOT_FOUND"], []uint32{1, 0, 0, 0}},
		"internal": {s.ByCode["INTERNAL"], []uint32{0, 1, 0, 0}},
		"unknown":  {s.ByCode["UNKNOWN"], []uint32{0, 1, 0, 0}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if s.P50Ns[0] == nil || s.P99Ns[1] == nil || s.MatchP99Ns[0] == nil || s.P50Ns[2] != nil || s.P99Ns[3] != nil {
		t.Errorf("latencies %v %v %v", s.P50Ns, s.P99Ns, s.MatchP99Ns)
	}
	if p50 := time.Duration(*s.P50Ns[0]); p50 < 93*time.Millisecond || p50 > 107*time.Millisecond {
		t.Errorf("half took less than %v", p50)
	}
	if later := l.Timeline(at(4), time.Minute, at(2)); len(later.Series.Messages) != 2 || !later.From.Equal(at(2)) {
		t.Errorf("after: %+v", later)
	}
	if later := l.Timeline(at(4), time.Minute, at(4)); len(later.Series.Messages) != 0 {
		t.Errorf("after the end: %+v", later)
	}
	if narrow := l.Timeline(at(4), time.Second, time.Time{}); len(narrow.Series.Messages) != 1 {
		t.Errorf("a window of a second: %+v", narrow)
	}
	l.Tick(at(61), 0)
	if minute := l.Timeline(at(61), time.Hour, time.Time{}); minute.Step != 60 ||
		!slices.Equal(minute.Series.Messages, []uint32{4}) {
		t.Errorf("%+v", minute)
	}
}

// TestPointsAreThoseThatANaiveReaderCounts adds records in any order of time, and looks at windows.
func TestPointsAreThoseThatANaiveReaderCounts(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLog(t, Options{})
		l.Tick(start, 0)
		now, counted := 0, map[int]uint32{}
		for range rapid.IntRange(0, 40).Draw(rt, "records") {
			now += rapid.SampledFrom([]int{0, 0, 1, 2, 60, 400, 2000}).Draw(rt, "later")
			l.Add(ended(t, start, now, 0))
			counted[now]++
			if rapid.Bool().Draw(rt, "ticks") {
				l.Tick(start.Add(time.Duration(now)*time.Second), 1)
			}
		}
		window := rapid.IntRange(1, seconds).Draw(rt, "window")
		end := now + 1
		l.Tick(start.Add(time.Duration(end)*time.Second), 0)
		got := l.Timeline(start.Add(time.Duration(end)*time.Second), time.Duration(window)*time.Second, time.Time{})
		var want []uint32
		for at := max(0, end-window); at < end; at++ {
			want = append(want, counted[at])
		}
		if !slices.Equal(got.Series.Messages, want) {
			rt.Errorf("the last %d s of %d: %v\nwant %v", window, end, got.Series.Messages, want)
		}
	})
}

func TestFailuresAreGroupedByTheirCause(t *testing.T) {
	l := newLog(t, Options{Keep: 10})
	start := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	fails := func(second int, change func(*Record)) {
		r := ended(t, start, second, 13)
		r.Processor, r.Calls, r.Error = "", nil, fmt.Sprint("at ", second)
		change(r)
		l.Add(r)
	}
	rule := func(r *Record) { r.RuleFailed(0, "dead", nil) }
	fails(0, rule)
	fails(10, rule)
	fails(20, func(r *Record) { rule(r); r.Response = true })
	fails(30, func(r *Record) {
		r.Processor, r.Calls = "im", []Call{{Ref: "auth"}, {Ref: "im", Code: 14}}
		r.Code = 14
	})
	fails(40, func(r *Record) { r.Code = 5 })
	fails(41, func(r *Record) { r.Code, r.Method = 5, 77 })
	for range 20 {
		l.Add(ended(t, start, 50, 0))
	}
	all, step, others := l.Faults(start.Add(time.Minute), 15*time.Minute)
	if step != 10 || others != 0 || len(all) != 5 {
		t.Fatalf("%d causes in steps of %d s, %d others", len(all), step, others)
	}
	name := func(ref *string) string {
		if ref == nil {
			return "-"
		}
		return *ref
	}
	var got []string
	for _, f := range all {
		got = append(got,
			fmt.Sprint(f.Code, " ", name(f.Rule), " ", name(f.Backend), " ", f.Method, " ", f.Kind, " ", f.Count,
				" ", f.Error))
		if _, kept := l.Request(name(f.Example)); !kept {
			t.Errorf("%s: the example %s isn't there", f.Code, name(f.Example))
		}
	}
	want := []string{
		"INTERNAL dead - INVITE request 2 at 10", "NOT_FOUND - - UNKNOWN request 1 at 41",
		"NOT_FOUND - - INVITE request 1 at 40",
		"UNAVAILABLE - im INVITE request 1 at 30", "INTERNAL dead - INVITE response 1 at 20",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	dead := all[0]
	if !dead.First.Equal(start.Add(500*time.Millisecond)) || !dead.Last.Equal(start.Add(10500*time.Millisecond)) ||
		len(dead.Counts) != 90 {
		t.Errorf("%+v", dead)
	}
	if n := dead.Counts; !slices.Equal(n[len(n)-7:], []uint32{1, 1, 0, 0, 0, 0, 0}) {
		t.Errorf("counts %v", n)
	}
	fails(2000, rule) // after a pause
	all, step, _ = l.Faults(start.Add(2000*time.Second), time.Hour)
	if f := all[0]; step != 900 || f.Count != 3 || !f.First.Equal(start.Add(2000500*time.Millisecond)) {
		t.Errorf("%d %+v", step, f)
	}
	if all, _, _ = l.Faults(start.Add(2001*time.Second), 10*time.Second); len(all) != 1 || all[0].Count != 1 {
		t.Errorf("%+v", all)
	}
}

func TestNobodyFillsUpTheTableOfFailures(t *testing.T) {
	l := newLog(t, Options{Keep: 10})
	start := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for n := range 2 * maxFaults {
		r := ended(t, start, 0, status.Code(1000+n))
		r.Method = message.Method(1000 + n)
		l.Add(r)
	}
	if len(l.faults.all) != 1 {
		t.Errorf("%d causes of made up numbers", len(l.faults.all))
	}
	for n := range 2 * maxFaults {
		r := ended(t, start, 0, 13)
		r.Processor = ""
		r.RuleFailed(n, fmt.Sprint("rule-", n), nil)
		l.Add(r)
	}
	if _, _, others := l.Faults(start, time.Minute); len(l.faults.all) != maxFaults || others != maxFaults+1 {
		t.Errorf("%d causes, %d others", len(l.faults.all), others)
	}
	late := ended(t, start, 7200, 4)
	l.Add(late)
	if all, _, _ := l.Faults(late.Time, time.Minute); len(all) != 1 || all[0].Code != "DEADLINE_EXCEEDED" {
		t.Errorf("%+v", all)
	}
}
