package decision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Bounds on watches.
const (
	MaxWatches    = 8        // at once, those that ended and can still be read among them
	MaxWatchBytes = 16 << 20 // that all of them hold; each an equal part
	MaxWatchTime  = 24 * time.Hour
	MaxWatchKeep  = 1000 // decisions

	watchPart    = MaxWatchBytes / MaxWatches
	watchMessage = watchPart / 4 // a larger message isn't kept
	readable     = time.Hour     // after the end
	watchDigits  = 6             // of an id
)

// ErrWatches is Watch's error where there are enough.
var ErrWatches = fmt.Errorf("%d watches catch already: end one", MaxWatches)

// WatchOptions say what to watch for.
type WatchOptions struct {
	Terms map[string][]string // of the filter
	For   time.Duration
	Keep  int // decisions, the latest
}

// WatchState is what a watch is about, and how it does.
type WatchState struct {
	ID           string              `json:"id"`
	Filter       map[string][]string `json:"filter"`
	Since        time.Time           `json:"since"`
	Until        time.Time           `json:"until"` // when it ends, or ended
	Ended        bool                `json:"ended"`
	Keep         int                 `json:"keep"`
	Caught       uint64              `json:"caught"` // decisions that passed the filter
	Kept         int                 `json:"kept"`   // of them
	MessagesKept int                 `json:"messagesKept"`
	Bytes        int64               `json:"bytes"`
	Lost         uint64              `json:"lost"` // decisions that came and went before it could look at them
}

// watches keep what filters let through beside the ring, with the messages, however much else comes.
type watches struct {
	mu     sync.Mutex
	all    []*watch // the oldest first
	made   int
	closed bool
	atWork sync.WaitGroup
}

// watch is one of them. Its goroutine ends by itself.
type watch struct {
	log    *Log
	number int
	cursor *cursor
	stop   context.CancelFunc

	mu    sync.Mutex
	state WatchState
	kept  []*numbered // the oldest first
}

// Watch begins to keep what passes a filter, with the messages, until the time is over. The error is a *FilterError or
// ErrWatches.
func (l *Log) Watch(o WatchOptions) (WatchState, error) {
	f, err := NewFilter(o.Terms)
	if err != nil {
		return WatchState{}, err
	}
	l.watches.mu.Lock()
	defer l.watches.mu.Unlock()
	l.watches.forget(time.Now())
	switch {
	case l.watches.closed:
		return WatchState{}, errors.New("the dispatcher is stopping")
	case len(l.watches.all) >= MaxWatches && !l.watches.replace():
		return WatchState{}, ErrWatches
	}
	l.watches.made++
	now := time.Now()
	ctx, stop := context.WithTimeout(context.Background(), o.For)
	w := &watch{log: l, number: l.watches.made, stop: stop, state: WatchState{
		Filter: o.Terms, Since: now.UTC(), Until: now.Add(o.For).UTC(), Keep: o.Keep,
	}}
	w.state.ID = l.watchID(w.number)
	l.mu.Lock()
	w.cursor = l.newCursor(l.next)
	w.cursor.whole, w.cursor.filter = true, f
	l.watching++
	l.mu.Unlock()
	l.watches.all = append(l.watches.all, w)
	l.watches.atWork.Go(func() {
		defer panics.Caught("watch the decisions")
		w.run(ctx)
	})
	return w.now(), nil
}

// forget lets go of watches that ended long ago.
func (s *watches) forget(now time.Time) {
	s.all = slices.DeleteFunc(s.all, func(w *watch) bool {
		state := w.now()
		return state.Ended && now.Sub(state.Until) > readable
	})
}

// replace makes room by forgetting the watch that ended first. It reports false where none did.
func (s *watches) replace() bool {
	i := slices.IndexFunc(s.all, func(w *watch) bool { return w.now().Ended })
	if i < 0 {
		return false
	}
	s.all = slices.Delete(s.all, i, i+1)
	return true
}

func (l *Log) watchID(n int) string { return fmt.Sprintf("%s-%0*d", l.prefix, watchDigits, n) }

// Watches returns the state of each, the oldest first.
func (l *Log) Watches() []WatchState {
	l.watches.mu.Lock()
	defer l.watches.mu.Unlock()
	l.watches.forget(time.Now())
	all := []WatchState{}
	for _, w := range l.watches.all {
		all = append(all, w.now())
	}
	return all
}

// Watched returns what a watch caught, the oldest first, with the messages; false for one that isn't there, or not any
// more.
func (l *Log) Watched(id string) (state WatchState, caught []Entry, ok bool) {
	w := l.watches.find(l, id)
	if w == nil {
		return WatchState{}, nil, false
	}
	w.mu.Lock()
	kept := slices.Clone(w.kept) // nobody changes what they hold
	state = w.state
	w.mu.Unlock()
	caught = make([]Entry, len(kept))
	for i, k := range kept {
		caught[i] = l.withMessage(k.number, &k.rec)
	}
	return state, caught, true
}

// Unwatch ends a watch and forgets what it caught; false for one that isn't there.
func (l *Log) Unwatch(id string) (last WatchState, ok bool) {
	w := l.watches.find(l, id)
	if w == nil {
		return WatchState{}, false
	}
	w.stop()
	l.watches.mu.Lock()
	defer l.watches.mu.Unlock()
	l.watches.all = slices.DeleteFunc(l.watches.all, func(o *watch) bool { return o == w })
	return w.now(), true
}

func (s *watches) find(l *Log, id string) *watch {
	digits, ours := strings.CutPrefix(id, l.prefix+"-")
	n, err := strconv.Atoi(digits)
	if !ours || err != nil || l.watchID(n) != id {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(time.Now())
	if i := slices.IndexFunc(s.all, func(w *watch) bool { return w.number == n }); i >= 0 {
		return s.all[i]
	}
	return nil
}

// caught returns the record with a number that a watch keeps, with its message where one has it; nil for none. Nobody
// changes it.
func (s *watches) caught(n uint64) (found *numbered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.all {
		w.mu.Lock()
		for _, k := range w.kept {
			if k.number == n && (found == nil || k.rec.Request != nil) {
				found = k
			}
		}
		w.mu.Unlock()
	}
	return found
}

// Close ends the watches and waits for them. Records may still be added, and read.
func (l *Log) Close() {
	l.watches.mu.Lock()
	l.watches.closed = true
	for _, w := range l.watches.all {
		w.stop()
	}
	l.watches.mu.Unlock()
	l.watches.atWork.Wait()
}

func (w *watch) now() WatchState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// run keeps what comes until ctx ends.
func (w *watch) run(ctx context.Context) {
	defer w.end()
	for ctx.Err() == nil {
		lost, err := w.cursor.more(ctx)
		w.mu.Lock()
		w.state.Lost += lost
		w.mu.Unlock()
		if err != nil {
			return
		}
		for i := range w.cursor.read {
			if r := &w.cursor.read[i]; w.cursor.filter.full(w.log.mask, &r.rec) {
				w.keep(r)
			}
			w.cursor.read[i].rec.Request = nil // not to be held until the next batch
		}
	}
}

func (w *watch) end() {
	w.stop()
	w.cursor.close()
	w.log.mu.Lock()
	w.log.watching--
	w.log.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Ended = true
	if now := time.Now().UTC(); now.Before(w.state.Until) {
		w.state.Until = now
	}
}

// keep adds a record, and lets the oldest go where there are too many, or they take too much.
func (w *watch) keep(r *numbered) {
	k := r.copied()
	if cap(k.rec.Request) > watchMessage {
		k.rec.Request = nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Caught++
	w.kept = append(w.kept, k)
	w.count(k, 1)
	drop := 0
	for ; len(w.kept)-drop > w.state.Keep || w.state.Bytes > watchPart; drop++ {
		w.count(w.kept[drop], -1)
	}
	if drop > 0 {
		w.kept = slices.Delete(w.kept, 0, drop)
	}
}

func (w *watch) count(k *numbered, sign int) {
	w.state.Kept += sign
	w.state.MessagesKept += sign * k.slot.kept()
	w.state.Bytes += int64(sign) * (numberedSize + k.size())
}
