package decision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Filter says which records List returns. Empty values let everything through.
type Filter struct {
	Limit     int    // default 100, at most MaxLimit
	Before    string // an id: older records than that
	CallID    string
	Method    string // a name, such as INVITE
	Processor string
	Code      string // of gRPC, such as NOT_FOUND
	Since     time.Time
}

// MaxLimit is how many records List returns at most.
const MaxLimit = 1000

const (
	defaultLimit = 100
	batch        = 16 // how many records a reader looks at in one go, while Add waits
)

// List returns the records that f lets through, newest first, without their messages. The error says which value of
// f makes no sense.
func (l *Log) List(f Filter) ([]Entry, error) {
	q, err := l.query(f)
	if err != nil {
		return nil, err
	}
	entries := []Entry{}
	var found [batch]numbered
	for q.limit > 0 {
		n := q.collect(l, found[:min(q.limit, batch)])
		for i := range found[:n] {
			entries = append(entries, l.entry(found[i].number, &found[i].rec))
		}
		q.limit -= n
		if q.done {
			break
		}
	}
	return entries, nil
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

// Request returns the message of one record in its wire form, as it came, and whether it was kept. Every secret is in it: it
// is for the rules that run, and what they say of it is masked on its way out.
func (l *Log) Request(id string) (wire []byte, kept bool) {
	s, ok := l.find(id)
	if !ok {
		return nil, false
	}
	return s.rec.Request, s.rec.Request != nil
}

// Kept is a message that the log has, as it came.
type Kept struct {
	ID      string // of its decision
	Request []byte // with every secret in it: for use within this process
}

// Kept returns the last messages that are kept, newest first. All of them where last isn't positive. Where the ring has
// fewer, what only shares have follows.
func (l *Log) Kept(last int) []Kept {
	var all []Kept
	q := query{before: l.end(), limit: last, match: func(r *Record) bool { return r.Request != nil }}
	if last <= 0 {
		q.limit = len(l.ring)
	}
	var found [batch]numbered
	for q.limit > 0 && !q.done {
		n := q.collect(l, found[:min(q.limit, batch)])
		for i := range found[:n] {
			all = append(all, Kept{l.id(found[i].number), found[i].rec.Request})
		}
		q.limit -= n
	}
	if last <= 0 {
		last = len(all) + maxShares*examples
	}
	return append(all, l.keptInShares(all, last-len(all))...)
}

// keptInShares returns messages that are in shares and not among those, newest first.
func (l *Log) keptInShares(besides []Kept, most int) []Kept {
	known := make(map[string]bool, len(besides))
	for _, k := range besides {
		known[k.ID] = true
	}
	var found []*numbered
	l.mu.Lock()
	for _, sh := range l.shares.all {
		for i := range sh.kept {
			if k := &sh.kept[i]; k.rec.Request != nil && !known[l.id(k.number)] {
				found = append(found, &numbered{number: k.number, slot: slot{rec: Record{Request: k.rec.Request}}})
			}
		}
	}
	l.mu.Unlock()
	newestFirst(found)
	all := make([]Kept, 0, min(len(found), max(most, 0)))
	for _, k := range found[:cap(all)] {
		all = append(all, Kept{l.id(k.number), k.rec.Request})
	}
	return all
}

// numbered is a copy of a record outside the ring.
type numbered struct {
	slot
	number uint64
}

func (l *Log) find(id string) (*numbered, bool) {
	n, ours := l.number(id)
	if !ours {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	example := l.shares.find(n)
	if n >= l.oldest && (example == nil || example.rec.Request == nil) {
		example = &numbered{slot: *l.at(n), number: n}
	}
	if example == nil {
		return nil, false
	}
	return example.copied(), true
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

// query walks the ring backwards.
type query struct {
	before uint64 // number
	limit  int
	match  func(*Record) bool // cheap: it runs while Add waits
	done   bool               // nothing is left
}

func (l *Log) query(f Filter) (*query, error) {
	q := &query{before: l.end(), limit: f.Limit}
	switch {
	case f.Limit == 0:
		q.limit = defaultLimit
	case f.Limit < 0 || f.Limit > MaxLimit:
		return nil, fmt.Errorf("limit %d: from 1 to %d", f.Limit, MaxLimit)
	}
	if f.Before != "" {
		n, ok := l.number(f.Before)
		if !ok {
			return nil, fmt.Errorf("before %.64q: no decision of this dispatcher has this id", f.Before)
		}
		q.before = n
	}
	var err error
	q.match, err = f.matcher(l)
	return q, err
}

func (f Filter) matcher(l *Log) (func(*Record) bool, error) {
	method, err := methodNumber(f.Method)
	if err != nil {
		return nil, err
	}
	code, known := status.ParseCode(f.Code)
	if f.Code != "" && !known {
		return nil, fmt.Errorf("code %.64q: no gRPC status has this name; NOT_FOUND is one", f.Code)
	}
	callID := f.CallID
	if len(callID) > maxRef {
		callID = l.mask.Ref([]byte(callID))
	}
	return func(r *Record) bool {
		return (f.Method == "" || r.Method == method) &&
			(f.Code == "" || r.Code == code) &&
			(f.Processor == "" || r.Processor == f.Processor) &&
			(f.CallID == "" || string(r.CallID) == callID) &&
			(f.Since.IsZero() || !r.Time.Before(f.Since))
	}, nil
}

func methodNumber(name string) (message.Method, error) {
	if name == "" {
		return 0, nil
	}
	for n, known := range message.RequestSchema.Field("method").Names {
		if strings.EqualFold(name, known) {
			return message.Method(n), nil
		}
	}
	return 0, fmt.Errorf("method %.64q: no SIP method has this name; INVITE is one", name)
}

// collect copies the next records that match into found and returns how many. It looks at one batch, so that Add
// waits for that at most.
func (q *query) collect(l *Log, found []numbered) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for looked := 0; looked < batch && n < len(found); looked++ {
		if q.before <= l.oldest {
			q.done = true
			return n
		}
		q.before--
		if rec := &l.at(q.before).rec; q.match(rec) {
			found[n].number = q.before
			found[n].fill(rec)
			n++
		}
	}
	return n
}
