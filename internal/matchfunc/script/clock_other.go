//go:build !linux

package script

import "time"

// clock tells how much time has passed on the wall: no other thread can be asked for its processor time here.
type clock struct {
	own  bool // always false
	wall time.Time
}

func startClock() clock { return clock{wall: time.Now()} }

func (c clock) used() time.Duration { return time.Since(c.wall) }
