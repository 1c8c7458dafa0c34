package backend

import (
	"slices"
	"time"
)

// Change is one change of an instance's state.
type Change struct {
	Time     time.Time `json:"time"`
	Instance string    `json:"instance"` // its address
	State    string    `json:"state"`    // that of Instance, or gone where it isn't one any more
	Reason   string    `json:"reason,omitempty"`
}

// stateGone is that of an instance which a name doesn't stand for any more.
const stateGone = "gone"

// mostChanges is how many changes of a fleet are remembered.
const mostChanges = 50

// note remembers the instance's state, where it is another one than before. The caller holds f.mu.
func (f *fleet) note(i *instance, now time.Time) {
	state := i.word()
	if state == stateIdle { // which lasts for a moment only
		state = stateConnecting
	}
	if state == i.shown {
		return
	}
	i.shown, i.since = state, now
	c := Change{Time: now, Instance: i.addr, State: state}
	if !healthyState(state) {
		c.Reason = i.reason
	}
	f.remember(c)
}

// remember adds a change. The caller holds f.mu.
func (f *fleet) remember(c Change) {
	if len(f.changes) == mostChanges {
		f.changes = slices.Delete(f.changes, 0, 1)
	}
	f.changes = append(f.changes, c)
}
