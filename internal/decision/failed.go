package decision

import (
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Stop is a processor or middleware whose calls failed with a code.
type Stop struct {
	Ref, Role string
	Code      status.Code
}

// Failed is a message that failed, or went on without a middleware that did.
type Failed struct {
	ID    string // of its decision
	Error string // what the caller was told of that stop, masked; empty where the message went on
}

// LastFailed returns, of each of those stops, the last decision in which a call to it failed with its code, where that
// is in the ring.
func (l *Log) LastFailed(stops []Stop) map[Stop]Failed {
	wanted := make(map[Stop]bool, len(stops))
	for _, s := range stops {
		wanted[s] = true
	}
	found := map[Stop]Failed{}
	for before := l.end(); before > 0 && len(wanted) > 0; {
		before = l.lastFailed(before, wanted, found)
	}
	return found
}

// lastFailed looks at one batch of records before a number, moves what it finds from wanted to found, and returns where
// to go on; 0 where nothing is left.
func (l *Log) lastFailed(before uint64, wanted map[Stop]bool, found map[Stop]Failed) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range batch {
		if before--; before < l.oldest {
			return 0
		}
		r := &l.at(before).rec
		for _, c := range r.Calls {
			s := Stop{c.Ref, c.Role, c.Code}
			if c.Code == status.OK || !wanted[s] {
				continue
			}
			delete(wanted, s)
			f := Failed{ID: l.id(before)}
			if r.Code == s.Code && strings.HasPrefix(r.Error, s.Role+" ref = "+s.Ref) {
				f.Error = r.Error
			}
			found[s] = f
		}
	}
	return before
}
