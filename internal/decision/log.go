package decision

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Options bound a Log. Zero values take the defaults.
type Options struct {
	Keep         int   // records; default 10,000
	MaxBytes     int64 // of records and messages together; default 32 MiB
	KeepMessages int   // the last so many messages are kept whole; default 1000; negative for none but failures'
	// paths to mask beside the defaults, such as "message.extensions[X-Token]" or "metadata.token"
	Mask []string
	// Replica names this process in each Entry; empty where there are no others
	Replica string
}

// Log keeps the most recent records. Make one with NewLog.
//
// The records stand in a ring. A message is kept for the last KeepMessages of them and for every failure; where bytes
// run out, the oldest messages go first, then the oldest records. Beside it a few of each cause and each caller are
// kept, so that nobody can wash them away: see shares. A message that takes more than its part is kept nowhere.
type Log struct {
	mask     *Mask
	prefix   string // of ids
	replica  string
	maxBytes int64  // of the ring
	part     int64  // that one message may take
	messages uint64 // how many of the last messages are kept

	mu      sync.Mutex // held for a few records at a time, never while encoding
	ring    []slot     // the record with number n is in ring[n%len(ring)]
	oldest  uint64     // number of the oldest record that is kept
	next    uint64     // number of the next record; the first one is 1
	drained uint64     // every record before this number has lost its message, if it was to
	bytes   int64      // that the records and messages take
	kept    int        // messages in the ring
	shares  shares     // examples that outlive the ring
	spare   slot       // buffers of a record that went before its place was needed
	message []byte     // the buffer of a message that went, for one that comes; nil for none
	cursors []*cursor
	sinks   []*Attachment
	waiting int // cursors to wake at the next record

	seconds, minutes series
	faults           faults
	sampler          sampler
	epochs           []EpochMark

	watching int // cursors that are watches'
	watches  watches
}

// Stats says how much a Log holds, and who reads it.
type Stats struct {
	Records     int
	Bytes       int64
	Total       uint64 // records since the start
	Subscribers int
	Sinks       []SinkStats
}

const (
	defaultKeep     = 10_000
	defaultBytes    = 32 << 20
	defaultMessages = 1000
	slotSize        = int64(unsafe.Sizeof(slot{}))
	numberedSize    = int64(unsafe.Sizeof(numbered{}))

	sharesPart   = 4        // of the bytes, one in so many is for shares
	messageParts = 256      // of the ring's bytes, one message may take one in so many
	leastPart    = 64 << 10 // which is no less than this, unless it is half of them
)

// NewLog makes an empty Log. It refuses a path to mask that leads nowhere.
func NewLog(o Options) (*Log, error) {
	o.Keep = cmp.Or(o.Keep, defaultKeep)
	o.MaxBytes = cmp.Or(o.MaxBytes, defaultBytes)
	o.KeepMessages = cmp.Or(o.KeepMessages, defaultMessages)
	// Half the bytes at most go to empty records, so that the other half is left to what they hold.
	forShares := o.MaxBytes / sharesPart
	o.MaxBytes -= forShares
	keep := min(int64(o.Keep), o.MaxBytes/2/slotSize)
	if keep < 1 {
		return nil, fmt.Errorf("a decision log of %d records in %d bytes: it must hold one at least", o.Keep,
			o.MaxBytes)
	}
	mask, err := NewMask(o.Mask)
	if err != nil {
		return nil, err
	}
	return &Log{
		mask:     mask,
		prefix:   newPrefix(),
		replica:  o.Replica,
		maxBytes: o.MaxBytes,
		part:     min(max(o.MaxBytes/messageParts, leastPart), o.MaxBytes/2),
		shares:   newShares(forShares),
		messages: uint64(max(o.KeepMessages, 0)), // not negative
		ring:     make([]slot, keep),
		oldest:   1,
		next:     1,
		drained:  1,
		bytes:    keep * slotSize,
		seconds:  newSeries(time.Second, seconds),
		minutes:  newSeries(time.Minute, minutes),
		faults:   faults{all: map[faultKey]*fault{}},
		sampler:  sampler{got: make(chan taken, 1)},
	}, nil
}

// BootID returns what the ids of this log's records begin with. It differs from those of other processes.
func (l *Log) BootID() string { return l.prefix }

// Mask returns what hides credentials in what leaves the log, for all that leaves beside it.
func (l *Log) Mask() *Mask { return l.mask }

// Add records what became of a message. It copies what it keeps but for the bytes of r.Request, which must not change
// afterwards, unless r was relayed: then those are copied too. It never waits for a reader or a sink.
// It cuts the texts of r and masks its error.
func (l *Log) Add(r *Record) {
	if r.Error != "" {
		r.Error = l.mask.Text(r.Error, r.about())
	}
	if len(r.CallID) > maxRef || len(r.EdgePort) > maxRef { // nobody's but an attacker's
		r.CallID, r.EdgePort = []byte(l.mask.Ref(r.CallID)), []byte(l.mask.EdgePort(r.EdgePort))
	}
	failure := l.ruleFailure(r)
	if r.head.long {
		r.head.shorten(r.Request)
	}
	mayKeep := l.messages > 0 || r.Code != 0
	came := r.Request
	copies := r.Relayed && mayKeep && int64(len(came)) <= max(l.part, l.shares.each/2) // a larger one is kept nowhere
	if copies && len(came) > mostReused {
		r.Request, copies = bytes.Clone(came), false
	}
	l.mu.Lock()
	if l.next-l.oldest == uint64(len(l.ring)) {
		l.retire()
	}
	if copies {
		r.Request = l.copied(came)
	}
	s := l.at(l.next)
	if s.buf == nil {
		s.take(&l.spare)
	}
	s.fill(r)
	if int64(cap(r.Request)) > l.part || !mayKeep {
		s.rec.Request = nil
	}
	l.bytes += s.size()
	l.kept += s.kept()
	r.own = copies
	l.shares.add(r, l.next, mayKeep)
	s.rec.own, r.own = r.own, false // unless a share has it, too
	r.Request = came
	l.count(r, failure)
	l.next++
	l.forgetMessages()
	if l.bytes > l.maxBytes {
		l.evict()
	}
	if l.waiting > 0 {
		l.wake()
	}
	l.mu.Unlock()
}

// mostReused is how large a message's buffer may be that is used again.
const mostReused = 4 << 10

// copied copies a message into a buffer of the log's: that of a message that went, where it isn't much too large.
func (l *Log) copied(message []byte) []byte {
	buf := l.message
	l.message = nil
	if cap(buf) < len(message) || cap(buf) > 2*len(message) {
		return bytes.Clone(message)
	}
	return append(buf[:0], message...)
}

// reuse keeps the buffer of a message that goes, where nobody else has it.
func (l *Log) reuse(s *slot) {
	if s.rec.own {
		l.message = s.rec.Request
	}
}

// retire lets go of the oldest record. Its place keeps its buffers.
func (l *Log) retire() {
	s := l.at(l.oldest)
	l.reuse(s)
	l.bytes -= s.size()
	l.kept -= s.kept()
	l.oldest++
}

// ruleFailure is how a rule failed on the message, whose error was masked.
func (l *Log) ruleFailure(r *Record) string {
	if r.ruleError == nil || r.Code != status.OK {
		return r.Error
	}
	return l.mask.Text(r.ruleError.Error(), r.about()) // it was skipped
}

// count counts a record over time, where it was done with. It is the next one.
func (l *Log) count(r *Record, failure string) {
	at := (r.Time.UnixNano() + int64(r.Total)) / int64(time.Second)
	l.seconds.add(r, at)
	l.minutes.add(r, at/60)
	if r.Code != status.OK {
		l.faults.add(r, l.next, at)
	}
	if r.Rules != nil {
		r.Rules.add(r, l.next, failure)
	}
	l.sampler.add(r, l.next)
}

func (l *Log) at(n uint64) *slot { return &l.ring[n%uint64(len(l.ring))] }

// forgetMessages drops the message that is no longer among the last ones, unless it failed.
func (l *Log) forgetMessages() {
	if l.next-l.oldest <= l.messages || l.messages == 0 {
		return
	}
	if s := l.at(l.next - 1 - l.messages); s.rec.Code == 0 {
		l.drop(s)
	}
}

// drop forgets the message of a record in the ring.
func (l *Log) drop(s *slot) {
	l.reuse(s)
	l.kept -= s.kept()
	l.bytes -= s.dropMessage()
}

// evict makes room: the oldest messages first, then the oldest records.
func (l *Log) evict() {
	for l.drained = max(l.drained, l.oldest); l.bytes > l.maxBytes && l.drained < l.next; l.drained++ {
		l.drop(l.at(l.drained))
	}
	for l.bytes > l.maxBytes && l.oldest < l.next {
		s := l.at(l.oldest)
		l.retire()
		l.spare.take(s)
		*s = slot{}
	}
}

// Stats returns how much the log holds at the moment.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Records:     int(l.next - l.oldest), // at most len(ring)
		Bytes:       l.bytes + l.shares.bytes,
		Total:       l.next - 1,
		Subscribers: len(l.cursors) - len(l.sinks) - l.watching,
	}
	for _, a := range l.sinks {
		s.Sinks = append(s.Sinks, a.Stats())
	}
	return s
}

// idDigits is how many digits the number in an id has, so that the ids of one process sort by age.
const idDigits = 12

// newPrefix returns what tells this process's ids from those of others, in a fleet and across restarts.
func newPrefix() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

func (l *Log) id(n uint64) string { return fmt.Sprintf("%s-%0*d", l.prefix, idDigits, n) }

// Start is the id that stands before the first record: who asks for what comes after it gets all that is kept.
func (l *Log) Start() string { return StartOf(l.prefix) }

// StartOf is the Start of the process with this BootID.
func StartOf(bootID string) string { return fmt.Sprintf("%s-%0*d", bootID, idDigits, 0) }

// number returns the number of the record that an id names, 0 for Start; false for an id that this log never gave.
func (l *Log) number(id string) (uint64, bool) {
	digits, ours := strings.CutPrefix(id, l.prefix+"-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ours || err != nil || l.id(n) != id {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return n, n < l.next
}

// foreign reports an id that another process gave.
func (l *Log) foreign(id string) bool {
	prefix, digits, _ := strings.Cut(id, "-")
	_, err := strconv.ParseUint(digits, 10, 64)
	return err == nil && len(digits) >= idDigits && len(prefix) == len(l.prefix) && prefix != l.prefix
}
