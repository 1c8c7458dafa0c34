package backend

import (
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// suspect is who a call that failed was of: the dialog and the caller, hashed.
type suspect struct{ dialog, caller uint64 }

// suspects are those whose calls failed at an instance lately. A failure of somebody who is among them is more likely
// theirs than the instance's: a message that nobody can process comes again and again. So it doesn't count towards
// ejection.
type suspects struct {
	mu   sync.Mutex
	last [32]struct {
		suspect
		at time.Time
	}
	next int
}

// suspectFor is how long somebody is one: as long as failures count.
const suspectFor = windowPeriod * windowSlots

// anew reports whether who is not among the suspects, and takes it in. On probation, where one failure is enough, it
// doesn't matter how long ago it was.
func (s *suspects) anew(who suspect, now time.Time, probation bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.last {
		l := &s.last[n]
		if !l.at.IsZero() && (l.dialog == who.dialog || l.caller == who.caller) &&
			(probation || now.Sub(l.at) < suspectFor) {
			l.at = now
			return false
		}
	}
	s.last[s.next].suspect, s.last[s.next].at = who, now
	s.next = (s.next + 1) % len(s.last)
	return true
}

// Where the caller is in a request.
var callerPlace, callerUser, callerHost = func() (message.Place, *message.Field, *message.Field) {
	place := message.Root
	for _, name := range []string{"message", "from", "address", "uri"} {
		place, _ = place.Child(name)
	}
	return place, place.Type().Field("user"), place.Type().Field("host")
}()

// suspect returns who the call is of. A message that doesn't say stands for itself.
func (c *call) suspect() suspect {
	s := suspect{dialog: xxhash.Sum64(c.key())}
	user, host := c.req.Str(callerPlace, callerUser), c.req.Str(callerPlace, callerHost)
	s.caller = s.dialog
	if len(user)+len(host) > 0 {
		var d xxhash.Digest
		d.ResetWithSeed(1)
		_, _ = d.Write(user)      // a hash takes everything
		_, _ = d.WriteString("@") // see above
		_, _ = d.Write(host)      // see above
		s.caller = d.Sum64()
	}
	return s
}

// strict reports whether a decoder that keeps to the letter takes the message. Ours takes text that isn't UTF-8, as
// Node's does; grpc-go's answers INTERNAL, and that isn't its instance's fault.
func (c *call) strict() bool {
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(c.req.Bytes(), &routrpb.MessageRequest{}) == nil
}
