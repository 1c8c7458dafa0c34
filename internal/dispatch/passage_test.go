package dispatch

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TestSection3 walks a message through every row of the contract's section 3, and writes down who gets what.
func TestSection3(t *testing.T) {
	const ok, ringing, busy = routrpb.ResponseType_OK, routrpb.ResponseType_RINGING, routrpb.ResponseType_BUSY_HERE
	for name, c := range map[string]struct {
		in              *routrpb.SIPMessage
		pre, proc, post []part
		want            string
	}{
		"2: an error response goes to the processor alone": {
			in: sipResponse(busy), pre: []part{signed("a")},
			proc: []part{signed("p")}, post: []part{signed("x")},
			want: `processor p gets BUSY_HERE k=v from edge
				the caller gets BUSY_HERE +p k=v from p`,
		},
		"2: also where the processor makes a request of it": {
			in: sipResponse(busy), proc: []part{at("p", retargets("carol"))}, post: []part{signed("x")},
			want: `processor p gets BUSY_HERE k=v from edge
				the caller gets carol k=v from edge`,
		},
		"3: each middleware gets what the one before left": {
			in: sipRequest(), pre: []part{signed("a"), signed("b")},
			proc: []part{signed("p")}, post: []part{signed("x"), signed("y")},
			want: `middleware a gets bob k=v from edge
				middleware b gets bob +a k=v from edge
				processor p gets bob +a +b k=v from edge
				middleware x gets bob +a +b +p k=v from p
				middleware y gets bob +a +b +p +x k=v from p
				the caller gets bob +a +b +p +x +y k=v from p`,
		},
		"3: metadata replace, where there are any": {
			in:   sipRequest(),
			pre:  []part{at("a", withMetadata(nil)), at("b", withMetadata(map[string]string{"n": "w"}))},
			proc: []part{at("p", passes())},
			want: `middleware a gets bob k=v from edge
				middleware b gets bob k=v from edge
				processor p gets bob n=w from edge
				the caller gets bob n=w from edge`,
		},
		"3: a changed Request-URI decides the route": {
			in: sipRequest(), pre: []part{at("a", retargets("carol"))},
			proc: []part{
				{ref: "bob's", does: passes(), rule: `req => req.message.requestUri.user === "bob"`},
				{ref: "carol's", does: retargets("dave"), rule: `req => req.message.requestUri.user === "carol"`},
			},
			post: []part{at("x", passes())},
			want: `middleware a gets bob k=v from edge
				processor carol's gets carol k=v from edge
				middleware x gets dave k=v from edge
				the caller gets dave k=v from edge`,
		},
		"3: a response to a request ends the pipeline": {
			in:   sipRequest(),
			pre:  []part{signed("a"), at("b", responds(busy)), signed("c")},
			proc: []part{signed("p")}, post: []part{signed("x")},
			want: `middleware a gets bob k=v from edge
				middleware b gets bob +a k=v from edge
				the caller gets BUSY_HERE k=v from edge`,
		},
		"3: also a 200 OK": {
			in: sipRequest(), pre: []part{at("a", responds(ok))}, proc: []part{signed("p")},
			want: `middleware a gets bob k=v from edge
				the caller gets OK k=v from edge`,
		},
		"3: a response goes on as whatever comes back": {
			in:   sipResponse(ok),
			pre:  []part{at("a", responds(ringing)), at("b", retargets("bob")), signed("c")},
			proc: []part{signed("p")},
			want: `middleware a gets OK k=v from edge
				middleware b gets RINGING k=v from edge
				middleware c gets bob k=v from edge
				processor p gets bob +c k=v from edge
				the caller gets bob +c +p k=v from p`,
		},
		"3: one that becomes an error response skips the other middlewares": {
			in: sipResponse(ringing), pre: []part{at("a", responds(busy)), signed("b")},
			proc: []part{at("p", responds(ok))}, post: []part{signed("x")},
			want: `middleware a gets RINGING k=v from edge
				processor p gets BUSY_HERE k=v from edge
				the caller gets OK k=v from edge`,
		},
		"3: what is neither goes on": {
			in: sipRequest(), pre: []part{at("a", untypes()), at("b", responds(busy))},
			proc: []part{signed("p")}, post: []part{signed("x")},
			want: `middleware a gets bob k=v from edge
				middleware b gets neither k=v from edge
				processor p gets BUSY_HERE k=v from edge
				the caller gets BUSY_HERE +p k=v from p`,
		},
		"4: the first rule in the file's order": {
			in: sipRequest(),
			proc: []part{
				{ref: "never", does: passes(), rule: "req => 0"}, signed("first"), signed("second"),
			},
			want: `processor first gets bob k=v from edge
				the caller gets bob +first k=v from first`,
		},
		"4: no rule": {
			in: sipRequest(), pre: []part{at("a", passes())}, post: []part{at("x", passes())},
			proc: []part{{ref: "p", does: passes(), rule: "req => false"}},
			want: `middleware a gets bob k=v from edge
				the caller gets NOT_FOUND: not matching processor found for request ref: call-1`,
		},
		"4: what a processor answers replaces, also by nothing": {
			in: sipRequest(), post: []part{at("x", passes())},
			proc: []part{at("p", answersBytes(wire(&routrpb.MessageResponse{Message: sipResponse(ok)})()))},
			want: `processor p gets bob k=v from edge
				middleware x gets OK
				the caller gets OK`,
		},
		"5: a processor's error response passes them": {
			in: sipRequest(), proc: []part{at("p", responds(busy))},
			post: []part{signed("x"), signed("y")},
			want: `processor p gets bob k=v from edge
				middleware x gets BUSY_HERE k=v from edge
				middleware y gets BUSY_HERE +x k=v from edge
				the caller gets BUSY_HERE +x +y k=v from edge`,
		},
		"5: a response to a request ends the chain": {
			in: sipRequest(), proc: []part{at("p", retargets("carol"))},
			post: []part{at("x", responds(ok)), signed("y")},
			want: `processor p gets bob k=v from edge
				middleware x gets carol k=v from edge
				the caller gets OK k=v from edge`,
		},
		"5: a response that becomes an error response skips the rest": {
			in: sipResponse(ok), proc: []part{at("p", passes())},
			post: []part{at("x", responds(busy)), signed("y")},
			want: `processor p gets OK k=v from edge
				middleware x gets OK k=v from edge
				the caller gets BUSY_HERE k=v from edge`,
		},
		"6: fields that nobody knows come along": {
			in: sipRequest(), pre: []part{at("a", adds(61))},
			proc: []part{at("p", adds(62))}, post: []part{at("x", adds(63))},
			want: `middleware a gets bob k=v from edge
				processor p gets bob k=v from edge
				middleware x gets bob k=v from edge
				the caller gets bob k=v from edge ?61 ?62 ?63`,
		},
		"6: also where the processor is the last one": {
			in: sipRequest(), pre: []part{at("a", adds(61))}, proc: []part{at("p", adds(62))},
			want: `middleware a gets bob k=v from edge
				processor p gets bob k=v from edge
				the caller gets bob k=v from edge ?61 ?62`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMachine(t, c.pre, c.proc, c.post).walk(t, incoming(c.in))
			want := strings.Split(strings.ReplaceAll(c.want, "\t", ""), "\n")
			if diff := cmp.Diff(want, w.lines); diff != "" {
				t.Errorf("the passage (-want +got):\n%s", diff)
			}
			var called []string
			for _, call := range w.rec.Calls {
				called = append(called, fmt.Sprintf("%s %s gets", call.Role, call.Ref))
			}
			for i, line := range want[:len(want)-1] {
				if i >= len(called) || !strings.HasPrefix(line, called[i]) {
					t.Errorf("the record has %q", called)
				}
			}
		})
	}
}

// TestEveryFailureAtEveryStop has each stop fail in every way, with the middlewares' failures skipped and not.
func TestEveryFailureAtEveryStop(t *testing.T) {
	down := &status.Error{Code: status.Unavailable, Message: "x is unavailable", Cause: "10.0.0.1:1: refused"}
	denied := &status.Error{
		Code: status.PermissionDenied, Message: "x: no", Details: []status.Detail{{TypeURL: "t/x", Value: []byte{1}}},
	}
	kinds := map[string]struct {
		does reaction
		err  *status.Error // nil: an unusable answer
		left bool
	}{
		"can't be reached":  {fails(down), down, false},
		"answers a status":  {fails(denied), denied, false},
		"no message":        {answersBytes(nil), nil, false},
		"no protobuf":       {answersBytes([]byte("<html>")), nil, false},
		"cut off":           {answersBytes([]byte{2<<3 | 2, 9}), nil, false},
		"the caller leaves": {func([]byte) Reply { return Reply{Err: down, CallerLeft: true} }, down, true},
	}
	for name, kind := range kinds {
		for _, ref := range []string{"a", "b", "p", "x", "y"} {
			for _, skip := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s at %s, skip %t", name, ref, skip), func(t *testing.T) {
					m := newMachine(t, []part{signed("a"), signed("b")}, []part{signed("p")},
						[]part{signed("x"), signed("y")})
					m.does[ref] = kind.does
					for i := range 2 {
						m.Pre[i].SkipFailures, m.Post[i].SkipFailures = skip, skip
					}
					w := m.walk(t, incoming(sipRequest()))
					checkFailure(t, w, ref, kind.err, skip && ref != "p" && !kind.left)
				})
			}
		}
	}
}

// checkFailure holds a walk against what the failure of one stop makes of it. A nil want stands for an unusable
// answer.
func checkFailure(t *testing.T, w walked, ref string, want *status.Error, skipped bool) {
	t.Helper()
	order := []string{"a", "b", "p", "x", "y"}
	n := slices.Index(order, ref)
	called := order[:n+1]
	if skipped {
		called = order
	}
	var refs []string
	for _, call := range w.rec.Calls {
		refs = append(refs, call.Ref)
	}
	if !slices.Equal(refs, called) {
		t.Errorf("%q were called, want %q", refs, called)
	}
	code := status.Internal
	if want != nil {
		code = want.Code
	}
	call := w.rec.Calls[n]
	if call.Code != code || call.Skipped != skipped || (call.Cause != "") != skipped {
		t.Errorf("the record has %+v", call)
	}
	switch {
	case skipped:
		others := strings.Join(slices.Delete(slices.Clone(order), n, n+1), " +")
		if got := shownAnswer(t, w.answer); w.err != nil || got != "bob +"+others+" k=v from p" {
			t.Errorf("the caller gets %s, %v", got, w.err)
		}
	case want != nil && w.err != want: // whole, with its details and its cause
		t.Errorf("the caller gets %#v", w.err)
	case want == nil && (status.CodeOf(w.err) != status.Internal ||
		!strings.Contains(w.err.Error(), "ref = "+ref+" answered with an unusable MessageResponse")):
		t.Errorf("the caller gets %v", w.err)
	case w.answer != nil:
		t.Errorf("the caller gets an error, and %q", w.answer)
	}
}

// TestUntouchedBytesAreTheSame: what nobody changes isn't encoded anew.
func TestUntouchedBytesAreTheSame(t *testing.T) {
	in := protowire.AppendTag(incoming(sipRequest()), 77, protowire.VarintType)
	in = protowire.AppendVarint(in, 7)
	broken := []part{{ref: "a", does: fails(&status.Error{Code: status.Unavailable}), skip: true}}
	m := newMachine(t, broken, []part{at("p", adds(61))}, nil)
	w := m.walk(t, in)
	if !bytes.Equal(w.got["p"], in) || &w.got["p"][0] != &w.rec.Routed[0] {
		t.Errorf("the processor gets % x, and % x came in", w.got["p"], in)
	}
	if !bytes.Equal(w.answer, w.replies["p"].Answer) {
		t.Errorf("the caller gets % x, and the processor answered % x", w.answer, w.replies["p"].Answer)
	}
}

func TestRulesEndWithTheirCaller(t *testing.T) {
	for want, cause := range map[status.Code]error{
		status.Canceled: context.Canceled, status.DeadlineExceeded: context.DeadlineExceeded,
	} {
		long := part{ref: "p", does: passes(), rule: "req => { for (let i = 0; i < 1e9; i++); return true }"}
		m := newMachine(t, nil, []part{long}, nil)
		ctx := endedContext{t.Context(), cause}
		req, err := Parse(incoming(sipRequest()))
		if err != nil {
			t.Fatal(err)
		}
		var p Passage
		m.Begin(&p, req, &decision.Record{})
		if _, _, ok := p.Next(ctx); ok {
			t.Fatal("somebody is to be called")
		}
		if _, err := p.Outcome(); status.CodeOf(err) != want {
			t.Errorf("%v: the caller gets %v", cause, err)
		}
	}
}

// endedContext has ended for a reason.
type endedContext struct {
	context.Context
	err error
}

func (c endedContext) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

func (c endedContext) Err() error { return c.err }

// TestOneGoroutineDrivesManyPassages lets answers come in any order, as an event loop does: passages share nothing.
func TestOneGoroutineDrivesManyPassages(t *testing.T) {
	m := newMachine(t, []part{signed("a")}, []part{signed("p")}, []part{signed("x")})
	type open struct {
		Passage
		rec   decision.Record
		reply Reply
		name  string
	}
	const many = 2000
	goroutines := runtime.NumGoroutine()
	var waiting []*open
	ended := map[string]string{}
	step := func(o *open) {
		to, req, ok := o.Next(t.Context())
		if !ok {
			answer, err := o.Outcome()
			if err != nil {
				t.Fatal(err)
			}
			ended[o.name] = shownAnswer(t, answer)
			return
		}
		o.reply = m.does[to.Ref()](req.Bytes())
		waiting = append(waiting, o)
	}
	for i := range many {
		o := &open{name: fmt.Sprintf("n%d", i)}
		sip := sipRequest()
		sip.GetRequestUri().User = o.name
		req, err := Parse(incoming(sip))
		if err != nil {
			t.Fatal(err)
		}
		m.Begin(&o.Passage, req, &o.rec)
		step(o)
	}
	for len(waiting) > 0 {
		i, last := rand.IntN(len(waiting)), len(waiting)-1
		o := waiting[i]
		waiting[i], waiting = waiting[last], waiting[:last]
		o.Took(o.reply)
		step(o)
	}
	for i := range many {
		name := fmt.Sprintf("n%d", i)
		if got, want := ended[name], name+" +a +p +x k=v from p"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
}

// TestAPassageAllocatesItsAnswerAlone counts what a message costs between two calls.
func TestAPassageAllocatesItsAnswerAlone(t *testing.T) {
	m := newMachine(t, nil, []part{at("p", passes())}, nil)
	in := incoming(sipRequest())
	req, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	reply := m.does["p"](in)
	var p Passage
	rec := decision.Record{Calls: make([]decision.Call, 0, 1)}
	got := testing.AllocsPerRun(1000, func() {
		rec.Calls = rec.Calls[:0]
		m.Begin(&p, req, &rec)
		if _, _, ok := p.Next(context.Background()); !ok {
			t.Fatal("nobody is to be called")
		}
		p.Took(reply)
		if _, err := p.Outcome(); err != nil {
			t.Fatal(err)
		}
	})
	answer := testing.AllocsPerRun(1000, func() {
		if err := new(message.Answer).Parse(reply.Answer); err != nil {
			t.Fatal(err)
		}
	})
	if got > answer {
		t.Errorf("a passage allocates %v times, reading its answer %v times", got, answer)
	}
}

func BenchmarkPassage(b *testing.B) {
	m := newMachine(b, []part{at("a", passes())}, []part{at("p", passes())}, []part{at("x", passes())})
	in := incoming(sipRequest())
	reply := m.does["p"](in)
	var p Passage
	var rec decision.Record
	b.ReportAllocs()
	for b.Loop() {
		req, err := Parse(in)
		if err != nil {
			b.Fatal(err)
		}
		rec.Calls = rec.Calls[:0]
		m.Begin(&p, req, &rec)
		for {
			if _, _, ok := p.Next(context.Background()); !ok {
				break
			}
			p.Took(reply)
		}
		if _, err := p.Outcome(); err != nil {
			b.Fatal(err)
		}
	}
}
