package backend

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// request is a message of a call.
func request(t testing.TB, callID string, change ...func(*routrpb.MessageRequest)) *message.Request {
	t.Helper()
	m := &routrpb.MessageRequest{Ref: callID, Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
		CallId:      &routrpb.CallID{CallId: callID},
	}}
	for _, c := range change {
		c(m)
	}
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// peers starts n peers that echo.
func peers(t testing.TB, n int) (all []*peertest.Peer) {
	for range n {
		all = append(all, peertest.Start(t, peertest.Echo()))
	}
	return all
}

func addrs(peers ...*peertest.Peer) (all []Address) {
	for _, p := range peers {
		all = append(all, Address{Target: p.Addr})
	}
	return all
}

// newFleetOf connects to all addresses.
func newFleetOf(t testing.TB, list []Address, change ...func(*Options)) *Backend {
	t.Helper()
	b := newBackend(t, "", append([]func(*Options){func(o *Options) { o.Addrs = list }}, change...)...)
	b.Connect()
	eventually(t, "all are ready", func() bool { return states(b)[stateReady] == len(list) })
	return b
}

func with(p Policy) func(*Options) { return func(o *Options) { o.Policy = p } }

// states counts the instances by state.
func states(b *Backend) map[string]int {
	all := map[string]int{}
	for _, i := range b.Status().Instances {
		all[i.State]++
	}
	return all
}

// eventually waits until something holds. The limit is for tests that hang.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// callOf makes a call, which must succeed, and returns the instance that took it.
func callOf(t testing.TB, b *Backend, callID string) string {
	t.Helper()
	var made Made
	if _, err := b.ask(t.Context(), request(t, callID), nil, &made); err != nil {
		t.Fatalf("call %s: %v", callID, err)
	}
	return made.Addr
}

// placed says which instance takes each of n calls.
func placed(t testing.TB, b *Backend, n int) map[string]string {
	t.Helper()
	at := map[string]string{}
	for i := range n {
		id := fmt.Sprint("call-", i)
		at[id] = callOf(t, b, id)
	}
	return at
}

func count(at map[string]string) map[string]int {
	n := map[string]int{}
	for _, addr := range at {
		n[addr]++
	}
	return n
}

func TestADialogStaysOnOneInstanceAndCallsSpread(t *testing.T) {
	all := peers(t, 3)
	b := newFleetOf(t, addrs(all...))
	first := placed(t, b, 300)
	if diff := cmp.Diff(first, placed(t, b, 300)); diff != "" {
		t.Errorf("calls moved:\n%s", diff)
	}
	for _, p := range all {
		if n := count(first)[p.Addr]; n < 60 || n > 140 { // 100, give or take 5 standard deviations
			t.Errorf("%s took %d of 300 calls", p.Addr, n)
		}
	}
}

func TestTheLossOfAnInstanceMovesOnlyItsCallsAndTheyComeBack(t *testing.T) {
	all := peers(t, 3)
	b := newFleetOf(t, addrs(all...))
	before := placed(t, b, 200)
	lost := all[0]
	lost.Stop()
	eventually(t, "one is failing", func() bool { return states(b)[stateFailing] == 1 })
	for id, addr := range placed(t, b, 200) {
		if before[id] != lost.Addr && before[id] != addr {
			t.Errorf("%s moved from %s to %s, and neither was lost", id, before[id], addr)
		}
	}
	peertest.StartOn(t, peertest.ListenOn(t, lost.Addr), peertest.Echo())
	eventually(t, "all are ready", func() bool { return states(b)[stateReady] == 3 })
	if diff := cmp.Diff(before, placed(t, b, 200)); diff != "" {
		t.Errorf("calls didn't come back:\n%s", diff)
	}
}

func TestRoundRobinTakesTurnsByWeight(t *testing.T) {
	all := peers(t, 3)
	list := addrs(all...)
	list[2].Weight = 3
	b := newFleetOf(t, list, with(RoundRobin))
	got := count(placed(t, b, 100))
	want := map[string]int{all[0].Addr: 20, all[1].Addr: 20, all[2].Addr: 60}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls by instance (-want +got):\n%s", diff)
	}
}

func TestLeastRequestAvoidsTheBusyInstance(t *testing.T) {
	release := make(chan struct{})
	busy := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return peertest.Echo()(ctx, req)
	})
	idle := peertest.Start(t, peertest.Echo())
	b := newFleetOf(t, addrs(busy, idle), with(LeastRequest), within(time.Minute))
	var calls sync.WaitGroup
	call := func(n int) (answered <-chan struct{}) {
		done := make(chan struct{})
		calls.Go(func() {
			defer close(done)
			if _, err := b.ask(t.Context(), request(t, fmt.Sprint(n)), nil, nil); err != nil {
				t.Error(err)
			}
		})
		return done
	}
	for n := 0; len(busy.Calls()) == 0; n++ { // until one hangs there
		call(n)
		time.Sleep(time.Millisecond)
	}
	for n := range 200 { // one after another, so that the idle instance is idle
		hung, answered := len(busy.Calls()), call(n)
		eventually(t, "a call is answered or hangs", func() bool {
			select {
			case <-answered:
				return true
			default:
				return len(busy.Calls()) > hung
			}
		})
	}
	// Two draws may both give it, with nothing to compare it to: 50 times, give or take 5 standard deviations.
	if n := len(busy.Calls()); n > 80 {
		t.Errorf("the busy instance has %d of 200 calls", n)
	}
	close(release)
	calls.Wait()
}

// deliveries counts how often each message arrived.
type deliveries struct{ sync.Map }

func (d *deliveries) handler(before ...func()) peertest.Handler {
	return func(ctx context.Context, data []byte) ([]byte, error) {
		var req routrpb.MessageRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			return nil, err
		}
		n, _ := d.LoadOrStore(req.GetRef(), new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
		for _, b := range before {
			b()
		}
		return peertest.Echo()(ctx, data)
	}
}

func (d *deliveries) of(id string) int {
	n, ok := d.Load(id)
	if !ok {
		return 0
	}
	return int(n.(*atomic.Int32).Load())
}

// load calls b from several callers until stop is closed, and says what failed.
func load(t *testing.T, b *Backend, stop <-chan struct{}) (calls, failed map[string]error) {
	t.Helper()
	var mu sync.Mutex
	calls, failed = map[string]error{}, map[string]error{}
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%d-%d", caller, n)
				_, err := b.ask(t.Context(), request(t, id), nil, nil)
				mu.Lock()
				calls[id] = err
				if err != nil {
					failed[id] = err
				}
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	return calls, failed
}

func TestAFleetOfTwoRollsOverUnderLoadWithNothingLostOrDoubled(t *testing.T) {
	var got deliveries
	handler := got.handler()
	current := []*peertest.Peer{peertest.Start(t, handler), peertest.Start(t, handler)}
	b := newFleetOf(t, addrs(current...))
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for round := range 6 {
			n := round % 2
			current[n].Leave()
			current[n] = peertest.StartOn(t, peertest.ListenOn(t, current[n].Addr), handler)
			eventually(t, "the new one takes calls", func() bool { return len(current[n].Calls()) >= 50 })
		}
	}()
	calls, failed := load(t, b, stop)
	for id, err := range failed {
		t.Errorf("call %s failed: %v", id, err)
	}
	for id := range calls {
		if n := got.of(id); n != 1 {
			t.Errorf("message %s was delivered %d times", id, n)
		}
	}
	t.Logf("%d calls, %d tried again", len(calls), b.Status().Retries)
}

func TestConnectionsThatBreakDoubleNothing(t *testing.T) {
	var got deliveries
	handler := got.handler(func() { time.Sleep(time.Millisecond) })
	current := []*peertest.Peer{peertest.Start(t, handler), peertest.Start(t, handler)}
	b := newFleetOf(t, addrs(current...), func(o *Options) { o.Ejection.ConsecutiveFailures = 1000 })
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for round := range 6 {
			n := round % 2
			current[n].Stop()
			current[n] = peertest.StartOn(t, peertest.ListenOn(t, current[n].Addr), handler)
			eventually(t, "the new one takes calls", func() bool { return len(current[n].Calls()) >= 50 })
		}
	}()
	calls, failed := load(t, b, stop)
	for id, err := range calls {
		if n := got.of(id); n > 1 || n == 0 && err == nil {
			t.Errorf("message %s was delivered %d times, error %v", id, n, err)
		}
	}
	for id, err := range failed {
		if !strings.Contains(err.Error(), "is unavailable") {
			t.Errorf("call %s: %v", id, err)
		}
	}
	t.Logf("%d calls, %d failed", len(calls), len(failed))
}

func TestAnUnreachableFleetNamesItsInstances(t *testing.T) {
	a, c := peertest.Refusing(t), peertest.Refusing(t)
	b := newBackend(t, "", func(o *Options) { o.Addrs = []Address{{Target: a}, {Target: c}} })
	if !b.Healthy() {
		t.Error("a fleet that nobody tried counts as healthy")
	}
	var made Made
	_, err := b.ask(t.Context(), request(t, "x"), nil, &made)
	if err == nil || !strings.Contains(err.Error(), a) || !strings.Contains(err.Error(), c) {
		t.Errorf("error %v doesn't name %s and %s", err, a, c)
	}
	if made.Addr != "" || made.Attempts != 0 {
		t.Errorf("made is %+v", made)
	}
	if b.Healthy() {
		t.Error("nothing can be reached, and it counts as healthy")
	}
}
