package dispatch

import (
	"bytes"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// delivered is what a Receiver was told.
type delivered struct {
	answer []byte
	err    error
}

// receiver is a door's stream that keeps what it is told.
type receiver chan delivered

func (r receiver) Done(_ *frames.Batch, answer []byte, err error) {
	r <- delivered{bytes.Clone(answer), err}
}

// deliver starts a message and returns where its outcome will be.
func deliver(s *Service, d *Delivery, request []byte) receiver {
	r := make(receiver, 2) // room for one too many
	d.Request, d.To = request, r
	var batch frames.Batch
	s.Start(&batch, d)
	batch.Flush()
	return r
}

func TestADeliveryIsToldOnceWhatBecameOfIt(t *testing.T) {
	p := newPipeline(t, nil, []stop{{ref: "p", answer: pass}}, nil)
	s := newService(t, p.Dispatcher)
	data := wire(request(sipRequest()))()
	want, err := s.Process(t.Context(), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	var d Delivery
	for range 2 { // a Delivery may be used again
		r := deliver(s.Service, &d, data)
		if got := <-r; got.err != nil || !bytes.Equal(got.answer, want) {
			t.Errorf("got %q, %v; want %q", got.answer, got.err, want)
		}
		if len(r) > 0 {
			t.Error("it was told twice")
		}
		d.Reset()
	}
}

func TestADeliveryEndsWithItsCaller(t *testing.T) {
	for name, c := range map[string]struct {
		deadline time.Duration // 0 for none
		want     status.Code
	}{
		"who goes away":               {0, status.Canceled},
		"whose time is up":            {50 * time.Millisecond, status.DeadlineExceeded},
		"who was gone from the start": {-1, status.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, 1)
			over := make(chan struct{})
			defer close(over)
			hang := func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
				asked <- struct{}{}
				<-over
				return pass(req)
			}
			p := newPipeline(t, nil, []stop{{ref: "p", answer: hang}}, nil)
			s := newService(t, p.Dispatcher)
			var d Delivery
			if c.deadline > 0 {
				d.Deadline = time.Now().Add(c.deadline)
			}
			if c.deadline < 0 {
				d.Leave()
			}
			r := deliver(s.Service, &d, wire(call(routrpb.Method_INVITE))())
			if c.deadline == 0 {
				<-asked
				d.Leave()
			}
			if got := <-r; status.CodeOf(got.err) != c.want {
				t.Errorf("it got %q, %v; want %s", got.answer, got.err, c.want)
			}
			d.Leave() // too late, and no matter
		})
	}
}
