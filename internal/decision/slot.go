package decision

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// slot is one place of the ring, with buffers that the next record in it uses again.
type slot struct {
	rec   Record // CallID and EdgePort are parts of buf, Calls is calls
	buf   []byte
	calls []Call
}

// What comes from outside is cut: maxRef bytes of a Call-ID or an EdgePort's ref, maxError of an error, maxCalls.
const (
	maxRef   = 256
	maxError = 1024
	maxCalls = 64
	callSize = int64(unsafe.Sizeof(Call{}))
)

// fill copies r into the slot.
func (s *slot) fill(r *Record) {
	s.rec = *r
	s.rec.Routed, s.rec.Cause = nil, "" // for others; they may be memory of their own
	callID, edgePort := cut(r.CallID), cut(r.EdgePort)
	s.buf = append(append(s.buf[:0], callID...), edgePort...)
	s.rec.CallID = s.buf[:len(callID):len(callID)]
	s.rec.EdgePort = s.buf[len(callID):]
	s.calls = append(s.calls[:0], r.Calls[:min(len(r.Calls), maxCalls)]...)
	s.rec.Calls = s.calls
	if len(r.Error) > maxError {
		s.rec.Error = cutError(r.Error)
	}
}

func cut(ref []byte) []byte { return ref[:min(len(ref), maxRef)] }

// cutError returns the start of an error in memory of its own, so that the rest can go.
func cutError(text string) string {
	end := maxError
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end])
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
