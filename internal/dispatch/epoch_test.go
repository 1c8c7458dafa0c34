package dispatch

import (
	"context"
	"slices"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TestAnEpochEndsWithTheLastOfItsMessages replaces an epoch while a message is in it.
func TestAnEpochEndsWithTheLastOfItsMessages(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	slow := newPipeline(t, nil, []stop{{
		ref: "slow",
		answer: func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
			close(arrived)
			<-release
			return pass(req)
		},
	}}, nil)
	quick := newPipeline(t, nil, []stop{{ref: "quick", answer: pass}}, nil)
	s := newService(t, quick.Dispatcher)
	var events []string
	epoch := func(n uint64, p *pipeline, name string) *Epoch {
		return NewEpoch(p.Dispatcher, EpochParams{
			Number:  n,
			Close:   func() { events = append(events, name+" closed") },
			Observe: func(rec *decision.Record) { events = append(events, name+" observed "+rec.Processor) },
		})
	}
	s.Use(epoch(2, slow, "second"))
	done := make(chan error)
	go func() {
		_, err := s.Process(context.Background(), wire(request(sipRequest()))(), nil)
		done <- err
	}()
	<-arrived
	s.Use(epoch(3, quick, "third"))
	if _, err := s.Process(t.Context(), wire(request(sipRequest()))(), nil); err != nil {
		t.Fatal(err)
	}
	if want := []string{"third observed quick"}; !slices.Equal(events, want) {
		t.Errorf("while a message is in the second: %q, want %q", events, want)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if want := []string{"third observed quick", "second observed slow", "second closed"}; !slices.Equal(events, want) {
		t.Errorf("after it: %q, want %q", events, want)
	}
	page, err := s.Decisions.List(decision.Query{})
	entries := page.Entries
	if err != nil || len(entries) != 2 || entries[0].Epoch != 2 || entries[1].Epoch != 3 {
		t.Errorf("the records say %+v, %v", entries, err)
	}
}

func TestAfterTheLastEpochMessagesAreRefused(t *testing.T) {
	p := newPipeline(t, nil, []stop{{ref: "p", answer: pass}}, nil)
	s := newService(t, p.Dispatcher)
	last := s.current.Load()
	if !last.Enter() {
		t.Fatal("the current epoch is over")
	}
	s.Service.Close()
	last.Leave()
	_, err := s.Process(t.Context(), wire(request(sipRequest()))(), nil)
	if e := status.Of(err); status.CodeOf(err) != status.Unavailable || e.Message != "the dispatcher is stopping" {
		t.Errorf("got %v", err)
	}
	if last.Enter() {
		t.Error("an epoch that is over lets somebody in")
	}
	s.Use(NewEpoch(p.Dispatcher, EpochParams{Close: func() {}})) // for the test's end
}

// TestAnEpochEndsOnceItsLastRecordIsKept counts the records when the epoch is closed: what is closed after that has all
// of them.
func TestAnEpochEndsOnceItsLastRecordIsKept(t *testing.T) {
	var s served
	next := newPipeline(t, nil, []stop{{ref: "next", answer: pass}}, nil)
	p := newPipeline(t, nil, []stop{{ref: "p", answer: func(req *routrpb.MessageRequest) *routrpb.MessageResponse {
		s.Use(NewEpoch(next.Dispatcher, EpochParams{Number: 3, Close: func() {}}))
		return pass(req)
	}}}, nil)
	s = newService(t, p.Dispatcher)
	kept := -1
	s.Use(NewEpoch(p.Dispatcher, EpochParams{Number: 2, Close: func() {
		if page, err := s.Decisions.List(decision.Query{}); err == nil {
			kept = len(page.Entries)
		}
	}}))
	if _, err := s.Process(t.Context(), wire(request(sipRequest()))(), nil); err != nil {
		t.Fatal(err)
	}
	if kept != 1 {
		t.Errorf("%d records were kept when the epoch ended", kept)
	}
}
