package decision

import (
	"bytes"
	"context"
)

// Sample is one of the messages that a rule took.
type Sample struct {
	ID       string
	Routed   []byte // the message as the rules saw it, with every secret in it
	Rule     int    // index of the rule that took it
	Epoch    uint64
	Messages uint64 // that rules took since the start, this one included
}

// sampler takes one message when somebody wants one. Log.mu guards it, but for got.
type sampler struct {
	wanted bool
	seen   uint64
	got    chan taken
}

type taken struct {
	Sample
	number uint64
}

// add is called for every record; it is next's number.
func (s *sampler) add(r *Record, n uint64) {
	if r.rule == 0 || r.Routed == nil {
		return
	}
	s.seen++
	if !s.wanted {
		return
	}
	s.wanted = false
	routed := r.Routed
	if r.Relayed {
		routed = bytes.Clone(routed)
	}
	s.got <- taken{Sample{Routed: routed, Rule: int(r.rule) - 1, Epoch: r.Epoch, Messages: s.seen}, n} // it has room
}

// Sample waits for the next message that a rule takes, until ctx ends, which is the only error. One goroutine at a time
// calls it.
func (l *Log) Sample(ctx context.Context) (Sample, error) {
	l.mu.Lock()
	l.sampler.wanted = len(l.sampler.got) == 0
	l.mu.Unlock()
	select {
	case t := <-l.sampler.got:
		t.ID = l.id(t.number)
		return t.Sample, nil
	case <-ctx.Done():
		return Sample{}, ctx.Err()
	}
}
