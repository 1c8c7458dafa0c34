package decision

import (
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// RuleKey tells the rule of a processor from others, over reloads.
type RuleKey struct{ Ref, Source string }

// RuleCounts count what the rules of a configuration do. A record has those of its own; its log guards them. Make
// them with NewRuleCounts.
type RuleCounts struct {
	keys     []RuleKey
	all      []*ruleCount // by the rules' indexes
	unrouted uint64
}

// ruleCount is what one rule did.
type ruleCount struct {
	since        time.Time
	hits, errors uint64
	hitAt        time.Time // the last one
	hit          uint64    // number of its record
	errorAt      time.Time
	error        uint64
	text         string
}

// NewRuleCounts returns counts of rules, in file order. A rule that was there before, by the same ref and source, is
// counted on. before may be nil.
func NewRuleCounts(keys []RuleKey, now time.Time, before *RuleCounts) *RuleCounts {
	known := map[RuleKey]*ruleCount{}
	if before != nil {
		for i, key := range before.keys {
			known[key] = before.all[i]
		}
	}
	c := &RuleCounts{keys: keys, all: make([]*ruleCount, len(keys))}
	for i, key := range keys {
		if c.all[i] = known[key]; c.all[i] == nil {
			c.all[i] = &ruleCount{since: now.UTC()}
		}
	}
	return c
}

// add counts a record that has number n. The log's mu is held.
func (c *RuleCounts) add(r *Record, n uint64, failure string) {
	if i := int(r.rule) - 1; i >= 0 && i < len(c.all) {
		rule := c.all[i]
		rule.hits++
		rule.hit, rule.hitAt = n, r.Time
	} else if r.Code == status.NotFound && r.Processor == "" {
		c.unrouted++
	}
	if i := int(r.failed) - 1; i >= 0 && i < len(c.all) {
		rule := c.all[i]
		rule.errors++
		rule.error, rule.errorAt, rule.text = n, r.Time, failure
	}
}

// RuleState is what one rule did.
type RuleState struct {
	Hits      uint64     `json:"hits"`
	LastHit   *time.Time `json:"lastHit"`
	LastHitID *string    `json:"lastHitId"`
	Errors    uint64     `json:"errors"`
	LastError *RuleFault `json:"lastError"`
	Since     time.Time  `json:"since"` // what is counted from
}

// RuleFault is how a rule failed.
type RuleFault struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	ID      string    `json:"id"` // the decision
}

// statesAtOnce is how many rules are looked at in one go, while Add waits.
const statesAtOnce = 64

// RuleStates returns what the rules did, by their indexes, and how many messages none of them took.
func (l *Log) RuleStates(c *RuleCounts) (all []RuleState, unrouted uint64) {
	if c == nil {
		return nil, 0
	}
	all = make([]RuleState, 0, len(c.all))
	for from := 0; from < len(c.all); from += statesAtOnce {
		var some [statesAtOnce]ruleCount
		part := c.all[from:min(from+statesAtOnce, len(c.all))]
		l.mu.Lock()
		for i, rule := range part {
			some[i] = *rule
		}
		l.mu.Unlock()
		for i := range part {
			all = append(all, some[i].state(l, c.keys[from+i].Ref))
		}
	}
	l.mu.Lock()
	unrouted = c.unrouted
	l.mu.Unlock()
	return all, unrouted
}

func (c *ruleCount) state(l *Log, ref string) RuleState {
	s := RuleState{Hits: c.hits, Errors: c.errors, Since: c.since}
	if c.hits > 0 {
		at, id := c.hitAt.UTC(), l.id(c.hit)
		s.LastHit, s.LastHitID = &at, &id
	}
	if c.errors > 0 {
		text := strings.TrimPrefix(c.text, "matchFunc of processor ref = "+ref+": ")
		s.LastError = &RuleFault{c.errorAt.UTC(), text, l.id(c.error)}
	}
	return s
}

// Beside adds what the same rule did in another process.
func (s RuleState) Beside(o RuleState) RuleState {
	s.Hits, s.Errors = s.Hits+o.Hits, s.Errors+o.Errors
	if s.LastHit == nil || o.LastHit != nil && o.LastHit.After(*s.LastHit) {
		s.LastHit, s.LastHitID = o.LastHit, o.LastHitID
	}
	if s.LastError == nil || o.LastError != nil && o.LastError.Time.After(s.LastError.Time) {
		s.LastError = o.LastError
	}
	if o.Since.Before(s.Since) {
		s.Since = o.Since
	}
	return s
}
