package server

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Limits bound what a hostile or broken peer can hold. The defaults, which zero values stand for, are far above what
// an EdgePort, which opens one connection and sends small messages, needs.
type Limits struct {
	StreamsPerConnection int           // requests at once on an HTTP/2 connection; 4096
	HeaderBytes          int           // of a request's header; 64 KiB
	ReadHeaderTimeout    time.Duration // from the connection, or the request's first byte, to the header's last; 10s
	ReadTimeout          time.Duration // of a whole request; 30s
	WriteTimeout         time.Duration // a piece of an answer may wait so long for a peer that doesn't take it; 30s
	IdleTimeout          time.Duration // of a connection without requests; 10m
	Connections          int           // open at once, those above are closed as they come; 0: no limit
	MaxConnectionAge     time.Duration // then a connection is to be replaced, ±10 %; 0: none
}

// A peer that is silent for PingAfter is asked whether it is there, and has PingTimeout to say so.
const (
	PingAfter   = time.Minute
	PingTimeout = 15 * time.Second
)

func (l Limits) withDefaults() Limits {
	l.StreamsPerConnection = cmp.Or(l.StreamsPerConnection, 4096)
	l.HeaderBytes = cmp.Or(l.HeaderBytes, 64<<10)
	l.ReadHeaderTimeout = cmp.Or(l.ReadHeaderTimeout, 10*time.Second)
	l.ReadTimeout = cmp.Or(l.ReadTimeout, 30*time.Second)
	l.WriteTimeout = cmp.Or(l.WriteTimeout, 30*time.Second)
	l.IdleTimeout = cmp.Or(l.IdleTimeout, 10*time.Minute)
	return l
}

func (l Limits) http2() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: l.StreamsPerConnection,
		SendPingTimeout:      PingAfter,
		PingTimeout:          PingTimeout,
	}
}

// handler applies what net/http doesn't.
func (l Limits) handler(next http.Handler, bodies *bodies) http.Handler {
	next = guarded(headersFit(next, l.HeaderBytes), l.WriteTimeout, bodies)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := peerOf(r.Context())
		p.requests.Add(1)
		if !p.replaceAt.IsZero() && time.Now().After(p.replaceAt) {
			// Over HTTP/2, net/http makes a GOAWAY of it: requests in flight are answered, new ones go to a new
			// connection.
			w.Header()["Connection"] = closing
		}
		if p.tls != nil {
			r.TLS = p.tls
		}
		next.ServeHTTP(w, r)
	})
}

var closing = []string{"close"}

// connContext begins to know a peer. The ends of connections are scattered, so that those opened together don't end
// together.
func (l Limits) connContext(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*innerConn); ok {
		return context.WithValue(ctx, peerKey{}, c.of.peer)
	}
	p := &peer{}
	if c, ok := conn.(*batchConn); ok { // in clear text
		p.headers = c.says.taken
	}
	if l.MaxConnectionAge > 0 {
		p.replaceAt = time.Now().Add(time.Duration(float64(l.MaxConnectionAge) * (0.9 + 0.2*rand.Float64())))
	}
	return context.WithValue(ctx, peerKey{}, p)
}
