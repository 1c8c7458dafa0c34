package decision

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newLog makes a Log or ends the test.
func newLog(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := NewLog(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wireOf(t testing.TB, m *routrpb.MessageRequest) []byte {
	t.Helper()
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// record makes a record of an INVITE whose Call-ID is "call-N", and whose message is about size bytes long.
func record(t testing.TB, n, size int) *Record {
	t.Helper()
	callID := fmt.Sprintf("call-%d", n)
	wire := wireOf(t, &routrpb.MessageRequest{
		Ref: callID, EdgePortRef: "edge", Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{Body: strings.Repeat("b", size)},
	})
	return &Record{
		Time: time.Date(2026, 1, 2, 3, 4, 5, n, time.UTC), Epoch: 3, Request: wire[:len(wire):len(wire)],
		CallID: []byte(callID), EdgePort: []byte("edge"), Method: message.Method(routrpb.Method_INVITE),
		Processor:  "im",
		RulesTried: 2, Total: 300, Match: 20,
		Calls: []Call{
			{Ref: "auth", Addr: "10.0.0.1:80", Role: "middleware", Attempts: 1, Duration: 100},
			{Ref: "im", Addr: "10.0.0.2:80", Role: "processor", Attempts: 2, Duration: 150},
		},
	}
}

func failure(r *Record) *Record {
	r.Code, r.Error = 14, `processor "im": unavailable`
	return r
}

func list(t testing.TB, l *Log, q Query) (callIDs []string, entries []Entry) {
	t.Helper()
	p, err := l.List(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Entries {
		callIDs = append(callIDs, e.CallID)
	}
	return callIDs, p.Entries
}

// filter reads a filter whose terms have one value each.
func filter(t testing.TB, terms map[string]string) *Filter {
	t.Helper()
	values := map[string][]string{}
	for name, v := range terms {
		values[name] = []string{v}
	}
	f, err := NewFilter(values)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEntryHasTheShapeThatTheAPIPromises(t *testing.T) {
	l := newLog(t, Options{})
	l.Add(failure(record(t, 7, 3)))
	_, entries := list(t, l, Query{})
	got, err := json.Marshal(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + l.id(1) +
		`","time":"2026-01-02T03:04:05.000000007Z","epoch":3,"callId":"call-7","method":"INVITE",` +
		`"kind":"request","edgePort":"edge","processor":"im","rulesTried":2,"code":"UNAVAILABLE",` +
		`"error":"processor \"im\": unavailable","answered":"","shared":false,"sharedWith":"",` +
		`"durationNs":300,"matchNs":20,"durations":{"total":300,"match":20,"calls":{"auth":100,"im":150}},"calls":[` +
		`{"ref":"auth","addr":"10.0.0.1:80","role":"middleware","code":"OK","durationNs":100,"attempts":1,"skipped":false},` +
		`{"ref":"im","addr":"10.0.0.2:80","role":"processor","code":"OK",` +
		`"durationNs":150,"attempts":2,"skipped":false}` +
		`],"requestUri":"","from":"","to":"","cseq":"","responseType":"","sender":"","branch":"","userAgent":"",` +
		`"rule":null,"failedRule":"","answer":"","changedBy":[],"messageKept":true,"way":"ordinary"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestEntrySaysWhichWayAMessageTook(t *testing.T) {
	l := newLog(t, Options{})
	for _, relayed := range []bool{true, false} {
		r := record(t, 1, 1)
		r.Relayed = relayed
		l.Add(r)
	}
	if _, e := list(t, l, Query{}); e[1].Way != "relay" || e[0].Way != "ordinary" {
		t.Errorf("the relayed one took %q, the other %q", e[1].Way, e[0].Way)
	}
}

// TestTheBytesOfWhatWasRelayedAreCopied writes to them once the record is added, as the relay does for the next one.
func TestTheBytesOfWhatWasRelayedAreCopied(t *testing.T) {
	l := newLog(t, Options{})
	sampled := make(chan Sample, 1)
	go func() {
		s, _ := l.Sample(t.Context()) // it isn't over
		sampled <- s
	}()
	for added := 0; ; added++ {
		r := record(t, 1, 1)
		want := string(r.Request)
		r.Relayed, r.rule = true, 1
		r.Request = append(make([]byte, 0, 10*len(want)), want...)
		r.Routed = r.Request
		buffer := r.Request
		l.Add(r)
		clear(buffer)
		if kept := l.Kept(1, nil); len(kept) != 1 || string(kept[0].Request) != want {
			t.Fatalf("what is kept is %q, want %q", kept, want)
		}
		select {
		case s := <-sampled:
			if string(s.Routed) != want {
				t.Errorf("the sample is %q, want %q", s.Routed, want)
			}
			return
		default: // it isn't wanted yet
		}
	}
}

func TestAddCopiesWhatTheCallerUsesAgain(t *testing.T) {
	l := newLog(t, Options{})
	r := record(t, 1, 3)
	l.Add(r)
	copy(r.CallID, "XXXX")
	r.Calls[0] = Call{Ref: "other"}
	*r = Record{}
	_, entries := list(t, l, Query{})
	if e := entries[0]; e.CallID != "call-1" || e.Calls[0].Ref != "auth" {
		t.Errorf("got %+v", e)
	}
}

func TestLogKeepsTheLastRecordsOnly(t *testing.T) {
	l := newLog(t, Options{Keep: 5})
	for n := range 32 {
		l.Add(record(t, n, 10))
	}
	got, _ := list(t, l, Query{})
	if diff := cmp.Diff([]string{"call-31", "call-30", "call-29", "call-28", "call-27"}, got); diff != "" {
		t.Error(diff)
	}
	left := 0
	for n := range uint64(27) {
		if _, ok := l.Get(l.id(n + 1)); ok {
			left++
		}
	}
	if left > examples {
		t.Errorf("%d others are still there", left)
	}
	if e, ok := l.Get(l.id(28)); !ok || e.CallID != "call-27" {
		t.Errorf("record 28: %v %v", e.CallID, ok)
	}
}

func TestBytesStayWithinTheirBound(t *testing.T) {
	const bound = 1 << 20
	l := newLog(t, Options{Keep: 1000, MaxBytes: bound, KeepMessages: 500})
	for n := range 5000 {
		r := record(t, n, n%7000)
		if n%3 == 0 {
			r = failure(r)
		}
		r.Error += strings.Repeat("x", n%2000)
		l.Add(r)
		if s := l.Stats(); s.Bytes > bound {
			t.Fatalf("after %d: %d bytes", n, s.Bytes)
		}
	}
	if got, want := l.Stats().Bytes, held(l); got != want {
		t.Errorf("counted %d bytes, holds %d", got, want)
	}
	if s := l.Stats(); s.Records == 0 || l.bytes < l.maxBytes*9/10 {
		t.Errorf("holds too little: %+v", s)
	}
}

// held counts anew what the log counts as it goes.
func held(l *Log) int64 {
	n, kept := int64(len(l.ring))*slotSize, 0
	for i := l.oldest; i < l.next; i++ {
		n += l.at(i).size()
		kept += l.at(i).kept()
	}
	if kept != l.kept {
		return -1 // the messages aren't counted right
	}
	for _, sh := range l.shares.all {
		n += shareSize
		for i := range sh.kept {
			n += sh.kept[i].size()
		}
	}
	return n
}

func TestMessagesGoBeforeRecords(t *testing.T) {
	l := newLog(t, Options{Keep: 100, MaxBytes: 200_000})
	for n := range 100 {
		l.Add(failure(record(t, n, 10_000)))
	}
	if s := l.Stats(); s.Records != 100 {
		t.Errorf("%d records", s.Records)
	}
	if kept := len(l.Kept(0, nil)); kept < 5 || kept > 20 {
		t.Errorf("%d messages", kept)
	}
}

func TestMessageLargerThanItsShareIsNotKept(t *testing.T) {
	l := newLog(t, Options{Keep: 10, MaxBytes: 100_000})
	l.Add(record(t, 0, 10))
	l.Add(record(t, 1, 40_000))
	if n := len(l.Kept(0, nil)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestMessagesAreKeptForTheLastAndForFailures(t *testing.T) {
	l := newLog(t, Options{KeepMessages: 2})
	l.Add(failure(record(t, 0, 5)))
	for n := 1; n < 5; n++ {
		l.Add(record(t, n, 5))
	}
	var kept []string
	for id := uint64(1); id <= 5; id++ {
		e, _ := l.Get(l.id(id))
		wire, ok := l.Request(l.id(id))
		if ok != (e.Message != nil) {
			t.Errorf("%s: view %s, wire %q", e.CallID, e.Message, wire)
		}
		if ok {
			kept = append(kept, e.CallID)
		}
	}
	if diff := cmp.Diff([]string{"call-0", "call-1", "call-2", "call-3", "call-4"}, kept); diff != "" {
		t.Error(diff) // the first of each kind are examples
	}
	for n := 5; n < 1000; n++ {
		l.Add(record(t, n, 5))
	}
	if _, ok := l.Request(l.id(990)); ok {
		t.Error("a message is kept that is none of the last two")
	}
	l = newLog(t, Options{KeepMessages: -1})
	l.Add(record(t, 0, 5))
	l.Add(failure(record(t, 1, 5)))
	if got := l.Kept(0, nil); len(got) != 1 || !strings.Contains(string(got[0].Request), "call-1") {
		t.Errorf("kept %q", got)
	}
}

func TestRequestsAreTheTrueBytesNewestFirst(t *testing.T) {
	l := newLog(t, Options{})
	for n := range 200 {
		r := record(t, n, 1)
		r.Request = wireOf(t, &routrpb.MessageRequest{Ref: r.Processor + fmt.Sprint(n), Message: &routrpb.SIPMessage{
			Authorization: &routrpb.Authorization{Response: "true"},
		}})
		l.Add(r)
	}
	got := l.Kept(150, nil)
	if len(got) != 150 || !strings.Contains(string(got[0].Request), "im199") ||
		!strings.Contains(string(got[149].Request), "im50") ||
		!strings.Contains(string(got[0].Request), "true") {
		t.Errorf("%d: %q … %q", len(got), got[0], got[len(got)-1])
	}
}

func TestForeignTextIsCutAfterItWasMasked(t *testing.T) {
	l := newLog(t, Options{})
	r := record(t, 0, 1)
	long := strings.Repeat("é", 250)
	r.CallID, r.EdgePort = []byte(long+"x"), []byte("sip:alice:"+strings.Repeat("p", 300)+"@"+strings.Repeat("h",
		4<<20))
	r.Error = strings.Repeat("é", 2<<20)
	r.Calls = make([]Call, 1000)
	l.Add(r)
	_, entries := list(t, l, Query{Filter: filter(t, map[string]string{"callId": long + "x"})})
	if len(entries) != 1 {
		t.Fatal("the long Call-ID isn't found")
	}
	e := entries[0]
	if want := strings.Repeat("é", 128) + "… (245 bytes more)"; e.CallID != want {
		t.Errorf("Call-ID %s", e.CallID)
	}
	if !strings.HasPrefix(e.EdgePort, "sip:alice:***@hhh") || strings.Contains(e.EdgePort, "ppp") ||
		len(e.EdgePort) > maxRef+maxNote {
		t.Errorf("EdgePort %s", e.EdgePort)
	}
	if want := strings.Repeat("é", 512) + fmt.Sprintf("… (%d bytes more)", 4<<20-1024); e.Error != want {
		t.Errorf("error %.100s", e.Error)
	}
	if len(e.Calls) != maxCalls {
		t.Errorf("%d calls", len(e.Calls))
	}
}

func TestPagingSeesEveryRecordOnce(t *testing.T) {
	l := newLog(t, Options{Keep: 500})
	for n := range 700 {
		l.Add(record(t, n, 1))
	}
	seen, before := map[string]bool{}, ""
	for {
		_, page := list(t, l, Query{Limit: 77, Before: before})
		for _, e := range page {
			if seen[e.ID] {
				t.Fatalf("%s twice", e.ID)
			}
			seen[e.ID] = true
		}
		if len(page) < 77 {
			break
		}
		before = page[len(page)-1].ID
	}
	if len(seen) != 500 {
		t.Errorf("saw %d", len(seen))
	}
}

func TestIDsSortAndDifferBetweenProcesses(t *testing.T) {
	a, b := newLog(t, Options{}), newLog(t, Options{})
	if a.prefix == b.prefix {
		t.Errorf("both have %s", a.prefix)
	}
	if a.id(9) >= a.id(10) {
		t.Errorf("%s is not before %s", a.id(9), a.id(10))
	}
}

func TestTooSmallALogIsRefused(t *testing.T) {
	for _, o := range []Options{{Keep: -1}, {MaxBytes: 100}, {MaxBytes: -1}} {
		if _, err := NewLog(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestWritersAndReadersAtOnce(t *testing.T) {
	l := newLog(t, Options{Keep: 100, MaxBytes: 200_000, KeepMessages: 10})
	sub, err := l.Subscribe("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	const writers, each = 4, 2000
	var writing, reading sync.WaitGroup
	for w := range writers {
		r := record(t, w, 500)
		writing.Go(func() {
			for range each {
				l.Add(r)
			}
		})
	}
	written := make(chan struct{})
	for range 2 {
		reading.Go(func() {
			for {
				select {
				case <-written:
					return
				default:
				}
				p, err := l.List(Query{Limit: 50})
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range p.Entries {
					l.Get(e.ID)
				}
				l.Kept(5, nil)
				l.Stats()
			}
		})
	}
	var seen uint64
	for seen < writers*each {
		_, lost, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen += 1 + lost
	}
	writing.Wait()
	close(written)
	reading.Wait()
	if seen != writers*each {
		t.Errorf("saw and lost %d of %d", seen, writers*each)
	}
	if got, want := l.Stats().Bytes, held(l); got != want {
		t.Errorf("counted %d bytes, holds %d", got, want)
	}
}
