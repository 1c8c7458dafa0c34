package impact

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Bounds on Overlaps.
const (
	maxPairs   = 10_000
	shownPairs = 1000
	dutyCycle  = 100                   // it rests so many times as long as it works
	leastRest  = 20 * time.Millisecond // between two messages
)

// Overlaps counts which rules would have taken what others took, of a sample of messages. The zero value is ready; it
// is safe for concurrent use.
type Overlaps struct {
	mu       sync.Mutex
	epoch    uint64
	refs     []string // by the rules' indexes
	since    time.Time
	begun    uint64 // messages before the first sample of the epoch
	of       uint64
	messages uint64
	pairs    map[[2]int]*overlapping
	others   uint64
}

type overlapping struct {
	count   uint64
	example string
}

// Overlap is a pair of rules that take the same messages.
type Overlap struct {
	Rule    int     `json:"rule"` // index of the one that took them
	Ref     string  `json:"ref"`
	Over    int     `json:"over"` // index of the one that would have
	OverRef string  `json:"overRef"`
	Count   uint64  `json:"count"`
	Of      uint64  `json:"of"`      // messages that were evaluated by all rules
	Example *string `json:"example"` // a decision; null where none is kept any more
}

// OverlapReport is what was found of the rules of an epoch.
type OverlapReport struct {
	Epoch    uint64    `json:"epoch"`
	Since    time.Time `json:"since"`
	Of       uint64    `json:"of"`
	Messages uint64    `json:"messages"` // that came meanwhile
	Overlaps []Overlap `json:"overlaps"`
	Others   uint64    `json:"others"` // of pairs that there was no room for
}

// Run evaluates samples by the rules that run, until ctx ends. It works a hundredth of the time at most. current
// returns the rules that run and the number of their epoch.
func (o *Overlaps) Run(ctx context.Context, log *decision.Log, current func() (epoch uint64, t *routing.Table)) {
	for {
		s, err := log.Sample(ctx)
		if err != nil {
			return
		}
		start := time.Now()
		panics.Do("look for overlapping rules", func() {
			if epoch, t := current(); epoch == s.Epoch {
				o.add(ctx, s, t)
			}
		})
		rest := time.NewTimer(max(leastRest, dutyCycle*time.Since(start)))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return
		}
	}
}

// add evaluates a message by the rules behind the one that took it.
func (o *Overlaps) add(ctx context.Context, s decision.Sample, t *routing.Table) {
	req, err := message.Parse(s.Routed)
	if err != nil { // rules saw it
		return
	}
	also := t.Behind(ctx, req, s.Rule)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.epoch != s.Epoch {
		o.begin(s, t)
	}
	o.of++
	o.messages = s.Messages - o.begun
	for _, over := range also {
		key := [2]int{s.Rule, over}
		p := o.pairs[key]
		if p == nil {
			if len(o.pairs) >= maxPairs {
				o.others++
				continue
			}
			p = &overlapping{}
			o.pairs[key] = p
		}
		p.count++
		p.example = s.ID
	}
}

// begin counts anew: another configuration has other rules. The caller holds o.mu.
func (o *Overlaps) begin(s decision.Sample, t *routing.Table) {
	o.epoch, o.since, o.begun, o.of, o.others = s.Epoch, time.Now().UTC(), s.Messages-1, 0, 0
	o.pairs = map[[2]int]*overlapping{}
	o.refs = make([]string, len(t.Rules()))
	for i, rule := range t.Rules() {
		o.refs[i] = rule.Ref
	}
}

// Report returns what was found of the rules of an epoch, which began at a time; the most frequent first.
func (o *Overlaps) Report(epoch uint64, began time.Time) OverlapReport {
	r := OverlapReport{Epoch: epoch, Since: began.UTC(), Overlaps: []Overlap{}}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.epoch != epoch {
		return r
	}
	r.Since, r.Of, r.Messages, r.Others = o.since, o.of, o.messages, o.others
	for key, p := range o.pairs {
		r.Overlaps = append(r.Overlaps, Overlap{
			Rule: key[0], Ref: o.refs[key[0]], Over: key[1], OverRef: o.refs[key[1]], Count: p.count, Of: o.of,
			Example: &p.example,
		})
	}
	slices.SortFunc(r.Overlaps, func(a, b Overlap) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Over, b.Over))
	})
	r.Overlaps = r.Overlaps[:min(len(r.Overlaps), shownPairs)]
	for i := range r.Overlaps {
		example := *r.Overlaps[i].Example // its own, as counting goes on
		r.Overlaps[i].Example = &example
	}
	return r
}
