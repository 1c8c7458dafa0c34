package server

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// Trouble is told in the log once in troubleInterval, and to who asks for as long after it happened last.
const troubleInterval = 10 * time.Second

// trouble is a reason for which connections aren't taken. It is safe for concurrent use.
type trouble struct {
	what  string
	count atomic.Uint64
	last  atomic.Int64 // when it happened, as package monotonic has it
	said  atomic.Int64 // when the log was told
}

// happens counts one, and tells the log where it wasn't told of late.
func (t *trouble) happens(log *slog.Logger, err error) {
	count, now := t.count.Add(1), monotonic.Now()
	t.last.Store(now)
	said := t.said.Load()
	if now-said < int64(troubleInterval) || !t.said.CompareAndSwap(said, now) {
		return
	}
	args := []any{"connectionsSoFar", count}
	if err != nil {
		args = append(args, "error", err.Error())
	}
	log.Error(t.what, args...)
}

// Connections is what becomes of those who connect.
type Connections struct {
	Open, Max int64    // Max is 0 where there is no limit
	Refused   uint64   // so far, because there were as many as Max
	Failed    uint64   // times that the system had none to give, such as without file descriptors
	Trouble   []string // what happened within the last ten seconds
}

// Connections returns what became of those who connected.
func (s *Server) Connections() Connections {
	l := s.listener
	c := Connections{
		Open: int64(l.connections.count()), Max: l.limit, Refused: l.refused.count.Load(),
		Failed: l.failed.count.Load(),
	}
	for _, t := range []*trouble{&l.refused, &l.failed} {
		if monotonic.Now()-t.last.Load() < int64(troubleInterval) {
			c.Trouble = append(c.Trouble, t.what)
		}
	}
	return c
}
