package dispatch

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// byLane has the package's tests lead messages by Start, with lanes to those who are called.
var byLane = flag.Bool("lanes", false, "lead messages by Start, on lanes")

// newPool returns a Pool as the tests' messages need it.
func newPool() *backend.Pool {
	if *byLane {
		return backend.WithLanes(nil)
	}
	return backend.NewPool()
}

// connected gives a backend's lanes, where there are to be some, time to come.
func connected(b *backend.Backend) {
	if !*byLane {
		return
	}
	b.Connect()
	for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if all := b.Status().Instances; len(all) > 0 && all[0].State == "ready" {
			time.Sleep(5 * time.Millisecond) // where that isn't enough the message takes the other way
			return
		}
	}
}

// Process is Service's, or Start where -lanes says so.
func (s served) Process(ctx context.Context, request []byte, md map[string][]string) ([]byte, error) {
	if !*byLane {
		return s.Service.Process(ctx, request, md)
	}
	d := Delivery{Metadata: md}
	d.Deadline, _ = ctx.Deadline()
	r := deliver(s.Service, &d, request)
	select {
	case got := <-r:
		return got.answer, got.err
	case <-ctx.Done():
		if ctx.Err() == context.Canceled {
			d.Leave()
		}
	}
	got := <-r
	return got.answer, got.err
}

// TestAllOfThisHoldsOnLanes runs this package's tests once more with their messages led by Start.
func TestAllOfThisHoldsOnLanes(t *testing.T) {
	if *byLane {
		return // it does
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), self, "-lanes").CombinedOutput(); err != nil {
		t.Errorf("on lanes: %v\n%s", err, out)
	}
}

// TestRetransmissionsShareWhicheverWayTheyCame has the first and those after it come by Start or by Process, and the
// first leave or stay.
func TestRetransmissionsShareWhicheverWayTheyCame(t *testing.T) {
	data := wire(inviteIn("z9hG4bK-shared"))()
	for name, c := range map[string]struct{ firstWaits, laterWait, leaves bool }{
		"Start, then Start":              {},
		"Start, then Process":            {laterWait: true},
		"Process, then Start":            {firstWaits: true},
		"Start that leaves, then Start":  {leaves: true},
		"Start that leaves, and Process": {leaves: true, laterWait: true},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			over := make(chan struct{})
			hang := func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
				calls.Add(1)
				<-over
				return pass(req)
			}
			p := newPipeline(t, nil, []stop{{ref: "p", answer: hang}}, nil)
			s := newService(t, p.Dispatcher)
			var first Delivery
			one := make(receiver, 2)
			if c.firstWaits {
				go func() {
					answer, err := s.Service.Process(t.Context(), data, nil)
					one.Done(nil, answer, err)
				}()
			} else {
				one = deliver(s.Service, &first, data)
			}
			eventually(t, func() bool { return calls.Load() == 1 })
			later := make(receiver, 2)
			if c.laterWait {
				go func() {
					answer, err := s.Service.Process(t.Context(), data, nil)
					later.Done(nil, answer, err)
				}()
			} else {
				later = deliver(s.Service, new(Delivery), data)
			}
			eventually(t, func() bool { return s.waiting() == 2 })
			if c.leaves {
				first.Leave()
			}
			close(over)
			a, b := <-one, <-later
			if a.err != nil || b.err != nil || len(a.answer) == 0 || !bytes.Equal(a.answer, b.answer) {
				t.Errorf("the first got %q, %v, the other %q, %v", a.answer, a.err, b.answer, b.err)
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("the processor was called %d times", n)
			}
		})
	}
}

// TestTheWorkEndsWithTheLastWhoWaits has all leave that wait for a message.
func TestTheWorkEndsWithTheLastWhoWaits(t *testing.T) {
	data := wire(inviteIn("z9hG4bK-left"))()
	asked, over := make(chan struct{}, 1), make(chan struct{})
	defer close(over)
	hang := func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
		asked <- struct{}{}
		<-over
		return pass(req)
	}
	p := newPipeline(t, nil, []stop{{ref: "p", answer: hang}}, nil)
	s := newService(t, p.Dispatcher)
	var first, second Delivery
	one := deliver(s.Service, &first, data)
	<-asked
	two := deliver(s.Service, &second, data)
	eventually(t, func() bool { return s.waiting() == 2 })
	first.Leave()
	second.Leave()
	for _, r := range []receiver{one, two} {
		if got := <-r; status.CodeOf(got.err) != status.Canceled {
			t.Errorf("one got %q, %v", got.answer, got.err)
		}
	}
	if n := s.Limiter.InFlight(); n != 0 {
		t.Errorf("%d messages are in flight", n)
	}
}

// TestAFirstWhoLeavesAsItsMessageEndsHarmsNothing has the first leave once its retransmission was told the outcome, and
// before it is told itself.
func TestAFirstWhoLeavesAsItsMessageEndsHarmsNothing(t *testing.T) {
	data := wire(inviteIn("z9hG4bK-leaves-late"))()
	asked, over := make(chan struct{}, 1), make(chan struct{})
	hang := func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
		asked <- struct{}{}
		<-over
		return pass(req)
	}
	p := newPipeline(t, nil, []stop{{ref: "p", answer: hang}}, nil)
	s := newService(t, p.Dispatcher)
	var first Delivery
	s.Use(NewEpoch(p.Dispatcher, EpochParams{Number: 2, Close: func() {}, Observe: func(rec *decision.Record) {
		if !rec.Shared {
			first.Leave()
		}
	}}))
	for range 2 { // what carried the message is used again
		first.Reset()
		one := deliver(s.Service, &first, data)
		<-asked
		two := deliver(s.Service, new(Delivery), data)
		eventually(t, func() bool { return s.waiting() == 2 })
		over <- struct{}{}
		a, b := <-one, <-two
		if a.err != nil || b.err != nil || len(a.answer) == 0 || !bytes.Equal(a.answer, b.answer) {
			t.Errorf("the first got %q, %v, the other %q, %v", a.answer, a.err, b.answer, b.err)
		}
	}
	if n := s.Limiter.InFlight(); n != 0 {
		t.Errorf("%d messages are in flight", n)
	}
}

// waiting is how many callers wait for what is in flight.
func (s served) waiting() (n int) {
	for i := range s.transactions.shards {
		sh := &s.transactions.shards[i]
		sh.mu.Lock()
		for _, f := range sh.flights {
			n += f.waiters
		}
		sh.mu.Unlock()
	}
	return n
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it never came to be")
		}
	}
}

// inviteIn is an INVITE of a transaction.
func inviteIn(branch string) *routrpb.MessageRequest {
	m := request(sipRequest())
	m.Message.Via = []*routrpb.Via{{Branch: branch, Host: "10.0.0.1", Port: 5060}}
	m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: "CSeq", Value: "1 INVITE"})
	return m
}

// TestASlowMessageIsTakenOver starts a message on whose rules there is much work: a goroutine of its own has them
// asked, from the beginning, and the message goes where they say.
func TestASlowMessageIsTakenOver(t *testing.T) {
	p := newPipeline(t, nil, []stop{
		{ref: "other", answer: pass, rule: `req => !/^(?:a|b)*$/.test(req.message.body)`},
		{ref: "p", answer: pass},
	}, nil)
	s := newService(t, p.Dispatcher)
	for _, size := range []int{10, 100_000} {
		req := inviteIn("z9hG4bK-" + strconv.Itoa(size))
		req.Message.Body = strings.Repeat("ab", size)
		quick, whole := new(Passage), new(Passage)
		var m message.Request
		if err := m.Parse(wire(req)()); err != nil {
			t.Fatal(err)
		}
		for _, passage := range []*Passage{quick, whole} {
			p.Begin(passage, &m, new(decision.Record))
		}
		_, _, _, later := quick.NextSoon(t.Context())
		if later != (size > 10) {
			t.Errorf("a body of %d bytes: later %t", 2*size, later)
		}
		if to, _, ok := whole.Next(t.Context()); !ok || to.Ref() != "p" {
			t.Errorf("a body of %d bytes isn't routed", 2*size)
		}
		if to, _, ok := quick.Next(t.Context()); later && (!ok || to.Ref() != "p") {
			t.Errorf("a body of %d bytes isn't routed later", 2*size)
		}
		if later && quick.rec.RulesTried != whole.rec.RulesTried {
			t.Errorf("%d rules were tried later, %d at once", quick.rec.RulesTried, whole.rec.RulesTried)
		}
		if got := <-deliver(s.Service, new(Delivery), wire(req)()); got.err != nil {
			t.Errorf("a body of %d bytes: %v", 2*size, got.err)
		}
		if to := <-p.called; to != "p" {
			t.Errorf("a body of %d bytes went to %s", 2*size, to)
		}
	}
}
