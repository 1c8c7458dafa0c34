package backend

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// between are a call's events, but that something happens between the answer's end and the stream's.
type between struct {
	frames.Events
	ended  func() // when END_STREAM was told
	unsaid bool   // the stream's end isn't told
}

// Head is part of frames.Events.
func (e *between) Head(b *frames.Batch, s *frames.Stream, head []frames.Field, end bool) {
	e.Events.Head(b, s, head, end)
	if end {
		e.ended()
	}
}

// Closed is part of frames.Events.
func (e *between) Closed(b *frames.Batch, s *frames.Stream, why frames.Close) {
	if !e.unsaid {
		e.Events.Closed(b, s, why)
	}
}

// TestACallThatIsJudgedHasItsTimeOut has the time be up when an answer has come whole, and its stream's end isn't told
// yet, or never is: the call is told once, and nothing is left of it.
func TestACallThatIsJudgedHasItsTimeOut(t *testing.T) {
	f := startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
		answering{fr, stream}.answer(framedMessage(0, "answer"))
	})
	for name, unsaid := range map[string]bool{
		"the clock strikes between the two": false, "the stream's end is never told": true,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := WithLanes(nil).Get(Options{
				Role: Processor, Ref: "p", Addrs: []Address{{Target: f.Addr}}, Timeout: time.Second / 2,
				MaxMessageBytes: 1 << 20,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if b.Connect(); !b.awaitLane(30 * time.Second) {
				t.Fatal("no lane was made")
			}
			k := newCaller(context.Background())
			x, batch, struck := &k.x, &frames.Batch{}, make(chan struct{})
			if !b.Start(batch, x, wire([]byte("request")), nil) {
				t.Fatal("it wasn't sent on a lane")
			}
			x.stream.Events = &between{Events: x.stream.Events, unsaid: unsaid, ended: func() {
				if !unsaid {
					select {
					case <-struck:
					case <-time.After(20 * time.Second):
					}
				}
			}}
			batch.Flush()
			select {
			case <-k.told:
				close(struck)
			case <-time.After(30 * time.Second):
				t.Fatal("nothing is told of it")
			}
			var failed *status.Error
			if !errors.As(x.Err, &failed) || failed.Code != status.DeadlineExceeded || x.Again {
				t.Errorf("it ended with %q, %v; again: %v", x.Answer, x.Err, x.Again)
			}
			if _, err := b.Call(t.Context(), wire([]byte("another")), nil, nil); err != nil || len(k.told) > 0 {
				t.Errorf("it was told %d times more; another call: %v", len(k.told), err)
			}
			if s := b.Status(); s.InFlight != 0 || s.Instances[0].InFlight != 0 {
				t.Errorf("%d calls are in flight, at the instance %d", s.InFlight, s.Instances[0].InFlight)
			}
			if x.Reusable() {
				t.Error("it may be used again, and its stream was reset")
			}
		})
	}
}
