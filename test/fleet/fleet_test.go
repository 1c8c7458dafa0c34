package fleet

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// edgePorts is how many there are; each has one message in flight at most.
const edgePorts = 12

// some is how many messages pass between two changes.
const some = 1000

// TestAFleetChangesUnderLoad begins with two dispatchers and two processors. Of each one more comes, one leaves as it
// does in Kubernetes, and one is killed. Only what was in flight at a killed one may fail.
func TestAFleetChangesUnderLoad(t *testing.T) {
	n := newNetwork(t)
	a, b := n.startProcessor(t, "processor-a"), n.startProcessor(t, "processor-b")
	n.add(processors, a.ip)
	n.add(processors, b.ip)
	one, two := n.startDispatcher(t, "dispatcher-1"), n.startDispatcher(t, "dispatcher-2")
	n.add(dispatchers, one.ip)
	n.add(dispatchers, two.ip)
	l := startLoad(t, edgePorts)
	l.more(t, some)

	three := n.startDispatcher(t, "dispatcher-3")
	n.add(dispatchers, three.ip)
	before := l.lookUps()
	peertest.Eventually(t, "every connection became as old as it may", func() bool { return l.renewed(before) })
	t.Logf("once every connection had become as old as it may, %d of %d EdgePorts were at the new dispatcher",
		l.at(three.ip), edgePorts)
	peertest.Eventually(t, "the new dispatcher has its share", func() bool { return l.at(three.ip) >= edgePorts/4 })

	c := n.startProcessor(t, "processor-c")
	n.add(processors, c.ip)
	peertest.Eventually(t, "all dispatchers send to the new processor", func() bool { return len(c.from(t)) == 3 })
	n.leave(t, a.process, processors)
	l.more(t, some)
	none(t, l, "with a processor more, and one that left")

	n.leave(t, one, dispatchers)
	l.more(t, some)
	if l.at(one.ip) > 0 {
		t.Errorf("%d EdgePorts are still at the dispatcher that left", l.at(one.ip))
	}
	none(t, l, "with a dispatcher more, and one that left")

	killed := kill(t, l, two, func() { n.remove(dispatchers, two.ip) })
	for id, o := range killed {
		if o.by != two.ip {
			t.Errorf("%s failed, and was sent to %s, not to the dispatcher that was killed: %s", id, o.by, o.error)
		}
	}
	atB := kill(t, l, b.process, func() { n.remove(processors, b.ip) })
	for id := range killed {
		delete(atB, id)
	}
	close(l.stop)
	l.done.Wait()
	account(t, l, a, b, c)
	gotB := b.got(t)
	for id := range atB {
		if !slices.ContainsFunc(gotB, func(d delivery) bool { return d.id == id }) && reached(t, id, a, c) {
			t.Errorf("%s failed although another processor than the killed one got it", id)
		}
	}
	t.Logf("of %d messages, %d failed with the killed dispatcher and %d with the killed processor", len(l.outcome),
		len(killed), len(atB))
}

// none fails the test where a message failed so far.
func none(t *testing.T, l *load, when string) {
	t.Helper()
	for id, o := range l.failed() {
		t.Fatalf("%s, %s failed: %s", when, id, o.error)
	}
}

// kill kills a process, and lets others find that out before its name is taken from the list. It returns what failed so
// far, each loudly and one for each EdgePort at most since.
func kill(t *testing.T, l *load, p *process, forget func()) map[string]outcome {
	t.Helper()
	before := l.failed()
	p.Signal(syscall.SIGKILL)
	p.Ended(t)
	l.more(t, some)
	forget()
	l.more(t, some)
	failed, by := l.failed(), map[string]int{}
	for id, o := range failed {
		if _, known := before[id]; known {
			continue
		}
		if o.code != codes.Unavailable {
			t.Errorf("%s failed with %s: %s", id, o.code, o.error)
		}
		name, _, _ := strings.Cut(id, "-")
		if by[name]++; by[name] > 1 {
			t.Errorf("%s had one message in flight, and more failed when %s was killed", name, p.name)
		}
	}
	return failed
}

// account holds what the processors got against what the EdgePorts were told.
func account(t *testing.T, l *load, all ...*processor) {
	t.Helper()
	at := map[string][]string{}
	for _, p := range all {
		for _, d := range p.got(t) {
			at[d.id] = append(at[d.id], d.processor)
			if d.changed {
				t.Errorf("%s came to %s otherwise than it was sent", d.id, d.processor)
			}
		}
	}
	for id, by := range at {
		if len(by) > 1 {
			t.Errorf("%s was delivered to %v", id, by)
		}
		if _, sent := l.outcome[id]; !sent {
			t.Errorf("%s was delivered and never sent", id)
		}
	}
	for id, o := range l.outcome {
		if o.code == codes.OK && len(at[id]) != 1 {
			t.Errorf("%s was answered and delivered to %v", id, at[id])
		}
	}
	if len(l.mixedUp) > 0 {
		t.Errorf("%d answers differ from what was sent, such as that to %s", len(l.mixedUp), l.mixedUp[0])
	}
}

// reached reports whether one of the processors got a message.
func reached(t *testing.T, id string, all ...*processor) bool {
	t.Helper()
	return slices.ContainsFunc(all, func(p *processor) bool {
		return slices.ContainsFunc(p.got(t), func(d delivery) bool { return d.id == id })
	})
}
