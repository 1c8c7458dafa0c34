package decision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Subscription hands out the records that a filter lets through, as they come. One goroutine at a time uses it; Close
// ends it.
type Subscription struct {
	cursor  *cursor
	lost    uint64     // not yet told
	sampled []numbered // buffers for Batch
}

// ErrRestarted is Subscribe's error for an id of a dispatcher that isn't this process: its records are gone.
var ErrRestarted = errors.New("the dispatcher was started again since")

// Subscribe watches the log: from the record behind the one with this id on, which may be Start, or from now on where
// the id is empty. Records behind it that are gone already count as lost. An id that this log never gave is an error,
// and so is one subscriber too many. f may be nil.
func (l *Log) Subscribe(afterID string, f *Filter) (*Subscription, error) {
	number, known := l.number(afterID)
	if afterID != "" && !known {
		if l.foreign(afterID) {
			return nil, ErrRestarted
		}
		return nil, fmt.Errorf("resume after %.64q: no decision of this dispatcher has this id", afterID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.cursors)-len(l.sinks)-l.watching >= maxSubscribers {
		return nil, fmt.Errorf("watch the decisions: %d watch already", maxSubscribers)
	}
	if afterID == "" {
		number = l.next - 1
	}
	c := l.newCursor(number + 1)
	c.filter = f
	return &Subscription{cursor: c}, nil
}

// Next returns the next record, without its message, and how many were lost before it. It waits for one until ctx is
// done, which is the only error.
func (s *Subscription) Next(ctx context.Context) (e Entry, lost uint64, err error) {
	r, err := s.next(ctx)
	if err != nil {
		return Entry{}, 0, err
	}
	lost, s.lost = s.lost, 0
	return s.entry(r), lost, nil
}

// Place returns the id of the last record that was handed out, or that the filter kept back, and how many were lost
// that nobody was told of. A subscription that begins behind it misses nothing. It is for between calls of Next and
// Batch.
func (s *Subscription) Place() (id string, lost uint64) {
	lost, s.lost = s.lost, 0
	n := s.cursor.number
	if len(s.cursor.read) > 0 {
		n = s.cursor.read[0].number
	}
	return s.cursor.log.id(n - 1), lost
}

// next returns the next record, which is valid until the one after it.
func (s *Subscription) next(ctx context.Context) (*numbered, error) {
	c := s.cursor
	for {
		if len(c.read) == 0 {
			n, err := c.more(ctx)
			s.lost += n
			if err != nil {
				return nil, err
			}
		}
		r := &c.read[0]
		c.read = c.read[1:]
		if c.filter.full(c.log.mask, &r.rec) {
			return r, nil
		}
	}
}

func (s *Subscription) entry(r *numbered) Entry {
	e := s.cursor.log.entry(r.number, &r.rec)
	e.MessageKept = r.hadMessage
	return e
}

// Batch is what came of records in a while.
type Batch struct {
	Entries []Entry // oldest first
	LeftOut int     // records that the filter let through beside these
	Last    string  // id of the last record of all
	Lost    uint64  // by the ring turning faster than they were read
}

// Batch waits for a record until ctx is done, which is the only error, and then for a while for others. Of those it
// returns as many as are allowed when the first is there, each with the same chance; all of them, up to that, where
// sample is false: what is left comes in the next one.
func (s *Subscription) Batch(
	ctx context.Context, while time.Duration, allowed func() int, sample bool,
) (b Batch, err error) {
	r, err := s.next(ctx)
	if err != nil {
		return Batch{}, err
	}
	most := allowed()
	ctx, cancel := context.WithTimeout(ctx, while)
	defer cancel()
	seen, last := 0, uint64(0)
	kept := s.sampled[:0]
	for err == nil {
		seen++
		last = r.number
		kept = pick(kept, r, seen, most)
		if len(kept) == most && !sample {
			break
		}
		r, err = s.next(ctx)
	}
	s.sampled = kept
	slices.SortFunc(kept, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	b = Batch{LeftOut: seen - len(kept), Last: s.cursor.log.id(last), Lost: s.lost, Entries: make([]Entry, len(kept))}
	s.lost = 0
	for i := range kept {
		b.Entries[i] = s.entry(&kept[i])
	}
	return b, nil
}

// pick adds the record that was seen as number seen to the sample, or puts it in another's place, so that each has had
// the same chance (Vitter's algorithm R).
func pick(kept []numbered, r *numbered, seen, most int) []numbered {
	at := len(kept)
	switch {
	case at == most:
		if at = rand.IntN(seen); at >= most {
			return kept
		}
	case at < cap(kept):
		kept = kept[:at+1] // its buffers are used again
	default:
		kept = append(kept, numbered{})
	}
	k := &kept[at]
	k.number, k.hadMessage = r.number, r.hadMessage
	k.fill(&r.rec)
	return kept
}

// Close ends the subscription.
func (s *Subscription) Close() { s.cursor.close() }
