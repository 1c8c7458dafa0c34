//go:build interop

package interop

import (
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
)

const processorService = "fonoster.routr.processor.v2beta1.Processor"

func TestCallMetadataReachesEveryPeer(t *testing.T) {
	p := startPeers(t, routr("pre", "stamp"), routr("connect", "echo"))
	c := startClient(t, startDispatcher(t, spec{
		Processors: []processor{p.processor("connect")}, Middlewares: []middleware{p.before("pre")},
	}).addr)
	got := c.call(t, call{Request: invite(t), Metadata: map[string]string{
		"x-tenant": "acme", "x-trace-bin": "AP8B",
	}})
	if got.Error != nil {
		t.Fatalf("call failed: %+v", *got.Error)
	}
	for _, name := range []string{"pre", "connect"} {
		seen := p.only(t, name).Metadata
		equal(t, "x-tenant at "+name, seen["x-tenant"], []string{"acme"})
		equal(t, "x-trace-bin at "+name, seen["x-trace-bin"], []string{"AP8B"})
	}
}

func TestTheClientsShorterDeadlineReachesTheProcessor(t *testing.T) {
	p := startPeers(t, routr("connect", "hold"))
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{p.processor("connect")}}).addr)
	c.begin(t, call{Request: invite(t)}) // opens the connections, which could outlast the deadline
	p.await(t, "call")
	p.release(t)
	c.next(t)

	const deadline = 1000
	got := c.call(t, call{Request: invite(t), DeadlineMS: deadline})
	if got.Error == nil || got.Error.Code != codes.DeadlineExceeded {
		t.Fatalf("outcome = %+v, want DEADLINE_EXCEEDED", got)
	}
	p.await(t, "cancelled")
	calls := p.seen(t)
	if left := calls[len(calls)-1].TimeLeftMS; left == nil || *left > deadline {
		t.Errorf("deadline at the processor, in ms = %v, want at most %d", left, deadline)
	}
}

func TestCancellingACallCancelsItAtTheProcessor(t *testing.T) {
	p := startPeers(t, routr("connect", "hold"))
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{p.processor("connect")}}).addr)
	request := invite(t)
	id := c.begin(t, call{Request: request})
	p.await(t, "call")
	c.cancel(t, id)

	if got := p.await(t, "cancelled"); got.Ref != request["ref"] {
		t.Errorf("cancelled request = %s, want %s", got.Ref, request["ref"])
	}
	if got := c.next(t); got.Error == nil || got.Error.Code != codes.Canceled {
		t.Errorf("outcome = %+v, want CANCELLED", got)
	}
}

func TestHealthAnswersGRPCJS(t *testing.T) {
	p := startPeers(t, routr("connect", "echo"))
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{p.processor("connect")}}).addr)

	for _, service := range []string{"", processorService} {
		for _, op := range []string{"check", "watch"} {
			got := c.ask(t, op, service)
			equal(t, op+" of "+service, got.Response, map[string]any{"status": "SERVING"})
		}
	}
	equal(t, "watch of an unknown service", c.ask(t, "watch", "nobody").Response,
		map[string]any{"status": "SERVICE_UNKNOWN"})
	if got := c.ask(t, "check", "nobody").Error; got == nil || got.Code != codes.NotFound {
		t.Errorf("check of an unknown service = %+v, want NOT_FOUND", got)
	}
}

func TestARetransmissionSharesTheAnswerInFlight(t *testing.T) {
	p := startPeers(t, routr("connect", "hold"))
	d := startDispatcher(t, spec{Processors: []processor{p.processor("connect")}})
	c := startClient(t, d.addr)
	c.begin(t, call{Request: invite(t)})
	p.await(t, "call")
	c.begin(t, call{Request: invite(t)})
	c.begin(t, call{Request: inviteOf(t, "z9hG4bKother")})
	p.await(t, "call")
	d.awaitMetric(t, "routr_dispatcher_messages_in_flight 3")
	p.release(t)
	for range 3 {
		if got := c.next(t); got.Error != nil {
			t.Errorf("a call failed: %+v", *got.Error)
		}
	}
	d.awaitMetric(t, "routr_dispatcher_retransmissions_shared_total 1")
}

func TestSIGTERMLetsTheCallsInFlightFinish(t *testing.T) {
	const calls = 20
	p := startPeers(t, routr("connect", "hold"))
	d := startDispatcher(t, spec{Processors: []processor{p.processor("connect")}})
	c := startClient(t, d.addr)
	equal(t, "health before", c.ask(t, "watch", "").Response, map[string]any{"status": "SERVING"})
	watch := c.last
	for i := range calls {
		c.begin(t, call{Request: inviteOf(t, fmt.Sprintf("z9hG4bK%d", i))})
	}
	for range calls {
		p.await(t, "call")
	}

	d.terminate(t)
	if got := c.next(t); got.ID != watch || got.Response["status"] == "SERVING" {
		t.Errorf("after SIGTERM the client got %+v, want the health stream to say it or end", got)
	}
	p.release(t)
	for answered := 0; answered < calls; {
		got := c.next(t)
		if got.ID == watch {
			continue
		}
		answered++
		if got.Error != nil {
			t.Errorf("a call in flight failed: %+v", *got.Error)
		}
	}
	if code := d.exitCode(t); code != 0 {
		t.Errorf("exit code = %d, want 0", code)
	}
}
