package impact

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// maxWaiting is how many messages wait to be compared. Those that come faster are counted and left out: a shadow never
// slows traffic.
const maxWaiting = 4096

// Shadow compares where traffic goes with where a candidate's rules would send it, while it happens. It is safe for
// concurrent use, must be made by NewShadow, and closed.
type Shadow struct {
	source  string
	route   func(wire []byte) Outcome
	differs func()
	waiting chan observed
	missed  atomic.Uint64
	stop    chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	compared *comparison
}

type observed struct {
	wire []byte
	was  Outcome
}

// ShadowReport says how a candidate does beside traffic.
type ShadowReport struct {
	*Report
	Source string `json:"source"` // the candidate's file
	Missed uint64 `json:"missed"` // messages that came too fast to be compared, or couldn't be
}

// NewShadow returns a Shadow of a candidate's table, which was read from source. differs is called for each message
// that the candidate would send elsewhere. mask hides credentials in the report.
func NewShadow(t *routing.Table, source string, mask *decision.Mask, differs func()) *Shadow {
	index := ruleIndex(t)
	s := &Shadow{
		source: source, differs: differs, waiting: make(chan observed, maxWaiting), stop: make(chan struct{}),
		stopped: make(chan struct{}), compared: newComparison(Options{Rules: TableRules(t), Mask: mask}),
		route: func(wire []byte) Outcome { return match(context.Background(), t, index, wire) },
	}
	go s.run()
	return s
}

// Observe takes in what became of a message. It never blocks, and keeps nothing of the record but the message as the
// rules saw it, which nobody may change. One that didn't get to the rules is left out.
func (s *Shadow) Observe(rec *decision.Record) {
	if rec.Routed == nil {
		return
	}
	routed := rec.Routed
	if rec.Relayed {
		routed = bytes.Clone(routed)
	}
	select {
	case s.waiting <- observed{routed, outcomeOf(rec)}:
	default:
		s.missed.Add(1)
	}
}

// outcomeOf is what the rules did with a message. What a call to the processor came to is none of their business.
func outcomeOf(rec *decision.Record) Outcome {
	if rec.Processor != "" {
		return Outcome{Ref: rec.Processor, Code: status.OK.String(), Rule: -1}
	}
	was := Outcome{Code: rec.Code.String(), Rule: -1}
	if rec.Code == status.Internal {
		was.Error = rec.Error
	}
	return was
}

// Report returns what was compared so far.
func (s *Shadow) Report() *ShadowReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &ShadowReport{Report: s.compared.report(), Source: s.source, Missed: s.missed.Load()}
}

// Close stops comparing, and waits for it.
func (s *Shadow) Close() {
	close(s.stop)
	<-s.stopped
}

func (s *Shadow) run() {
	defer close(s.stopped)
	for {
		select {
		case o := <-s.waiting:
			if !panics.Do("compare a message with the shadow configuration", func() { s.compare(o) }) {
				s.missed.Add(1)
			}
		case <-s.stop:
			return
		}
	}
}

func (s *Shadow) compare(o observed) {
	if s.add(o, s.route(o.wire)) {
		s.differs()
	}
}

// add takes an outcome into the report, and says whether it is another one than that of traffic.
func (s *Shadow) add(o observed, would Outcome) (moved bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.compared.done.Moved
	s.compared.add("", o.wire, o.was, would)
	return s.compared.done.Moved > before
}
