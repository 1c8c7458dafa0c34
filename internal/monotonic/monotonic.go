// Package monotonic tells times that can be kept in one number and compared, whatever is done to the system's clock: a
// time-out that goes by Unix time is over at once when the clock is set forward, and much later when it is set back.
//
// Every package that keeps times in atomics uses it. It is safe for concurrent use.
package monotonic

import "time"

// origin is a little after the start of the process, and begins what is told of it: so long after 0 that 0 is never,
// and long ago.
var origin = time.Now()

const begins = 1 << 62 // 146 years

// Now returns the time in nanoseconds.
func Now() int64 { return Of(time.Now()) }

// Of is Now as of t, which must come from time.Now, or a timer, of this process.
func Of(t time.Time) int64 { return begins + int64(t.Sub(origin)) }

// Time undoes Of. The result compares and subtracts as t did.
func Time(ns int64) time.Time { return origin.Add(time.Duration(ns - begins)) }
