package decision

import (
	"fmt"
	"iter"
)

// walk goes through the ring backwards.
type walk struct {
	before  uint64 // number
	end     uint64 // one more than the newest record's number, when the walk began
	limit   int    // of a list
	filter  *Filter
	kept    bool // only records whose message is there
	done    bool // nothing is left
	scanned int
}

func (l *Log) walk(q Query) (*walk, error) {
	end := l.end()
	w := &walk{before: end, end: end, limit: q.Limit, filter: q.Filter}
	switch {
	case q.Limit == 0:
		w.limit = defaultLimit
	case q.Limit < 0 || q.Limit > MaxLimit:
		return nil, fmt.Errorf("limit %d: from 1 to %d", q.Limit, MaxLimit)
	}
	if q.Before != "" {
		n, ok := l.number(q.Before)
		if !ok {
			return nil, fmt.Errorf("before %.64q: no decision of this dispatcher has this id", q.Before)
		}
		w.before = n
	}
	return w, nil
}

// all returns the records that the filter lets through, each valid until the next.
func (w *walk) all(l *Log) iter.Seq[*numbered] {
	return func(yield func(*numbered) bool) {
		var found [batch]numbered
		for !w.done {
			n := w.collect(l, found[:])
			for i := range found[:n] {
				if w.filter.full(l.mask, &found[i].rec) && !yield(&found[i]) {
					return
				}
			}
		}
	}
}

// collect copies the next records that the filter may let through into found and returns how many. It looks at one
// batch, so that Add waits for that at most.
func (w *walk) collect(l *Log, found []numbered) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for looked := 0; looked < batch && n < len(found); looked++ {
		if w.before <= l.oldest {
			w.done = true
			return n
		}
		w.before--
		w.scanned++
		if rec := &l.at(w.before).rec; w.filter.quick(rec) && (!w.kept || rec.Request != nil) {
			found[n].number = w.before
			found[n].fill(rec)
			n++
		}
	}
	return n
}
