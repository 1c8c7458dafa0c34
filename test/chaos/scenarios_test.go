//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// enough is how many messages a change must survive.
const enough = 50_000

const callers = 16

func TestReloadsLoseNothing(t *testing.T) {
	// Each configuration has a processor and a middleware of its own: a message that saw two of them would show.
	peers, middlewares := startPeers(t, 2), startPeers(t, 2)
	through := func(i int) string {
		return fmt.Sprintf(`  middlewares: [{ref: auth, addr: "%s", postProcessor: false}]`, middlewares[i].addr)
	}
	d := startDispatcher(t, []string{peers[0].addr}, through(0))
	one := yaml(d.addr, []string{peers[0].addr}, through(0))
	two := yaml(d.addr, []string{peers[1].addr}, through(1))
	bad := strings.Replace(one, "req => true", "req => (", 1)
	l := start(t, callers, d.addr)
	for i := range 50 {
		text := one
		switch {
		case i%10 == 9:
			text = bad
		case i%2 == 1:
			text = two
		}
		d.configure(t, text)
		if i%5 != 0 { // else the change itself is noticed
			d.Signal(syscall.SIGHUP)
		}
		l.until(t, int64(i+1)*enough/50)
	}
	l.until(t, enough)
	d.configure(t, one)
	peertest.Eventually(t, "the last configuration runs", func() bool {
		_, text := d.get("/readyz")
		return !strings.Contains(string(text), "not reloaded")
	})
	a := l.end(t, peers)
	a.none(t)
	for i, m := range middlewares {
		ids := m.lines(t, "got")
		t.Logf("%d messages by configuration %d", len(ids), i+1)
		if len(ids) == 0 {
			t.Error("and so it never ran")
		}
		for _, id := range ids {
			if at := a.at[id]; len(at) != 1 || at[0] != i {
				t.Errorf("%s passed the middleware of configuration %d and went to processors %v", id, i+1, at)
			}
		}
	}
	_, text := d.get("/metrics")
	reloaded := 0
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, `routr_dispatcher_reloads_total{result="ok"} `); ok {
			if _, err := fmt.Sscan(rest, &reloaded); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d reloads", reloaded)
	if reloaded < 30 { // some come while one is under way
		t.Errorf("%d reloads only", reloaded)
	}
}

func TestARollingRestartLosesNothing(t *testing.T) {
	peers := startPeers(t, 2)
	d := startDispatcher(t, addrs(peers))
	l := start(t, callers, d.addr)
	for round := range 4 {
		l.until(t, int64(round+1)*enough/5)
		p := peers[round%2]
		stop(t, p.Process, syscall.SIGTERM)
		l.until(t, l.sent.Load()+1000)
		p.start(t)
		peertest.Eventually(t, "both are called", func() bool { return d.in("ready") == 2 })
	}
	l.until(t, enough)
	a := l.end(t, peers)
	a.none(t)
}

func TestADrainLosesNothing(t *testing.T) {
	peers := startPeers(t, 1)
	first, second := startDispatcher(t, addrs(peers)), startDispatcher(t, addrs(peers))
	l := start(t, callers, first.addr, second.addr)
	for round := range 4 {
		l.until(t, int64(round+1)*enough/5)
		d := []*dispatcher{first, second}[round%2]
		if code := stop(t, d.Process, syscall.SIGTERM); code != 0 {
			t.Errorf("the dispatcher ended with %d:\n%s", code, d.Said)
		}
		l.until(t, l.sent.Load()+1000)
		d.start(t)
		peertest.Eventually(t, "callers have found it again", func() bool { return l.reaches(t, d.addr) })
	}
	l.until(t, enough)
	l.end(t, peers).none(t)
}

// atWorst is how many calls are lost with an instance: each caller's that is under way, and his next where that took
// the instance's other connection, grpc-go's or the lane, before that was known to have broken, too.
const atWorst = 2 * callers

func TestAKilledInstanceLosesItsOwnCallsOnly(t *testing.T) {
	peers := startPeers(t, 3)
	d := startDispatcher(t, addrs(peers))
	l := start(t, callers, d.addr)
	l.until(t, 3000)
	stop(t, peers[0].Process, syscall.SIGKILL)
	l.until(t, l.sent.Load()+5000)
	peers[0].start(t)
	peertest.Eventually(t, "it is called again", func() bool { return d.in("ready") == 3 })
	l.until(t, l.sent.Load()+1000)
	a := l.end(t, peers)
	a.onlyAt(t, []int{0}, codes.Unavailable)
	if failed := len(a.outcome) - a.codes[codes.OK]; failed > atWorst {
		t.Errorf("%d messages failed, and %d at most were in flight there", failed, atWorst)
	}
}

func TestAFlappingInstanceLosesItsOwnCallsOnly(t *testing.T) {
	const flaps = 10
	peers := startPeers(t, 3)
	d := startDispatcher(t, addrs(peers))
	l := start(t, callers, d.addr)
	for range flaps {
		stop(t, peers[0].Process, syscall.SIGKILL)
		time.Sleep(300 * time.Millisecond)
		peers[0].start(t)
		time.Sleep(300 * time.Millisecond)
	}
	a := l.end(t, peers)
	a.onlyAt(t, []int{0}, codes.Unavailable)
	if failed := len(a.outcome) - a.codes[codes.OK]; failed > flaps*atWorst {
		t.Errorf("%d messages failed over %d flaps", failed, flaps)
	}
}

// hanging are the bounds of the scenarios in which an instance doesn't answer any more. The others answer within the
// timeout on the busiest machine.
var hanging = []string{"  timeout: 2s", "  ejection: {consecutiveFailures: 3, baseTime: 30s}"}

// hangs lets the first of three peers hang, and come back.
func hangs(t *testing.T, d *dispatcher, peers []*peer, hang, comeBack func()) {
	t.Helper()
	l := start(t, callers, d.addr)
	l.until(t, 3000)
	hang()
	peertest.Eventually(t, "it is ejected", func() bool { return d.in("ejected") == 1 })
	l.until(t, l.sent.Load()+1000)
	during := l.end(t, peers)
	during.onlyAt(t, []int{0}, codes.DeadlineExceeded, codes.Unavailable)
	after := startLoad(t, callers, "-after", []routrpb.Method{routrpb.Method_INVITE}, d.addr)
	after.until(t, 3000)
	comeBack()
	after.end(t, peers).none(t)
	time.Sleep(time.Second) // what it still has to process may not be processed twice
	seen := map[string]bool{}
	for _, p := range peers {
		for _, id := range p.lines(t, "got") {
			if seen[id] {
				t.Errorf("%s was delivered twice", id)
			}
			seen[id] = true
		}
	}
}

func TestAStoppedInstanceIsLeftAlone(t *testing.T) {
	peers := startPeers(t, 3)
	d := startDispatcher(t, addrs(peers), hanging...)
	hangs(t, d, peers, func() { peers[0].Signal(syscall.SIGSTOP) }, func() { peers[0].Signal(syscall.SIGCONT) })
}

func TestABlackHoleIsLeftAlone(t *testing.T) {
	peers := startPeers(t, 3)
	hole := startHole(t, peers[0].addr)
	d := startDispatcher(t, []string{hole.addr, peers[1].addr, peers[2].addr}, hanging...)
	hangs(t, d, peers, hole.close, hole.open)
}

func TestOverloadIsRefusedAndShedInOrder(t *testing.T) {
	p := startPeer(t, 20*time.Millisecond)
	d := startDispatcher(t, []string{p.addr}, "  limits: {inFlight: 20}")
	invite := routrpb.Method_INVITE
	// Ten times as many callers as the limit.
	l := startLoad(t, 200, "", []routrpb.Method{invite, invite, invite, routrpb.Method_BYE}, d.addr)
	l.until(t, 20_000)
	memory := d.memory(t)
	a := l.end(t, []*peer{p})
	refused, sent := map[string]int{}, map[string]int{}
	for id, code := range a.outcome {
		method := "INVITE"
		if strings.Contains(id, "-BYE-") {
			method = "BYE"
		}
		sent[method]++
		switch code {
		case codes.OK:
		case codes.ResourceExhausted:
			refused[method]++
		default:
			t.Errorf("%s failed with %s", id, code)
		}
	}
	t.Logf("refused %v of %v; %d MiB", refused, sent, memory>>20)
	if refused["INVITE"] == 0 ||
		float64(refused["BYE"])/float64(sent["BYE"]) >= float64(refused["INVITE"])/float64(sent["INVITE"]) {
		t.Error("BYE is shed like INVITE")
	}
	if memory > 512<<20 {
		t.Errorf("the dispatcher takes %d MiB", memory>>20)
	}
}

func TestACallerThatGoesAwayTakesItsCallAlong(t *testing.T) {
	slow := startPeer(t, untilReleased)
	d := startDispatcher(t, []string{slow.addr})
	conn := dial(t, d.addr)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := invoke(ctx, conn, peertest.Numbered("chaos", "gone", routrpb.Method_INVITE))
		gone <- err
	}()
	stays := make(chan error, 1)
	go func() {
		_, err := invoke(context.Background(), conn, peertest.Numbered("chaos", "stays", routrpb.Method_INVITE))
		stays <- err
	}()
	peertest.Eventually(t, "both are in flight", func() bool { return len(slow.lines(t, "got")) == 2 })
	leave()
	if err := <-gone; status.Code(err) != codes.Canceled {
		t.Errorf("the one that left: %v", err)
	}
	peertest.Eventually(t, "the processor hears of it", func() bool {
		return contains(slow.lines(t, "canceled"), "gone")
	})
	slow.release()
	if err := <-stays; err != nil {
		t.Errorf("the other one: %v", err)
	}
}

func TestRetransmissionsInFlightAreDeliveredOnce(t *testing.T) {
	const requests, times = 50, 10
	slow := startPeer(t, untilReleased)
	d := startDispatcher(t, []string{slow.addr})
	conn := dial(t, d.addr)
	var all sync.WaitGroup
	for i := range requests * times {
		all.Go(func() {
			id := fmt.Sprintf("again-%d", i%requests)
			answer, err := invoke(context.Background(), conn, peertest.Numbered("chaos", id, routrpb.Method_INVITE))
			if err != nil || answer.GetMetadata()["id"] != id ||
				!peertest.Untouched(answer.GetMessage(), id, routrpb.Method_INVITE) {
				t.Errorf("%s: %v, %v", id, answer, err)
			}
		})
	}
	peertest.Eventually(t, "all are in flight", func() bool { return d.inFlight() == requests*times })
	slow.release()
	all.Wait()
	if got := slow.lines(t, "got"); len(got) != requests {
		t.Errorf("the processor got %d requests, want %d", len(got), requests)
	}
	if changed := slow.lines(t, "changed"); len(changed) > 0 {
		t.Errorf("they came otherwise than they were sent: %v", changed)
	}
}
