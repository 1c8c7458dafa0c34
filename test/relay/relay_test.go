// Package relay compares the two ways that a message may take through the dispatcher (spec.relay): the same traffic is
// sent to a dispatcher of each, and what callers get, what is recorded and what processors see must be the same.
package relay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is what both sides call.
type network struct {
	peer, pre, skipped, post *grpcPeer
	odd                      *odd
	last                     map[string]*odd // those whose connections end, by what they do
}

func startNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{
		peer: startPeer(t, "do"), pre: startPeer(t, "pre"), skipped: startPeer(t, "skipped"), post: startPeer(t,
			"post"),
		odd: startOdd(t), last: map[string]*odd{},
	}
	for do := range lastActs {
		n.last[do] = startOdd(t)
	}
	return n
}

// saw is what everybody saw since the last time.
func (n *network) saw() []string {
	var all []string
	for name, calls := range map[string][]string{
		"real": n.peer.saw(), "pre": n.pre.saw(), "skipped": n.skipped.saw(), "post": n.post.saw(), "odd": n.odd.saw(),
	} {
		for _, c := range calls {
			all = append(all, name+": "+c)
		}
	}
	for name, o := range n.last {
		for _, c := range o.saw() {
			all = append(all, name+": "+c)
		}
	}
	slices.Sort(all)
	return all
}

// spec is the configuration of both sides: metadata.to of a message says which processor gets it; by default it is the
// real one. Lines are further properties.
func (n *network) spec(t *testing.T, lines ...string) string {
	t.Helper()
	var b strings.Builder
	for _, l := range append(lines, "maxMessageBytes: 64KiB",
		"timeout: "+timeout.String(),
		"limits: {headerBytes: 16KiB, memory: 16GiB, readHeaderTimeout: 10m, readTimeout: 10m, writeTimeout: 10m}",
		"ejection: {consecutiveFailures: 1000, minCalls: 100000}",
		"decisions: {keep: 100000, maxBytes: 1024MiB, keepMessages: 100000}") {
		b.WriteString("  " + l + "\n")
	}
	b.WriteString("  processors:\n")
	processor := func(ref, addr, rule, more string) {
		fmt.Fprintf(&b, "    - {ref: %s, addr: %q, methods: [UNKNOWN, REGISTER, INVITE, MESSAGE, PUBLISH, NOTIFY, "+
			"SUBSCRIBE, ACK, BYE, CANCEL, OPTIONS, PRACK, INFO, REFER], matchFunc: %q%s}\n", ref, addr, rule, more)
	}
	to := func(name string) string { return fmt.Sprintf(`req => req.metadata.to === "%s"`, name) }
	processor("throws", n.peer.addr, `req => req.metadata.to === "throws" && req.nothing.there`, "")
	processor("none", n.peer.addr, `req => false`, "")
	processor("refuses", refusing, to("refuses"), "")
	processor("slow", n.peer.addr, to("slow"), ", timeout: 150ms")
	processor("odd", n.odd.addr, to("odd"), "")
	for i, do := range slices.Sorted(maps.Keys(n.last)) {
		processor(fmt.Sprint("last", i), n.last[do].addr, to(do), "")
	}
	processor("real", n.peer.addr, `req => req.metadata.to !== "nobody"`, "")
	return b.String()
}

// timeout is spec.timeout: nothing takes so long.
const timeout = 30 * time.Second

// refusing is where nobody listens: no program may without privileges, and no connection goes out from there.
const refusing = "127.0.0.1:1"

// middlewares are the lines of a configuration that has some, each of which does what its own key of the metadata says.
func (n *network) middlewares() string {
	return fmt.Sprintf(`middlewares:
    - {ref: pre, addr: %q, postProcessor: false}
    - {ref: skipped, addr: %q, postProcessor: false, onError: skip}
    - {ref: post, addr: %q, postProcessor: true}`, n.pre.addr, n.skipped.addr, n.post.addr)
}

// result is what is compared.
type result struct {
	answers   map[string]string
	decisions []string
	ways      map[string]int // of the decisions
	saw       []string
	counts    []string
}

// conclude ends a side's run, in which as many messages were recorded as in another; 0 where there is none yet.
func (s *side) conclude(t *testing.T, n *network, answers map[string]string, as int) result {
	t.Helper()
	r := result{answers: answers, ways: map[string]int{}}
	for _, d := range s.decisions(t, as) {
		r.decisions = append(r.decisions, d.text)
		r.ways[d.way]++
	}
	r.counts = s.counts(t)
	r.saw = n.saw()
	s.stop()
	return r
}

// compare runs traffic on both sides, and fails where anything differs. run returns the answers by the requests'
// names, once everything is recorded on the ordinary way.
// It returns how many messages took which way on the side that has a relay.
func compare(
	t *testing.T, n *network, spec string, run func(t *testing.T, s *side) map[string]string,
) map[string]int {
	t.Helper()
	s := serve(t, config.RelayOff, spec)
	ordinary := s.conclude(t, n, run(t, s), 0)
	s = serve(t, config.RelayAuto, spec)
	relayed := s.conclude(t, n, run(t, s), len(ordinary.decisions))
	t.Logf("%d answers, %d decisions, ways %v and %v", len(ordinary.answers), len(ordinary.decisions), relayed.ways,
		ordinary.ways)
	if len(ordinary.answers) == 0 {
		t.Error("nothing was sent")
	}
	for _, name := range slices.Sorted(maps.Keys(ordinary.answers)) {
		if diff := cmp.Diff(ordinary.answers[name], relayed.answers[name]); diff != "" {
			t.Errorf("%s: the answers differ, - is the ordinary way's:\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(ordinary.decisions, relayed.decisions); diff != "" {
		t.Errorf("the decisions differ, - are the ordinary way's:\n%s", diff)
	}
	if diff := cmp.Diff(ordinary.saw, relayed.saw); diff != "" {
		t.Errorf("what processors saw differs, - is the ordinary way's:\n%s", diff)
	}
	if diff := cmp.Diff(ordinary.counts, relayed.counts); diff != "" {
		t.Errorf("the metrics differ, - are the ordinary way's:\n%s", diff)
	}
	if ordinary.ways["relay"] != 0 {
		t.Errorf("where there is no relay, %d messages took it", ordinary.ways["relay"])
	}
	return relayed.ways
}

// allRelayed fails where a message took the ordinary way.
func allRelayed(t *testing.T, ways map[string]int) {
	t.Helper()
	if ways["ordinary"] != 0 || ways["relay"] == 0 {
		t.Errorf("the messages took these ways: %v", ways)
	}
}

// inTurn runs calls one after another on one connection, which is made anew where one ends it.
func inTurn(calls []call) func(t *testing.T, s *side) map[string]string {
	return func(t *testing.T, s *side) map[string]string {
		t.Helper()
		answers := map[string]string{}
		w := dial(t, s.addr)
		for _, c := range calls {
			if c.fresh || w.err != nil || w.leaves {
				w.Close()
				w = dial(t, s.addr)
			}
			if _, twice := answers[c.name]; twice {
				t.Fatalf("two calls are named %q", c.name)
			}
			answers[c.name] = w.make(t, c).String()
			w.leaves = w.leaves || c.fresh
		}
		w.Close()
		return answers
	}
}
