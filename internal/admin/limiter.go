package admin

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPeers bounds how many peers a limiter remembers. Beyond it they are all forgotten, which costs nothing but the
// memory of who asked much just now.
const maxPeers = 4096

// limiter bounds how often one peer may do something. It must be made by newLimiter.
type limiter struct {
	every rate.Limit
	burst int

	mu    sync.Mutex
	peers map[netip.Prefix]*rate.Limiter
}

func newLimiter(perSecond float64, burst int) *limiter {
	return &limiter{every: rate.Limit(perSecond), burst: burst, peers: map[netip.Prefix]*rate.Limiter{}}
}

// allow counts one, and reports whether there was one left.
func (l *limiter) allow(addr string) bool { return l.of(addr).Allow() }

// left reports whether there is anything left.
func (l *limiter) left(addr string) bool { return l.of(addr).Tokens() > 0 }

// charge counts n, whether they are left or not: a peer may owe some.
func (l *limiter) charge(addr string, n int) {
	for one := l.of(addr); n > 0; n -= l.burst {
		one.ReserveN(time.Now(), min(n, l.burst))
	}
}

// retryAfter is how many seconds it takes until one more is allowed.
func (l *limiter) retryAfter(addr string) int {
	return max(1, int(math.Ceil((1-l.of(addr).Tokens())/float64(l.every))))
}

func (l *limiter) of(addr string) *rate.Limiter {
	key := network(addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.peers[key]
	if one == nil {
		if len(l.peers) >= maxPeers {
			clear(l.peers)
		}
		one = rate.NewLimiter(l.every, l.burst)
		l.peers[key] = one
	}
	return one
}

// network is what one peer is taken to be: an IPv4 address, or an IPv6 network, since one host has 2^64 addresses
// there. What is no address is one peer too.
func network(addr string) netip.Prefix {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 64
	ip := ap.Addr().Unmap().WithZone("")
	if ip.Is4() {
		bits = 32
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
