package telemetry

import (
	"sync"
	"time"
)

// Ration gives out so many lines a second, and counts those that it doesn't. It must be made by NewRation and is safe
// for concurrent use.
type Ration struct {
	// Second returns the second that it is, as Unix time; a test may set it before the first use.
	Second func() int64

	most int

	mu      sync.Mutex
	second  int64
	written int // in that second
	leftOut int // since a line was written
}

// NewRation returns a Ration of at most so many lines a second.
func NewRation(most int) *Ration {
	return &Ration{most: most, Second: func() int64 { return time.Now().Unix() }}
}

// Take asks for a line. It returns how many were left out since the last one.
func (r *Ration) Take() (leftOut int, ok bool) {
	second := r.Second()
	r.mu.Lock()
	defer r.mu.Unlock()
	if second != r.second {
		r.second, r.written = second, 0
	}
	if r.written == r.most {
		r.leftOut++
		return 0, false
	}
	r.written++
	leftOut, r.leftOut = r.leftOut, 0
	return leftOut, true
}

// Rest returns how many were left out in seconds before this one that no line has told of, and forgets them.
func (r *Ration) Rest() (leftOut int) {
	second := r.Second()
	r.mu.Lock()
	defer r.mu.Unlock()
	if second == r.second {
		return 0
	}
	leftOut, r.leftOut = r.leftOut, 0
	return leftOut
}

// LeftOut is an attribute of a line that says how many others there would have been, if any.
func LeftOut(name string, n int) []any {
	if n == 0 {
		return nil
	}
	return []any{name, n}
}
