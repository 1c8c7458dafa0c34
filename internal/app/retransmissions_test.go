package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// copies are callers with the same request, some over gRPC and some over Connect.
type copies struct {
	t       *testing.T
	s       *served
	conn    *grpc.ClientConn // of those that call over gRPC
	client  *http.Client     // of the others
	request []byte
	flying  int // messages in flight
	outcome []chan result
}

// result is what one caller got.
type result struct {
	answer []byte
	err    error
}

// send sends the request once more and waits until it is in flight.
func (c *copies) send() (leave context.CancelFunc) {
	c.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	c.t.Cleanup(leave)
	got := make(chan result, 1)
	c.outcome = append(c.outcome, got)
	even := len(c.outcome)%2 == 0
	go func() {
		var r result
		if even {
			r.answer, r.err = overConnect(ctx, c.client, c.s.Addr().String(), c.request)
		} else {
			r.answer, r.err = overGRPC(ctx, c.conn, c.request)
		}
		got <- r
	}()
	c.flying++
	c.awaitFlying()
	return leave
}

// awaitFlying waits until so many messages are in flight.
func (c *copies) awaitFlying() {
	c.t.Helper()
	line := fmt.Sprintf("\nroutr_dispatcher_messages_in_flight %d\n", c.flying)
	eventually(c.t, strings.TrimSpace(line), func() bool {
		_, text := c.s.get(c.t, "/metrics")
		return strings.Contains(text, line)
	})
}

// holding is a processor that answers when it is told to, and tells when a caller gives it up.
type holding struct {
	*peertest.Peer
	release chan result
	givenUp chan struct{}
}

func newHolding(t *testing.T) *holding {
	h := &holding{release: make(chan result, 10), givenUp: make(chan struct{}, 10)}
	h.Peer = peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		select {
		case r := <-h.release:
			return r.answer, r.err
		case <-ctx.Done():
			h.givenUp <- struct{}{}
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	})
	return h
}

// newCopies starts a dispatcher before a processor that holds its answers.
func newCopies(t *testing.T, lines ...string) (*copies, *holding) {
	t.Helper()
	h := newHolding(t)
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(h.Addr+"\n      timeout: 10m", lines...))
	s := serveFile(t, path)
	return &copies{t: t, s: s, conn: s.client(t).conn, client: h2c(t), request: numbered(t, 1)}, h
}

func TestRetransmissionsShareOneCall(t *testing.T) {
	c, h := newCopies(t)
	for range 4 {
		c.send()
	}
	want := numberedAnswer(t, 1)
	h.release <- result{answer: want}
	for i, got := range c.outcome {
		if r := <-got; r.err != nil || !bytes.Equal(r.answer, want) {
			t.Errorf("caller %d gets %d bytes, %v; the processor answered %d", i, len(r.answer), r.err, len(want))
		}
	}
	if n := len(h.Calls()); n != 1 {
		t.Errorf("the processor got it %d times", n)
	}
	c.flying = 0
	c.awaitFlying()
	var list struct{ Decisions []decision.Entry }
	_, page := c.s.get(t, "/api/v1/decisions")
	if err := json.Unmarshal([]byte(page), &list); err != nil || len(list.Decisions) != 4 {
		t.Fatalf("%d decisions, %v: %s", len(list.Decisions), err, page)
	}
	shared := 0
	for _, e := range list.Decisions {
		if e.Shared != (len(e.Calls) == 0) || e.Code != "OK" {
			t.Errorf("a decision: %+v", e)
		}
		if e.Shared {
			shared++
		}
	}
	_, text := c.s.get(t, "/metrics")
	if line := "\nroutr_dispatcher_retransmissions_shared_total 3\n"; shared != 3 || !strings.Contains(text, line) {
		t.Errorf("%d decisions are shared, the metric isn't %s", shared, line)
	}
	c.send() // nothing is in flight any more
	h.release <- result{answer: want}
	if r := <-c.outcome[4]; r.err != nil || len(h.Calls()) != 2 {
		t.Errorf("a later one: %v, %d calls", r.err, len(h.Calls()))
	}
}

func TestRetransmissionsShareAFailure(t *testing.T) {
	denied, err := status.New(codes.PermissionDenied, "not your number").WithDetails(wrapperspb.String("BLOCKED"))
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]codes.Code{"false": codes.PermissionDenied, "true": codes.OK} {
		t.Run("answerFailures: "+answer, func(t *testing.T) {
			c, h := newCopies(t, "  answerFailures: "+answer)
			for range 3 {
				c.send()
			}
			h.release <- result{err: denied.Err()}
			first, second, third := <-c.outcome[0], <-c.outcome[1], <-c.outcome[2]
			if status.Code(first.err) != want || status.Code(third.err) != want ||
				(second.err == nil) != (want == codes.OK) {
				t.Errorf("they get %v, %v, %v", first.err, second.err, third.err)
			}
			if want == codes.OK && (len(first.answer) == 0 || !bytes.Equal(first.answer, second.answer)) {
				t.Errorf("they get % x and % x", first.answer, second.answer)
			}
			if want != codes.OK && (len(status.Convert(third.err).Details()) != 1 ||
				!strings.Contains(second.err.Error(), "processor ref = connect: not your number")) {
				t.Errorf("they get %v, %v", second.err, third.err)
			}
			if n := len(h.Calls()); n != 1 {
				t.Errorf("the processor got it %d times", n)
			}
		})
	}
}

// TestACallLastsAsLongAsAnyOfItsCallers has the first caller leave, whose message stays in flight as the work for the
// others, and then all of them. What was sent later on a connection says that the leaving was seen.
func TestACallLastsAsLongAsAnyOfItsCallers(t *testing.T) {
	c, h := newCopies(t)
	first, second := c.send(), c.send()
	first()
	c.send()
	second()
	c.flying--
	c.awaitFlying()
	want := numberedAnswer(t, 1)
	h.release <- result{answer: want}
	if r := <-c.outcome[2]; r.err != nil || !bytes.Equal(r.answer, want) {
		t.Errorf("the third gets %d bytes, %v", len(r.answer), r.err)
	}
	if n := len(h.givenUp); n != 0 || len(h.Calls()) != 1 {
		t.Errorf("the call was given up %d times, of %d", n, len(h.Calls()))
	}
	c.flying = 0
	c.awaitFlying()
	fourth, fifth := c.send(), c.send()
	eventually(t, "the processor has the call", func() bool { return len(h.Calls()) == 2 })
	fourth()
	fifth()
	eventually(t, "the call is given up", func() bool { return len(h.givenUp) == 1 })
	c.flying = 0
	c.awaitFlying()
}

// TestARetransmissionAfterAReloadSharesTheAnswerOfTheFirst: what is in flight is of the process, not of a
// configuration.
func TestARetransmissionAfterAReloadSharesTheAnswerOfTheFirst(t *testing.T) {
	c, h := newCopies(t)
	c.send()
	other := peertest.Start(t, named("other"))
	write(t, c.s.path, yamlFor(other.Addr))
	if _, err := c.s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	c.send()
	want := numberedAnswer(t, 1)
	h.release <- result{answer: want}
	for i, got := range c.outcome {
		if r := <-got; r.err != nil || !bytes.Equal(r.answer, want) {
			t.Errorf("caller %d gets %d bytes, %v", i, len(r.answer), r.err)
		}
	}
	if n := len(other.Calls()); n != 0 {
		t.Errorf("the other processor got it %d times", n)
	}
}
