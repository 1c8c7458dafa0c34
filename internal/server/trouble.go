package server

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// Trouble is told in the log once in troubleInterval, and to who asks for as long after it happened last.
const troubleInterval = 10 * time.Second

// trouble is a reason for which connections aren't taken. It is safe for concurrent use.
type trouble struct {
	what  string
	count atomic.Uint64
	last  atomic.Int64 // when it happened, in nanoseconds of Unix time
	said  atomic.Int64 // when the log was told
}

// happens counts one, and tells the log where it wasn't told of late.
func (t *trouble) happens(log *slog.Logger, err error) {
	count, now := t.count.Add(1), time.Now().UnixNano()
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
		if time.Since(time.Unix(0, t.last.Load())) < troubleInterval {
			c.Trouble = append(c.Trouble, t.what)
		}
	}
	return c
}
