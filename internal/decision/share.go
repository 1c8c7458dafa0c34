package decision

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"time"
	"unsafe"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// shares keep examples of every rule and every cause of failure beside the ring, which turns: however much comes of one
// kind or from one caller, what is kept of the others stays. Each share is of one outcome and one caller, and has its
// own bound. Log.mu guards them.
type shares struct {
	seed    maphash.Seed
	all     map[shareKey]*share
	callers map[cause]int // that have a share of their own
	room    [2]int        // how many more shares there may be: of messages that went well, and of failures
	each    int64         // bytes that one share may hold
	bytes   int64         // that all of them hold
	looked  time.Time     // when a share was last looked for that could be given back
}

// cause is what became of a message: the rule that took it, the code, and the rule or backend that failed.
type cause struct {
	processor string
	code      status.Code
	failed    string
}

type shareKey struct {
	cause
	caller uint64 // a hash; 0 for all callers without a share of their own
}

// What is kept in shares: a quarter of the log's bytes, equal parts for maxShares of them, or fewer where the parts
// would be too small.
const (
	maxShares  = 256
	shareSize  = int64(unsafe.Sizeof(share{}))
	leastShare = 4 * shareSize
	maxCallers = 4  // of one cause that have a share of their own
	examples   = 12 // records in a share
	firsts     = examples / 2
	agesAfter  = time.Hour
	lookAgain  = time.Second // at the earliest, for a share that could be given back
	farthest   = 10_000      // messages of a share that go by at most between two examples
)

// share holds the first records of its kind, which stay for an hour, and others from all the time since.
type share struct {
	kept  [examples]numbered
	seen  uint64 // messages
	next  uint64 // the one of them to keep
	turn  int    // the place that it gets
	last  time.Time
	bytes int64
}

func newShares(bytes int64) shares {
	n := min(maxShares, bytes/leastShare)
	return shares{
		seed: maphash.MakeSeed(), all: map[shareKey]*share{}, callers: map[cause]int{},
		room: [2]int{int(n / 2), int(n - n/2)}, each: bytes / max(n, 1), // n is small
	}
}

// add takes in a record that the ring has under number n, with its message where it may be kept.
func (s *shares) add(r *Record, n uint64, message bool) {
	if sh := s.of(r); sh != nil {
		before := sh.bytes
		if k := sh.add(r, n); k != nil {
			if !message || int64(cap(k.rec.Request)) > s.each/2 {
				k.rec.Request = nil
			}
			sh.bytes += k.size()
			sh.fit(s.each, k)
		}
		s.bytes += sh.bytes - before
	}
}

// of returns the share that a record belongs to; nil where there is no room for another one.
func (s *shares) of(r *Record) *share {
	key := shareKey{cause: cause{r.Processor, r.Code, r.blamed()}, caller: s.caller(r)}
	if sh := s.all[key]; sh != nil {
		return sh
	}
	if s.callers[key.cause] >= maxCallers {
		key.caller = 0
		if sh := s.all[key]; sh != nil {
			return sh
		}
	}
	kind := key.kind()
	if s.room[kind] == 0 && !s.giveBack(kind, r.Time) {
		return nil
	}
	s.room[kind]--
	if key.caller != 0 {
		s.callers[key.cause]++
	}
	sh := &share{next: 1, bytes: shareSize}
	s.bytes += shareSize
	s.all[key] = sh
	return sh
}

// kind is what room is counted by.
func (c cause) kind() int {
	if c.code != 0 {
		return 1
	}
	return 0
}

// giveBack makes room for a new share of a kind where one had no message for so long that its records have aged: that
// of a rule that was renamed, or of a caller that is gone. It reports whether it did. Records that come when all shares
// are in use don't make it look each time.
func (s *shares) giveBack(kind int, now time.Time) bool {
	if now.Sub(s.looked) < lookAgain {
		return false
	}
	s.looked = now
	var oldest shareKey
	for key, sh := range s.all {
		if key.kind() == kind && now.Sub(sh.last) > agesAfter &&
			(s.all[oldest] == nil || sh.last.Before(s.all[oldest].last)) {
			oldest = key
		}
	}
	sh := s.all[oldest]
	if sh == nil {
		return false
	}
	delete(s.all, oldest)
	s.room[kind]++
	s.bytes -= sh.bytes
	if oldest.caller != 0 {
		if s.callers[oldest.cause]--; s.callers[oldest.cause] == 0 {
			delete(s.callers, oldest.cause)
		}
	}
	return true
}

// caller tells callers apart: by the EdgePort, and by who sent the message to it.
func (s *shares) caller(r *Record) uint64 {
	return max(bits.RotateLeft64(maphash.Bytes(s.seed, r.EdgePort), 1)^maphash.Bytes(s.seed, r.Sender), 1)
}

// add keeps every record at first, and then fewer and fewer. It returns the place of the one that it keeps, whose size
// isn't counted yet.
func (s *share) add(r *Record, n uint64) *numbered {
	s.last = r.Time
	if s.seen++; s.seen < s.next {
		return nil
	}
	s.next = s.seen + min(max(1, s.seen/examples), farthest)
	place := s.turn
	s.turn++
	if s.turn == examples {
		s.turn = firsts
	}
	if first := int(s.seen/examples) % firsts; s.seen > examples && r.Time.Sub(s.kept[first].rec.Time) > agesAfter {
		place = first
	}
	k := &s.kept[place]
	s.bytes -= k.size()
	k.number = n
	k.fill(r)
	return k
}

// fit drops the messages of others than k until the share keeps to its bytes: those that are next to be replaced first.
func (s *share) fit(most int64, k *numbered) {
	for i := range examples {
		if s.bytes <= most {
			return
		}
		if other := &s.kept[(s.turn+i)%examples]; other != k {
			s.bytes -= other.dropMessage()
		}
	}
}

// find returns the record with number n.
func (s *shares) find(n uint64) *numbered {
	for _, sh := range s.all {
		for i := range sh.kept {
			if sh.kept[i].number == n {
				return &sh.kept[i]
			}
		}
	}
	return nil
}

// keptNumbers are the records of which a share has the message.
func (l *Log) keptNumbers() map[uint64]bool {
	var numbers []uint64
	l.mu.Lock()
	for _, sh := range l.shares.all {
		for i := range sh.kept {
			if sh.kept[i].rec.Request != nil {
				numbers = append(numbers, sh.kept[i].number)
			}
		}
	}
	l.mu.Unlock()
	kept := make(map[uint64]bool, len(numbers))
	for _, n := range numbers {
		kept[n] = true
	}
	return kept
}

// example returns the record with its message where a share has it.
func (l *Log) example(r *numbered) *numbered {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.shares.find(r.number); k != nil && k.rec.Request != nil {
		return k.copied()
	}
	return r
}

// examplesOf returns copies of the records in shares that a filter lets through, newest first.
func (l *Log) examplesOf(f *Filter) []*numbered {
	var found []*numbered
	l.mu.Lock()
	for _, sh := range l.shares.all {
		for i := range sh.kept {
			if k := &sh.kept[i]; k.number > 0 && f.quick(&k.rec) {
				found = append(found, k.copied())
			}
		}
	}
	l.mu.Unlock()
	found = slices.DeleteFunc(found, func(k *numbered) bool { return !f.full(l.mask, &k.rec) })
	newestFirst(found)
	return found
}
