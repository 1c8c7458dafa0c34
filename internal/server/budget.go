package server

import (
	"context"
	"net/http"
	"sync/atomic"
)

// Budget bounds what requests hold at once, over all connections. What it can't give it refuses at once.
//
// A connection that holds much, more than a 128th of it, may take more while less than half is taken; the other half
// is for those that hold little. So it takes more than 64 greedy connections to leave nothing for a modest one.
//
// It must be made by NewByteBudget or NewStreamBudget and is safe for concurrent use. It tells connections apart by
// the contexts of a Server's requests; all others are one.
type Budget struct {
	max     int64
	of      resource
	used    atomic.Int64
	refused atomic.Uint64
}

// resource is what a Budget is of.
type resource int

const (
	ofBytes resource = iota
	ofStreams
	numResources
)

// NewByteBudget returns a Budget of bytes that are in work.
func NewByteBudget(limit int64) *Budget { return &Budget{max: limit, of: ofBytes} }

// NewStreamBudget returns a Budget of streams that stay open.
func NewStreamBudget(limit int64) *Budget { return &Budget{max: limit, of: ofStreams} }

// Max is what may be taken at once.
func (b *Budget) Max() int64 { return b.max }

// Used is what is taken now.
func (b *Budget) Used() int64 { return b.used.Load() }

// Refused counts the requests that got nothing, or not enough.
func (b *Budget) Refused() uint64 { return b.refused.Load() }

// Begin returns the share of the request whose context ctx is, empty as yet. The caller has to end it.
func (b *Budget) Begin(ctx context.Context) Share { return Share{budget: b, peer: peerOf(ctx)} }

// Bound lets requests to next in while there is room for the bytes that each of them takes. Others get the status 503.
func (b *Budget) Bound(next http.Handler, bytes int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		share := b.Begin(r.Context())
		defer share.End()
		if !share.Take(bytes) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "busy: the limit on memory for requests in work is reached", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Share is what one request holds of a Budget. It isn't safe for concurrent use.
type Share struct {
	budget *Budget
	peer   *peer
	held   int64
}

// Take asks for n more. Where it returns false the request is to be refused: it got nothing, and what it holds stays
// until End.
func (s *Share) Take(n int64) bool {
	ok := s.Try(n)
	if !ok {
		s.budget.refused.Add(1)
	}
	return ok
}

// Try is Take for who has something else to do than to refuse the request.
func (s *Share) Try(n int64) bool {
	b := s.budget
	used, held := b.used.Add(n), s.peer.held[b.of].Add(n)
	if used > b.max || held > b.max/128 && used > b.max/2 {
		b.used.Add(-n)
		s.peer.held[b.of].Add(-n)
		return false
	}
	s.held += n
	return true
}

// Add counts n more that the request holds already, whether or not there is room: those that come after it wait.
func (s *Share) Add(n int64) {
	s.budget.used.Add(n)
	s.peer.held[s.budget.of].Add(n)
	s.held += n
}

// End gives everything back.
func (s *Share) End() {
	s.Add(-s.held)
}
