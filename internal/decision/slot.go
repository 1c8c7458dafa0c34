package decision

import "unsafe"

// slot is one place of the ring, with buffers that the next record in it uses again.
type slot struct {
	rec   Record // CallID and EdgePort are parts of buf, Calls is calls
	buf   []byte
	calls []Call
}

// maxCalls is how many calls of one message are kept.
const (
	maxCalls = 64
	callSize = int64(unsafe.Sizeof(Call{}))
)

// fill copies r, whose texts were cut, into the slot.
func (s *slot) fill(r *Record) {
	s.rec = *r
	s.rec.Routed, s.rec.Sender, s.rec.Cause = nil, nil, "" // for others; they may be memory of their own
	s.buf = append(append(s.buf[:0], r.CallID...), r.EdgePort...)
	s.rec.CallID = s.buf[:len(r.CallID):len(r.CallID)]
	s.rec.EdgePort = s.buf[len(r.CallID):]
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
	n := cap(s.buf) + cap(r.Request) + len(r.Processor) + len(r.Error) + len(r.Answered)
	for i := range s.calls {
		n += len(s.calls[i].Ref) + len(s.calls[i].Addr) + len(s.calls[i].Role)
	}
	return int64(n) + int64(cap(s.calls))*callSize
}

// dropMessage forgets the message and returns the bytes that this frees.
func (s *slot) dropMessage() int64 {
	n := int64(cap(s.rec.Request))
	s.rec.Request = nil
	return n
}
