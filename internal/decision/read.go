package decision

import (
	"cmp"
	"slices"
	"time"
)

// Query says which records List returns.
type Query struct {
	Filter *Filter
	Limit  int    // default 100, at most MaxLimit
	Before string // an id: older records than that
}

// Page is a part of what the log has.
type Page struct {
	Entries []Entry // newest first
	More    bool    // there are more behind the last one
	Scanned int     // records that were looked at
	Newest  string  // id of the newest record of all, also one that the filter keeps back; Start without one
}

// MaxLimit is how many records List returns at most.
const MaxLimit = 1000

const (
	defaultLimit = 100
	batch        = 16 // how many records a reader looks at in one go, while Add waits
)

// List returns the records that a filter lets through, newest first, without their messages. The error says which value
// of q makes no sense.
func (l *Log) List(q Query) (Page, error) {
	w, err := l.walk(q)
	if err != nil {
		return Page{}, err
	}
	p := Page{Entries: []Entry{}, Newest: l.id(w.end - 1)}
	examples := l.keptNumbers()
	for found := range w.all(l) {
		if len(p.Entries) == w.limit {
			p.More = true
			break
		}
		e := l.entry(found.number, &found.rec)
		e.MessageKept = e.MessageKept || examples[found.number]
		p.Entries = append(p.Entries, e)
	}
	p.Scanned = w.scanned
	return p, nil
}

// Get returns one record, with its message where it was kept; false where the record isn't there any more, or never
// was.
func (l *Log) Get(id string) (Entry, bool) {
	s, ok := l.find(id)
	if !ok {
		return Entry{}, false
	}
	return l.withMessage(s.number, &s.rec), true
}

// Has reports whether a record is kept.
func (l *Log) Has(id string) bool {
	_, ok := l.find(id)
	return ok
}

// Request returns the message of one record in its wire form, as it came, and whether it was kept. Every secret is in
// it: it is for the rules that run, and what they say of it is masked on its way out.
func (l *Log) Request(id string) (wire []byte, kept bool) {
	s, ok := l.find(id)
	if !ok {
		return nil, false
	}
	return s.rec.Request, s.rec.Request != nil
}

// Kept is a message that the log has, as it came.
type Kept struct {
	ID      string    // of its decision
	Time    time.Time // when it came in
	Request []byte    // with every secret in it: for use within this process
}

// Kept returns the last messages that are kept and that a filter lets through, newest first. All of them where last
// isn't positive. Where the ring has fewer, what only shares have follows.
func (l *Log) Kept(last int, f *Filter) []Kept {
	var all []Kept
	w := walk{before: l.end(), filter: f, kept: true}
	if last <= 0 {
		last = len(l.ring) + maxShares*examples
	}
	for found := range w.all(l) {
		if len(all) == last {
			return all
		}
		all = append(all, Kept{l.id(found.number), found.rec.Time, found.rec.Request})
	}
	return append(all, l.keptInShares(all, last-len(all), f)...)
}

// keptInShares returns messages that are in shares and not among those, newest first.
func (l *Log) keptInShares(besides []Kept, most int, f *Filter) []Kept {
	known := make(map[string]bool, len(besides))
	for _, k := range besides {
		known[k.ID] = true
	}
	var all []Kept
	for _, k := range l.examplesOf(f) {
		if k.rec.Request != nil && len(all) < most && !known[l.id(k.number)] {
			all = append(all, Kept{l.id(k.number), k.rec.Time, k.rec.Request})
		}
	}
	return all
}

// numbered is a copy of a record outside the ring.
type numbered struct {
	slot
	number     uint64
	hadMessage bool // the message was there, where it isn't copied
}

func (l *Log) find(id string) (*numbered, bool) {
	n, ours := l.number(id)
	if !ours || n == 0 { // Start is no record
		return nil, false
	}
	found := l.remembered(n)
	if found == nil || found.rec.Request == nil {
		if caught := l.watches.caught(n); caught != nil {
			found = caught
		}
	}
	return found, found != nil
}

// remembered returns a copy of a record that the ring or a share has; nil for neither.
func (l *Log) remembered(n uint64) *numbered {
	l.mu.Lock()
	defer l.mu.Unlock()
	example := l.shares.find(n)
	if n >= l.oldest && (example == nil || example.rec.Request == nil) {
		c := &numbered{number: n}
		c.fill(&l.at(n).rec)
		return c
	}
	if example == nil {
		return nil
	}
	return example.copied()
}

// copied returns a copy that shares nothing but the message. The caller holds Log.mu.
func (s *numbered) copied() *numbered {
	c := &numbered{number: s.number}
	c.fill(&s.rec)
	return c
}

func newestFirst(all []*numbered) {
	slices.SortFunc(all, func(a, b *numbered) int { return cmp.Compare(b.number, a.number) })
}

func (l *Log) end() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}
