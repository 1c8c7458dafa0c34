package decision

import (
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// maxEpochs is how many configurations are remembered for plots.
const maxEpochs = 100

// EpochMark is when a configuration began.
type EpochMark struct {
	Epoch uint64    `json:"epoch"`
	At    time.Time `json:"at"`
}

// Series are points over time: the value of each at the same index.
type Series struct {
	Messages   []uint32            `json:"messages"`
	Failed     []uint32            `json:"failed"`
	P50Ns      []*int64            `json:"p50Ns"` // null where no message came
	P99Ns      []*int64            `json:"p99Ns"`
	MatchP99Ns []*int64            `json:"matchP99Ns"`
	InFlight   []uint32            `json:"inFlight"`
	ByCode     map[string][]uint32 `json:"byCode"` // failures; only codes that there are
}

// Timeline is what came in over time.
type Timeline struct {
	Step   int         `json:"step"` // seconds
	From   time.Time   `json:"from"` // when the first point begins
	Series Series      `json:"series"`
	Epochs []EpochMark `json:"epochs"` // that began within the window, and the one before
}

// MaxWindow is how far back timelines reach.
const MaxWindow = minutes * time.Minute

// Tick ends the points whose time is over, and notes how many messages are in flight. Call it every second.
func (l *Log) Tick(now time.Time, inFlight int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range []*series{&l.seconds, &l.minutes} {
		s.advance(s.of(now))
		s.now.inFlight = max(s.now.inFlight, uint32(max(inFlight, 0))) // fewer than 2^32
	}
}

// Began notes when a configuration began.
func (l *Log) Began(epoch uint64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epochs = append(l.epochs, EpochMark{epoch, at.UTC()})
	if n := len(l.epochs); n > maxEpochs {
		l.epochs = slices.Delete(l.epochs, 0, n-maxEpochs)
	}
}

// windowed picks the series whose points a window is made of.
func (l *Log) windowed(window time.Duration) *series {
	if window <= seconds*time.Second {
		return &l.seconds
	}
	return &l.minutes
}

// Timeline returns the points of a window up to now that are over, and of those only what begins at after or later,
// where that is set.
func (l *Log) Timeline(now time.Time, window time.Duration, after time.Time) Timeline {
	l.mu.Lock()
	s := l.windowed(window)
	begin := s.of(now.Add(-window))
	if !after.IsZero() {
		begin = max(begin, s.of(after.Add(s.step-1)))
	}
	points := s.points(begin)
	epochs := slices.Clone(l.epochs)
	from := time.Unix(begin*int64(s.step/time.Second), 0)
	if len(points) > 0 {
		from = time.Unix(points[0].at*int64(s.step/time.Second), 0)
	}
	l.mu.Unlock()
	t := Timeline{Step: int(s.step / time.Second), From: from.UTC(), Series: seriesOf(points), Epochs: []EpochMark{}}
	for i, e := range epochs {
		if i+1 == len(epochs) || epochs[i+1].At.After(from) {
			t.Epochs = append(t.Epochs, e)
		}
	}
	return t
}

func seriesOf(points []point) Series {
	n := len(points)
	s := Series{
		Messages: make([]uint32, n), Failed: make([]uint32, n), InFlight: make([]uint32, n),
		P50Ns: make([]*int64, n), P99Ns: make([]*int64, n), MatchP99Ns: make([]*int64, n),
		ByCode: map[string][]uint32{},
	}
	for i := range points {
		p := &points[i]
		s.Messages[i], s.Failed[i], s.InFlight[i] = p.messages, p.failed, p.inFlight
		if p.hasLatency {
			p50, p99, match := int64(p.p50), int64(p.p99), int64(p.matchP99)
			s.P50Ns[i], s.P99Ns[i], s.MatchP99Ns[i] = &p50, &p99, &match
		}
		for code, count := range p.byCode {
			if count == 0 {
				continue
			}
			name := status.Code(code).String()
			if s.ByCode[name] == nil {
				s.ByCode[name] = make([]uint32, n)
			}
			s.ByCode[name][i] = count
		}
	}
	return s
}
