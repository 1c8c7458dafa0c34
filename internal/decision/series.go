package decision

import (
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Rings of points: a second each for a quarter of an hour, a minute each for a day.
const (
	seconds = 15 * 60
	minutes = 24 * 60
)

// point is what came in a second or a minute.
type point struct {
	at         int64 // of the Unix time, in steps
	messages   uint32
	failed     uint32
	inFlight   uint32 // the most of its seconds' ends
	p50, p99   time.Duration
	matchP99   time.Duration
	byCode     [status.Named]uint32
	hasLatency bool
}

// series is a ring of points that are over, and the one that goes on. Log.mu guards it.
type series struct {
	step   time.Duration
	ring   []point // the point at is in ring[at%len(ring)]
	now    point
	total  histogram
	match  histogram
	begun  bool
	oldest int64 // at of the first point there ever was
}

func newSeries(step time.Duration, points int) series {
	return series{step: step, ring: make([]point, points)}
}

// add counts a record that is done with.
func (s *series) add(r *Record, at int64) {
	if at != s.now.at || !s.begun {
		s.advance(at)
	}
	s.now.messages++
	if r.Code != status.OK {
		s.now.failed++
		s.now.byCode[named(r.Code)]++
	}
	s.total.add(r.Total)
	s.match.add(r.Match)
}

// named is the code, or UNKNOWN where it has no name.
func named(c status.Code) status.Code {
	if c >= status.Named {
		return status.Unknown
	}
	return c
}

// advance ends the point that goes on, and begins the one at. Time that went back changes nothing.
func (s *series) advance(at int64) {
	switch {
	case !s.begun:
		s.begun, s.oldest = true, at
		s.now = point{at: at}
		return
	case at <= s.now.at:
		return
	}
	s.close()
	for empty := max(s.now.at+1, at-int64(len(s.ring))); empty < at; empty++ {
		s.ring[empty%int64(len(s.ring))] = point{at: empty}
	}
	s.now = point{at: at}
}

func (s *series) close() {
	p := s.now
	if p.hasLatency = p.messages > 0; p.hasLatency {
		p.p50, p.p99, p.matchP99 = s.total.quantile(500), s.total.quantile(990), s.match.quantile(990)
		s.total, s.match = histogram{}, histogram{}
	}
	s.ring[p.at%int64(len(s.ring))] = p
}

// points returns copies of those that are over and begin at from or later.
func (s *series) points(from int64) (all []point) {
	if !s.begun {
		return nil
	}
	from = max(from, s.oldest, s.now.at-int64(len(s.ring)))
	for at := from; at < s.now.at; at++ {
		all = append(all, s.ring[at%int64(len(s.ring))])
	}
	return all
}

func (s *series) of(t time.Time) int64 { return t.Unix() / int64(s.step/time.Second) }
