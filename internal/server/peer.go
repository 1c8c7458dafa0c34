package server

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"time"
)

// peer is what is known of the other end of a connection. It is safe for concurrent use.
type peer struct {
	replaceAt time.Time                  // from which on the connection is to be replaced; zero: never
	requests  atomic.Uint64              // so far
	tls       *tls.ConnectionState       // of the connection that a Switchboard was handed; nil in clear text
	headers   func() (uint32, bool)      // how large a header list it takes; nil where it isn't known
	held      [numResources]atomic.Int64 // of the budgets
}

type peerKey struct{}

// unknown stands for every peer whose connection isn't a Server's.
var unknown peer

func peerOf(ctx context.Context) *peer {
	if p, ok := ctx.Value(peerKey{}).(*peer); ok {
		return p
	}
	return &unknown
}

// Requests returns how many requests came so far on the connection of the request whose context ctx is: where it stays
// the same, the connection does nothing but hold open what is open.
func Requests(ctx context.Context) uint64 { return peerOf(ctx).requests.Load() }
