package decision

import "time"

// Coverage says how far back a list reaches, and what there is besides.
type Coverage struct {
	// when the oldest message came in whose decision is kept; null without one
	Oldest       *time.Time `json:"oldest"`
	Kept         int        `json:"kept"`         // decisions that are kept
	MessagesKept int        `json:"messagesKept"` // of which the message is kept, too
	Lost         uint64     `json:"lost"`         // decisions made since the start that aren't kept any more
}

// Coverage returns how far back the log reaches at the moment.
func (l *Log) Coverage() Coverage {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := Coverage{Kept: int(l.next - l.oldest), MessagesKept: l.kept, Lost: l.oldest - 1} // at most len(ring)
	if c.Kept > 0 {
		at := l.at(l.oldest).rec.Time.UTC()
		c.Oldest = &at
	}
	return c
}

// Beside adds what another log keeps. Together they reach back without a gap to where the shorter one does.
func (c Coverage) Beside(o Coverage) Coverage {
	if c.Oldest == nil || o.Oldest != nil && o.Oldest.After(*c.Oldest) {
		c.Oldest = o.Oldest
	}
	c.Kept, c.MessagesKept, c.Lost = c.Kept+o.Kept, c.MessagesKept+o.MessagesKept, c.Lost+o.Lost
	return c
}
