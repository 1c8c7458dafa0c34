package decision

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestRulesAreCountedOverReloads(t *testing.T) {
	l := newLog(t, Options{})
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	keys := []RuleKey{{"a", "req => true"}, {"b", "req => false"}, {"c", "req => 1"}}
	first := NewRuleCounts(keys, start, nil)
	add := func(c *RuleCounts, change func(*Record)) {
		r := record(t, 1, 1)
		r.Rules, r.Processor = c, ""
		change(r)
		l.Add(r)
		if slot := l.at(l.next - 1); slot.rec.Rules != nil || slot.rec.ruleError != nil {
			t.Error("the ring keeps a configuration's counts")
		}
	}
	add(first, func(r *Record) { r.Picked(0, "a") })
	add(first, func(r *Record) { r.Picked(0, "a") })
	add(first, func(r *Record) { r.Code = 5 })
	add(first, func(r *Record) {
		r.RuleFailed(1, "b", errors.New("boom"))
		r.Code, r.Error = 13, "matchFunc of processor ref = b: boom"
	})
	add(first, func(r *Record) {
		r.RuleFailed(1, "b", errors.New("password=hunter2"))
		r.Picked(2, "c") // it was skipped
	})
	states, unrouted := l.RuleStates(first)
	a, b, c := states[0], states[1], states[2]
	if a.Hits != 2 || *a.LastHitID != l.id(2) || a.LastHit == nil || a.Errors != 0 || a.LastError != nil ||
		!a.Since.Equal(start) {
		t.Errorf("a: %+v", a)
	}
	if b.Hits != 0 || b.LastHit != nil || b.Errors != 2 || b.LastError.ID != l.id(5) ||
		b.LastError.Message != "password=***" {
		t.Errorf("b: %+v, %+v", b, b.LastError)
	}
	if c.Hits != 1 || unrouted != 1 {
		t.Errorf("c: %+v, %d unrouted", c, unrouted)
	}
	later := start.Add(time.Hour)
	second := NewRuleCounts([]RuleKey{{"c", "req => 1"}, {"a", "req => 2"}, {"b", "req => false"}}, later, first)
	add(first, func(r *Record) { r.Picked(2, "c") }) // in flight since before
	add(second, func(r *Record) {
		r.RuleFailed(2, "b", errors.New("x"))
		r.Code, r.Error = 13, "matchFunc of processor ref = b: boom"
	})
	states, unrouted = l.RuleStates(second)
	if states[0].Hits != 2 || states[1].Hits != 0 || !states[1].Since.Equal(later) || states[2].Errors != 3 ||
		unrouted != 0 {
		t.Errorf("%+v, %d unrouted", states, unrouted)
	}
	if states[2].LastError.Message != "boom" || !states[2].Since.Equal(start) {
		t.Errorf("%+v", states[2].LastError)
	}
	if none, _ := l.RuleStates(nil); none != nil {
		t.Error("nobody's rules have states")
	}
}

func TestASampleIsAMessageThatARuleTook(t *testing.T) {
	l := newLog(t, Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Sample(ended); err == nil {
		t.Error("a sample of nothing")
	}
	l.Add(record(t, 0, 1)) // no rule took it
	for n := range 3 {
		r := record(t, n, 1)
		r.Picked(4, "im")
		r.Routed = []byte{byte(n)}
		l.Add(r)
	}
	s, err := l.Sample(t.Context()) // it was asked for before
	if err != nil || s.ID != l.id(2) || s.Rule != 4 || s.Messages != 1 || s.Routed[0] != 0 || s.Epoch != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := l.Sample(ended); err == nil {
		t.Error("the same message is sampled twice")
	}
}
