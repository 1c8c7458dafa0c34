package decision

import (
	"cmp"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Bounds on what is counted of failures.
const (
	maxFaults    = 256
	faultForgets = time.Hour        // a fault that didn't happen for so long makes room for another
	faultPause   = 15 * time.Minute // after which one that happens again begins anew

	shortStep, shortSteps = 10, 90  // seconds, for a quarter of an hour
	longStep, longSteps   = 900, 96 // seconds, for a day
)

// faultKey is one kind of failure.
type faultKey struct {
	code          status.Code
	rule, backend string
	method        message.Method
	response      bool
}

// known is the method, or UNKNOWN where it has no name: anybody can make up numbers.
func known(m message.Method) message.Method {
	if _, named := methodNames[int32(m)]; !named {
		return 0
	}
	return m
}

var methodNames = message.RequestSchema.Field("method").Names

// fault counts failures of one kind over time. Log.mu guards it.
type fault struct {
	first, last time.Time
	number      uint64 // of the last record
	error       string
	short       counts[[shortSteps]uint32]
	long        counts[[longSteps]uint32]
}

// faults are all kinds of failure.
type faults struct {
	all    map[faultKey]*fault
	others uint64 // failures of kinds that there was no room for
}

// add counts a record that failed.
func (s *faults) add(r *Record, n uint64, at int64) {
	key := faultKey{code: named(r.Code), method: known(r.Method), response: r.Response}
	key.rule, key.backend = r.fault()
	f := s.all[key]
	now := time.Unix(at, 0)
	if f == nil {
		if len(s.all) >= maxFaults && !s.forget(now) {
			s.others++
			return
		}
		f = &fault{first: r.Time}
		s.all[key] = f
	}
	if r.Time.Sub(f.last) > faultPause {
		f.first = r.Time
	}
	f.last, f.number, f.error = r.Time, n, r.Error
	f.short.add(f.short.ring[:], at/shortStep)
	f.long.add(f.long.ring[:], at/longStep)
}

// forget makes room by the fault that didn't happen for the longest time. It reports false where all are too young.
func (s *faults) forget(now time.Time) bool {
	var oldest faultKey
	for key, f := range s.all {
		if s.all[oldest] == nil || f.last.Before(s.all[oldest].last) {
			oldest = key
		}
	}
	if now.Sub(s.all[oldest].last) < faultForgets {
		return false
	}
	delete(s.all, oldest)
	return true
}

// counts is a ring of counts over time: that of step at is in ring[at%len(ring)].
type counts[R any] struct {
	ring R
	at   int64 // the last step that is counted in
}

func (c *counts[R]) add(ring []uint32, at int64) {
	at = max(at, c.at) // time may go back
	for next := max(c.at+1, at-int64(len(ring))+1); next <= at; next++ {
		ring[next%int64(len(ring))] = 0
	}
	c.at = at
	ring[at%int64(len(ring))]++
}

// since returns the counts of steps from to to.
func (c *counts[R]) since(ring []uint32, from, to int64) []uint32 {
	all := make([]uint32, to-from+1)
	for at := max(from, c.at-int64(len(ring))+1); at <= min(to, c.at); at++ {
		all[at-from] = ring[at%int64(len(ring))]
	}
	return all
}

// Fault is one kind of failure within a window.
type Fault struct {
	Code    string    `json:"code"`
	Rule    *string   `json:"rule"`    // ref of the one that failed; null for none
	Backend *string   `json:"backend"` // likewise
	Method  string    `json:"method"`
	Kind    string    `json:"kind"`
	Count   uint64    `json:"count"`
	First   time.Time `json:"first"` // no such failure came for 15 minutes before
	Last    time.Time `json:"last"`
	Error   string    `json:"error"`   // of the last one
	Example *string   `json:"example"` // a decision, with its message if there is any; null for none
	Counts  []uint32  `json:"counts"`  // of each step of the window
}

// Faults returns what failed within a window up to now, the most frequent first, with the seconds that each count is
// for, and how many failures there was no room for since the start.
func (l *Log) Faults(now time.Time, window time.Duration) (all []Fault, step int, others uint64) {
	step, steps := shortStep, shortSteps
	if window > shortStep*shortSteps*time.Second {
		step, steps = longStep, longSteps
	}
	to := now.Unix() / int64(step)
	from := max(now.Add(-window).Unix()/int64(step), to-int64(steps)+1)
	all = []Fault{}
	l.mu.Lock()
	for key, f := range l.faults.all {
		n := f.short.since(f.short.ring[:], from, to)
		if step == longStep {
			n = f.long.since(f.long.ring[:], from, to)
		}
		if shown := l.fault(key, f, n); shown.Count > 0 {
			all = append(all, shown)
		}
	}
	others = l.faults.others
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last))
	})
	return all, step, others
}

// fault makes what is shown of one. The caller holds l.mu.
func (l *Log) fault(key faultKey, f *fault, n []uint32) Fault {
	r := Record{Response: key.response}
	shown := Fault{
		Code: key.code.String(), Method: key.method.String(), Kind: r.Kind(), First: f.first.UTC(), Last: f.last.UTC(),
		Error: f.error, Counts: n,
	}
	for _, count := range n {
		shown.Count += uint64(count)
	}
	if key.rule != "" {
		shown.Rule = &key.rule
	}
	if key.backend != "" {
		shown.Backend = &key.backend
	}
	if n := l.exampleOf(key, f); n > 0 {
		id := l.id(n)
		shown.Example = &id
	}
	return shown
}

// exampleOf returns the number of a record of this kind: the last one, or where its message isn't there any more, one
// in a share; 0 for none. The caller holds l.mu.
func (l *Log) exampleOf(key faultKey, f *fault) uint64 {
	if f.number >= l.oldest && l.at(f.number).rec.Request != nil {
		return f.number
	}
	best := uint64(0)
	for share, sh := range l.shares.all {
		if named(share.code) != key.code || share.failed != cmp.Or(key.rule, key.backend) {
			continue
		}
		for i := range sh.kept {
			k := &sh.kept[i]
			if k.rec.Request != nil && known(k.rec.Method) == key.method && k.rec.Response == key.response {
				best = max(best, k.number)
			}
		}
	}
	if best == 0 && f.number >= l.oldest {
		return f.number
	}
	return best
}
