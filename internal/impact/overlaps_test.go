package impact

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

func tableOfSources(t testing.TB, sources ...string) *routing.Table {
	t.Helper()
	var rules []routing.Rule
	for i, source := range sources {
		fn, err := matchfunc.Compile(source, matchfunc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, routing.Rule{Ref: fmt.Sprint("r", i), Methods: []message.Method{2}, Func: fn})
	}
	return routing.New(rules, routing.Options{})
}

// inviteTo is an INVITE to a user.
func inviteTo(t testing.TB, user string) []byte {
	t.Helper()
	wire,
		err := proto.Marshal(&routrpb.MessageRequest{Ref: user, Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: user}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// TestOverlapsAreFoundBesideTraffic has a log whose messages are sampled.
func TestOverlapsAreFoundBesideTraffic(t *testing.T) {
	table := tableOfSources(t, `req => req.message.requestUri.user === "1"`,
		`req => req.message.requestUri.user.startsWith("1")`,
		`req => req.message.requestUri.nothing.there`, `req => true`)
	log, err := decision.NewLog(decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var (
		o       Overlaps
		running sync.WaitGroup
	)
	ctx, cancel := context.WithCancel(t.Context())
	running.Go(func() { o.Run(ctx, log, func() (uint64, *routing.Table) { return 7, table }) })
	add := func(user string, epoch uint64) {
		wire := inviteTo(t, user)
		req, err := message.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		i, err := table.Match(t.Context(), req, nil)
		if err != nil {
			t.Fatal(err)
		}
		var r decision.Record
		r.Begin(wire, time.Now())
		r.Read(req)
		r.Epoch, r.Routed = epoch, wire
		r.Picked(i, fmt.Sprint("r", i))
		log.Add(&r)
	}
	var got OverlapReport
	for got.Of < 5 && t.Context().Err() == nil {
		add("1", 7)
		add("12", 6) // of a configuration that is over
		time.Sleep(time.Millisecond)
		got = o.Report(7, time.Now())
	}
	cancel()
	running.Wait()
	got = o.Report(7, time.Now())
	var pairs []string
	for _, p := range got.Overlaps {
		if p.Count != got.Of || p.Of != got.Of || !log.Has(*p.Example) {
			t.Errorf("%+v of %d", p, got.Of)
		}
		pairs = append(pairs, p.Ref+" over "+p.OverRef)
	}
	if !slices.Equal(pairs, []string{"r0 over r1", "r0 over r3"}) || got.Messages < got.Of || got.Others != 0 {
		t.Errorf("%v, %+v", pairs, got)
	}
	if other := o.Report(8, time.Now()); other.Of != 0 || other.Overlaps == nil {
		t.Errorf("another epoch's: %+v", other)
	}
}

func TestOverlapsAreBounded(t *testing.T) {
	sources := slices.Repeat([]string{`req => true`}, 200)
	table := tableOfSources(t, sources...)
	var o Overlaps
	for rule := range 150 {
		o.add(t.Context(),
			decision.Sample{Routed: inviteTo(t, "1"), Rule: rule, Epoch: 1, Messages: uint64(rule + 1)}, table)
	}
	r := o.Report(1, time.Now())
	if len(o.pairs) != maxPairs || len(r.Overlaps) != shownPairs || r.Others == 0 || r.Of != 150 {
		t.Errorf("%d pairs, %d shown, %d others of %d", len(o.pairs), len(r.Overlaps), r.Others, r.Of)
	}
}

// BenchmarkOverlap is what a sample costs with ten thousand rules.
func BenchmarkOverlap(b *testing.B) {
	var sources []string
	for n := range 10_000 {
		sources = append(sources, fmt.Sprintf(`req => req.message.requestUri.user === "%d"`, n))
	}
	table := tableOfSources(b, append(sources, `req => req.message.requestUri.user.startsWith("1")`)...)
	s := decision.Sample{Routed: inviteTo(b, strings.Repeat("1", 3)), Rule: 111, Epoch: 1}
	var o Overlaps
	b.ReportAllocs()
	for b.Loop() {
		o.add(b.Context(), s, table)
	}
}
