package decision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestAFilterTakesWhatFitsEachOfItsTerms(t *testing.T) {
	l := newLog(t, Options{})
	for n := range 300 {
		r := record(t, n, 1)
		switch n % 3 {
		case 1:
			r.Method = message.Method(routrpb.Method_BYE)
			r.Processor = "media"
		case 2:
			r = failure(r)
			r.Response = true
			r.Calls = r.Calls[:1]
		}
		l.Add(r)
	}
	at := func(n int) string { return record(t, n, 1).Time.Format(time.RFC3339Nano) }
	tests := map[string]struct {
		terms map[string][]string
		limit int
		want  []string
	}{
		"limit":          {nil, 2, []string{"call-299", "call-298"}},
		"call":           {map[string][]string{"callId": {"call-5"}}, 0, []string{"call-5"}},
		"one of two":     {map[string][]string{"callId": {"call-5", "call-7"}}, 0, []string{"call-7", "call-5"}},
		"a part":         {map[string][]string{"q": {"LL-29"}}, 2, []string{"call-299", "call-298"}},
		"method":         {map[string][]string{"method": {"bye"}}, 2, []string{"call-298", "call-295"}},
		"not the method": {map[string][]string{"method": {"!bye"}}, 2, []string{"call-299", "call-297"}},
		"processor":      {map[string][]string{"processor": {"media"}}, 2, []string{"call-298", "call-295"}},
		"neither":        {map[string][]string{"processor": {"!media", "!im"}}, 0, nil},
		"code":           {map[string][]string{"code": {"UNAVAILABLE"}}, 2, []string{"call-299", "call-296"}},
		"codes": {map[string][]string{"code": {"OK", "UNAVAILABLE"}}, 2,
			[]string{"call-299", "call-298"}},
		"failed":           {map[string][]string{"failed": {"true"}}, 2, []string{"call-299", "call-296"}},
		"not failed":       {map[string][]string{"failed": {"false"}}, 2, []string{"call-298", "call-297"}},
		"an error":         {map[string][]string{"q": {"unavail"}}, 1, []string{"call-299"}},
		"responses":        {map[string][]string{"kind": {"response"}}, 1, []string{"call-299"}},
		"an instance":      {map[string][]string{"instance": {"10.0.0.2:80"}}, 1, []string{"call-298"}},
		"not an instance":  {map[string][]string{"instance": {"!10.0.0.2:80"}}, 1, []string{"call-299"}},
		"long ones":        {map[string][]string{"minDuration": {"301ns"}}, 0, nil},
		"as long as these": {map[string][]string{"minDuration": {"300ns"}}, 1, []string{"call-299"}},
		"an epoch":         {map[string][]string{"epoch": {"3"}}, 1, []string{"call-299"}},
		"another epoch":    {map[string][]string{"epoch": {"!3"}}, 0, nil},
		"since":            {map[string][]string{"since": {at(298)}}, 0, []string{"call-299", "call-298"}},
		"until":            {map[string][]string{"until": {at(2)}}, 0, []string{"call-1", "call-0"}},
		"all at once": {map[string][]string{"method": {"INVITE"}, "code": {"OK"}, "until": {at(7)},
			"since": {at(3)}}, 0, []string{"call-6", "call-3"}},
		"nobody has this":       {map[string][]string{"processor": {"nobody"}}, 0, nil},
		"old ones, few batches": {map[string][]string{"callId": {"call-0"}}, 0, []string{"call-0"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := NewFilter(test.terms)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := list(t, l, Query{Filter: f, Limit: test.limit})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for before, want := range map[uint64][]string{3: {"call-1", "call-0"}, 1: nil} {
		if got, _ := list(t, l, Query{Before: l.id(before)}); !slices.Equal(got, want) {
			t.Errorf("before %d: %v", before, got)
		}
	}
}

func TestWhereNoProcessorTookItIsAskedForByADash(t *testing.T) {
	l := newLog(t, Options{})
	l.Add(record(t, 0, 1))
	none := record(t, 1, 1)
	none.Processor = ""
	l.Add(none)
	for dash, want := range map[string]string{"-": "call-1", "!-": "call-0"} {
		if got,
			_ := list(t, l, Query{Filter: filter(t, map[string]string{"processor": dash})}); !slices.Equal(got,
			[]string{want}) {
			t.Errorf("%s: %v", dash, got)
		}
	}
}

func TestAUserIsFoundWhereverItStands(t *testing.T) {
	l := newLog(t, Options{})
	for n, change := range []func(*routrpb.SIPMessage){
		func(m *routrpb.SIPMessage) { m.GetRequestUri().User = "9" },
		func(m *routrpb.SIPMessage) { m.From.Address.Uri.User = "9" },
		func(m *routrpb.SIPMessage) { m.To.Address.Uri.User = "9" },
		func(*routrpb.SIPMessage) {},
		func(m *routrpb.SIPMessage) { m.To.Address.Uri.User = "99" },
	} {
		m := invite()
		m.Message.CallId.CallId = fmt.Sprintf("call-%d@host", n)
		change(m.Message)
		l.Add(recordOf(t, m))
	}
	want := []string{"call-2@host", "call-1@host", "call-0@host"}
	if got, _ := list(t, l, Query{Filter: filter(t, map[string]string{"user": "9"})}); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	want = []string{"call-4@host", "call-3@host"}
	if got, _ := list(t, l, Query{Filter: filter(t, map[string]string{"user": "!9"})}); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got,
		_ := list(t, l, Query{Filter: filter(t, map[string]string{"callId": "call-3"})}); !slices.Equal(got,
		[]string{"call-3@host"}) {
		t.Errorf("by a part up to the @: %v", got)
	}
}

// TestNobodyFindsOutWhatIsMaskedByAsking asks for secrets, and for what isn't one.
func TestNobodyFindsOutWhatIsMaskedByAsking(t *testing.T) {
	l := newLog(t, Options{Mask: []string{"message.from"}})
	m := invite()
	m.Message.To.Address.Uri.User = "x;password=hunter2"
	l.Add(recordOf(t, m))
	for _, asked := range []map[string]string{
		{"user": "1001"}, {"q": "1001"}, {"q": "hunter2"}, {"user": "x;password=hunter2"}, {"q": "password=h"},
	} {
		if got, _ := list(t, l, Query{Filter: filter(t, asked)}); got != nil {
			t.Errorf("%v is found", asked)
		}
		for name, v := range asked {
			if got, _ := list(t, l, Query{Filter: filter(t, map[string]string{name: "!" + v})}); got == nil {
				t.Errorf("not %v isn't found", asked)
			}
		}
	}
}

func TestFiltersThatMakeNoSenseAreErrors(t *testing.T) {
	for want, terms := range map[string]map[string][]string{
		`method: no SIP method is called "CALL"`:          {"method": {"CALL"}},
		`code: no gRPC status is called "NOPE"`:           {"code": {"OK", "!NOPE"}},
		`responseType: no SIP response is called "180"x"`: {"responseType": {`180"x`}},
		`kind: it is request or response, not "call"`:     {"kind": {"call"}},
		`epoch: an epoch is a number, not "-1"`:           {"epoch": {"-1"}},
		`failed: it is true or false, not "yes"`:          {"failed": {"yes"}},
		`failed: it may be there once`:                    {"failed": {"true", "false"}},
		`minDuration: it is a duration such as 50ms`:      {"minDuration": {"50"}},
		`since: it is a time such as`:                     {"since": {"yesterday"}},
		`until: it is a time such as`:                     {"until": {"2026-01-01"}},
		`from: no term has this name; there are callId`:   {"from": {"x"}},
		`q: at most 64 values of 1024 bytes`:              {"q": {strings.Repeat("x", 1025)}},
		`user: at most 64 values of 1024 bytes`:           {"user": make([]string, 65)},
	} {
		_, err := NewFilter(terms)
		var e *FilterError
		if want = strings.ReplaceAll(want, `"180"x"`, `"180\"x"`); !errors.As(err, &e) ||
			!strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	l := newLog(t, Options{})
	l.Add(record(t, 0, 1))
	other := newLog(t, Options{})
	for want, q := range map[string]Query{
		"limit -1: from 1 to 1000":                               {Limit: -1},
		"limit 1001: from 1 to 1000":                             {Limit: 1001},
		`before "x": no decision of this dispatcher has this id`: {Before: "x"},
		"before \"" + l.id(2):                                    {Before: l.id(2)},
		"before \"" + other.id(1):                                {Before: other.id(1)},
	} {
		if _, err := l.List(q); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// naive is what a filter's terms say of an entry, read off what is shown.
func naive(terms map[string][]string, e Entry) bool {
	user := func(address string) string {
		user, _, found := strings.Cut(address, "@")
		if !found {
			return ""
		}
		return user
	}
	one := map[string][]string{
		"callId": {e.CallID}, "method": {e.Method}, "kind": {e.Kind}, "processor": {e.Processor}, "code": {e.Code},
		"epoch": {fmt.Sprint(e.Epoch)}, "failed": {fmt.Sprint(e.Code != "OK")}, "edgePort": {e.EdgePort},
		"failedRule": {e.FailedRule},
		"user":       {user(e.RequestURI), user(e.From), user(e.To)}, "responseType": {e.ResponseType},
	}
	for name, values := range terms {
		some, found := false, false
		for _, v := range values {
			want, not := strings.CutPrefix(v, "!")
			has := slices.Contains(one[name], want)
			if name == "q" {
				has = slices.ContainsFunc([]string{e.CallID, e.RequestURI, e.From, e.To, e.Error},
					func(text string) bool {
						return strings.Contains(strings.ToLower(text), strings.ToLower(want))
					})
			}
			if not && has {
				return false
			}
			some = some || !not
			found = found || !not && has
		}
		if some && !found {
			return false
		}
	}
	return true
}

// draw makes a record and the terms of a filter of few values, so that they meet.
func drawRecord(t *rapid.T, tb testing.TB) *Record {
	m := invite()
	m.EdgePortRef = rapid.SampledFrom([]string{"e1", "e2"}).Draw(t, "edgePort")
	m.Method = rapid.SampledFrom([]routrpb.Method{1, 2, 8}).Draw(t, "method")
	m.Message.CallId.CallId = rapid.SampledFrom([]string{"a", "b@h", "C"}).Draw(t, "callId")
	user := rapid.SampledFrom([]string{"", "1001", "1002", "bob;password=x1y2z3"})
	m.Message.From.Address.Uri.User = user.Draw(t, "from")
	m.Message.To.Address.Uri.User = user.Draw(t, "to")
	m.Message.GetRequestUri().User = user.Draw(t, "uri")
	if rapid.Bool().Draw(t, "response") {
		m.Message.MessageType = &routrpb.SIPMessage_ResponseType{
			ResponseType: rapid.SampledFrom([]routrpb.ResponseType{2, 7, 39}).Draw(t, "responseType"),
		}
	}
	r := recordOf(tb, m)
	r.Code = rapid.SampledFrom([]status.Code{0, 0, 5, 13}).Draw(t, "code")
	if r.Code != 0 {
		r.Error = "no luck"
	}
	r.Epoch = rapid.Uint64Range(1, 2).Draw(t, "epoch")
	if rapid.Bool().Draw(t, "picked") {
		r.Picked(1, "im")
	}
	return r
}

func drawTerms(t *rapid.T) map[string][]string {
	values := map[string][]string{
		"callId": {"a", "C", "x"}, "method": {"REGISTER", "INVITE"}, "kind": {"request", "response"},
		"processor": {"im", "other"},
		"code":      {"OK", "NOT_FOUND", "INTERNAL"}, "epoch": {"1", "2", "3"}, "edgePort": {"e1", "e2"},
		"user": {"1001", "1002", "x"}, "responseType": {"RINGING", "BUSY_HERE"}, "q": {"100", "LUCK", "x1y2", "sip."},
	}
	terms := map[string][]string{}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom(Terms()), 0, 3).Draw(t, "names") {
		for range rapid.IntRange(0, 2).Draw(t, "values") {
			if all := values[name]; all != nil {
				v := rapid.SampledFrom(all).Draw(t, name)
				terms[name] = append(terms[name], rapid.SampledFrom([]string{"", "!"}).Draw(t, "not")+v)
			}
		}
	}
	return terms
}

// TestAFilteredListAndStreamAreWhatANaiveReaderSees has lists, streams, batches and kept messages filtered.
func TestAFilteredListAndStreamAreWhatANaiveReaderSees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLog(t, Options{})
		terms := drawTerms(rt)
		f, err := NewFilter(terms)
		if err != nil {
			rt.Fatal(err)
		}
		one, err := l.Subscribe("", f)
		if err != nil {
			rt.Fatal(err)
		}
		defer one.Close()
		many, err := l.Subscribe("", f)
		if err != nil {
			rt.Fatal(err)
		}
		defer many.Close()
		for range rapid.IntRange(0, 60).Draw(rt, "records") {
			l.Add(drawRecord(rt, t))
		}
		_, all := list(t, l, Query{Limit: MaxLimit})
		var want []string
		for _, e := range all {
			if naive(terms, e) {
				want = append(want, e.ID)
			}
		}
		got := func(entries []Entry) (ids []string) {
			for _, e := range entries {
				ids = append(ids, e.ID)
			}
			return ids
		}
		_, entries := list(t, l, Query{Limit: MaxLimit, Filter: f})
		if diff := cmp.Diff(want, got(entries)); diff != "" {
			rt.Errorf("the list of %v:\n%s", terms, diff)
		}
		var kept []string
		for _, k := range l.Kept(0, f) {
			kept = append(kept, k.ID)
		}
		if diff := cmp.Diff(want, kept); diff != "" {
			rt.Errorf("the messages of %v:\n%s", terms, diff)
		}
		slices.Reverse(want)
		ended, cancel := context.WithCancel(context.Background())
		cancel() // what there is is read without waiting
		var streamed []string
		for {
			e, _, err := one.Next(ended)
			if err != nil {
				break
			}
			streamed = append(streamed, e.ID)
		}
		if diff := cmp.Diff(want, streamed); diff != "" {
			rt.Errorf("the stream of %v:\n%s", terms, diff)
		}
		var batched []string
		for {
			b, err := many.Batch(ended, time.Hour, func() int { return 7 }, false)
			if err != nil {
				break
			}
			if len(b.Entries) > 7 || b.LeftOut != 0 || b.Last != b.Entries[len(b.Entries)-1].ID {
				rt.Errorf("%d entries, %d left out, last %s", len(b.Entries), b.LeftOut, b.Last)
			}
			batched = append(batched, got(b.Entries)...)
		}
		if diff := cmp.Diff(want, batched); diff != "" {
			rt.Errorf("the batches of %v:\n%s", terms, diff)
		}
	})
}

func TestASampleIsFairAndSaysWhatItLeftOut(t *testing.T) {
	const records, most, rounds = 100, 10, 400
	l := newLog(t, Options{})
	taken := make([]int, records)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	sub, err := l.Subscribe("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	for round := range rounds {
		for n := range records {
			l.Add(record(t, n, 1))
		}
		b, err := sub.Batch(ended, time.Hour, func() int { return most }, true)
		if err != nil || len(b.Entries) != most || b.LeftOut != records-most ||
			b.Last != l.id(uint64((round+1)*records)) {
			t.Fatalf("%d entries, %d left out, last %s, %v", len(b.Entries), b.LeftOut, b.Last, err)
		}
		for _, e := range b.Entries {
			var n int
			if _, err := fmt.Sscanf(e.CallID, "call-%d", &n); err != nil {
				t.Fatal(err)
			}
			taken[n]++
		}
	}
	for n, times := range taken { // expected 40, with a deviation of 6
		if times < 5 || times > 100 {
			t.Errorf("record %d of %d is in %d of %d samples", n, records, times, rounds)
		}
	}
}

func TestAnIDOfAFormerProcessIsToldFromNonsense(t *testing.T) {
	l, former := newLog(t, Options{}), newLog(t, Options{})
	if _, err := l.Subscribe(former.id(7), nil); !errors.Is(err, ErrRestarted) {
		t.Errorf("another process's: %v", err)
	}
	for _, id := range []string{"x", l.id(7), "abc-000000000001", former.prefix + "-1"} {
		if _, err := l.Subscribe(id, nil); err == nil || errors.Is(err, ErrRestarted) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAListSaysHowFarBackItReaches(t *testing.T) {
	l := newLog(t, Options{Keep: 10, KeepMessages: 3})
	if c := l.Coverage(); c != (Coverage{}) {
		t.Errorf("empty: %+v", c)
	}
	for n := range 25 {
		l.Add(record(t, n, 1))
	}
	c := l.Coverage()
	if !c.Oldest.Equal(record(t, 15, 1).Time) || c.Kept != 10 || c.MessagesKept != 3 || c.Lost != 15 {
		t.Errorf("%v %+v", c.Oldest, c)
	}
	p, err := l.List(Query{Limit: 10, Filter: filter(t, map[string]string{"callId": "call-20"})})
	if err != nil || p.Scanned != 10 || p.More {
		t.Errorf("scanned %d, more %v, %v", p.Scanned, p.More, err)
	}
	if p, _ = l.List(Query{Limit: 10}); p.More {
		t.Error("a whole last page has another behind it")
	}
	if p, _ = l.List(Query{Limit: 9}); !p.More {
		t.Error("the last one is not told of")
	}
}
