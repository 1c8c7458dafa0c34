package decision

import "unsafe"

// slot is one place of the ring, with buffers that the next record in it uses again.
type slot struct {
	rec   Record // CallID, EdgePort and the head's text are parts of buf, Calls is calls
	buf   []byte
	calls []Call
}

// maxCalls is how many calls of one message are kept.
const (
	maxCalls = 64
	callSize = int64(unsafe.Sizeof(Call{}))
)

// fill copies r, whose texts were cut, into the slot. The message they share from now on, which nobody writes to again.
// Where r is in the ring or a share, the caller holds Log.mu.
func (s *slot) fill(r *Record) {
	if r.own {
		r.own = false
	}
	s.fillBeside(r)
	s.rec.Request = r.Request
}

// fillBeside is fill without the message.
func (s *slot) fillBeside(r *Record) {
	s.rec = *r
	s.rec.Request, s.rec.own = nil, false
	// for others; they may be memory of their own
	s.rec.Rules = nil
	s.rec.Routed, s.rec.Sender, s.rec.Cause, s.rec.ruleError = nil, nil, "", nil
	s.buf = append(append(append(s.buf[:0], r.CallID...), r.EdgePort...), r.head.text...)
	edgePort, text := len(r.CallID), len(r.CallID)+len(r.EdgePort)
	s.rec.CallID, s.rec.EdgePort, s.rec.head.text = s.buf[:edgePort], s.buf[edgePort:text], s.buf[text:]
	s.calls = append(s.calls[:0], r.Calls[:min(len(r.Calls), maxCalls)]...)
	for i := range s.calls {
		s.calls[i].Cause = "" // as the record's
	}
	s.rec.Calls = s.calls
}

// take moves the buffers of another slot here.
func (s *slot) take(from *slot) {
	s.buf, s.calls = from.buf, from.calls
	from.buf, from.calls = nil, nil
}

// size returns the bytes that the record takes beside its place in the ring.
func (s *slot) size() int64 {
	r := &s.rec
	n := cap(s.buf) + cap(r.Request) + len(r.Processor) + len(r.Error) + len(r.Answered) + len(r.FailedRule)
	for i := range s.calls {
		n += len(s.calls[i].Ref) + len(s.calls[i].Addr) + len(s.calls[i].Role)
	}
	return int64(n) + int64(cap(s.calls))*callSize
}

// kept is 1 where the message is there, else 0.
func (s *slot) kept() int {
	if s.rec.Request == nil {
		return 0
	}
	return 1
}

// dropMessage forgets the message and returns the bytes that this frees.
func (s *slot) dropMessage() int64 {
	n := int64(cap(s.rec.Request))
	s.rec.Request, s.rec.own = nil, false
	return n
}
