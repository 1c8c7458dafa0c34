package decision

import "bytes"

// nearby is how many records on both sides of a retransmission's are looked at for that of its first request: both are
// written when the one answer is there.
const nearby = 256

// sharedWith returns the id of the decision on the request that a retransmission shared the answer of; empty while that
// isn't there, or not any more.
func (l *Log) sharedWith(n uint64, r *Record) string {
	for from := max(n, nearby+1) - nearby; from < n+nearby; from += batch {
		l.mu.Lock()
		for i := max(from, l.oldest); i < min(from+batch, l.next); i++ {
			if first := &l.at(i).rec; !first.Shared && first.sameTransaction(r) {
				l.mu.Unlock()
				return l.id(i)
			}
		}
		l.mu.Unlock()
	}
	return ""
}

// sameTransaction compares what retransmissions have in common (RFC 3261 section 17.2.3).
func (r *Record) sameTransaction(o *Record) bool {
	return r.Method == o.Method && r.Response == o.Response && bytes.Equal(r.CallID, o.CallID) &&
		bytes.Equal(r.EdgePort, o.EdgePort) &&
		bytes.Equal(r.head.part(viaPart), o.head.part(viaPart)) &&
		bytes.Equal(r.head.part(cseqPart), o.head.part(cseqPart))
}
