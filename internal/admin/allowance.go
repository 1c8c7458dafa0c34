package admin

import "time"

// allowance is how many decisions a sampled stream may send: so many a second, and what wasn't used of the last one, so
// that neither a burst nor what a reader missed is sampled where it comes to less than that.
type allowance struct {
	perSecond float64
	most      float64 // that come together
	left      float64
	at        time.Time // when left was right
}

func newAllowance(s streaming) *allowance {
	perSecond := float64(s.max)
	return &allowance{perSecond: perSecond, most: max(perSecond, perSecond*s.batch.Seconds())}
}

// event is how many decisions the event may hold that begins now: none where all was used.
func (a *allowance) event(now time.Time) int {
	a.left = min(a.left+a.perSecond*now.Sub(a.at).Seconds(), a.most) // all of it at first: long ago was nothing sent
	a.at = now
	return int(min(a.left, maxBatch))
}

// sent takes what an event held.
func (a *allowance) sent(n int) { a.left -= float64(n) }
