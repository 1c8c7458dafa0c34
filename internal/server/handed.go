package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Switchboard serves connections of HTTP/2 in net/http's stead. Whatever it doesn't want to serve itself it carries to
// the handler that the Server has, by Handed.Inner.
type Switchboard interface {
	// Serve serves a connection until it is over, and closes it.
	Serve(conn *Handed)
	// Drain lets all connections end, those that come later too: peers are told to go elsewhere, and what is in flight
	// finishes. It doesn't wait.
	Drain()
}

// Handed is a connection of HTTP/2 that a Server hands over to a Switchboard. Its net.Conn is what the peer's frames
// come on: the socket itself, or TLS.
type Handed struct {
	net.Conn
	Prefaced  bool      // the client's preface was read
	ReplaceAt time.Time // from which on the connection is to be replaced; zero: never
	Limits    Limits    // all of them set

	peer   *peer
	server *Server
	below  *batchConn
}

// Context returns one that stands for the peer, as those of its requests do: what they take of a Budget is the peer's.
func (h *Handed) Context() context.Context {
	return context.WithValue(context.Background(), peerKey{}, h.peer)
}

// Requested counts a request that the Switchboard serves itself.
func (h *Handed) Requested() { h.peer.requests.Add(1) }

// Takes says how large a header list may be that the peer takes; see HeadersTaken.
func (h *Handed) Takes(headers func() (bytes uint32, known bool)) { h.peer.headers = headers }

// Broken says in the Server's ErrorLog why the Switchboard ended the connection: something that the peer did wrong.
func (h *Handed) Broken(why error) {
	to := h.server.http.ErrorLog
	if to == nil {
		to = log.Default()
	}
	to.Printf("the connection from %s ended: %v", h.RemoteAddr(), why)
}

// CloseWrite says that nothing more comes.
func (h *Handed) CloseWrite() error {
	if secure, ok := h.Conn.(*tls.Conn); ok {
		return errors.Join(secure.CloseWrite(), h.below.CloseWrite())
	}
	return h.below.CloseWrite()
}

// SetWriteDeadline does nothing: what is below TLS has patience of its own with a peer that doesn't read, and a write
// of TLS that is given up ends the connection, however much of it was taken.
func (*Handed) SetWriteDeadline(time.Time) error { return nil }

// Instead says that the connection in clear text goes on by another net.Conn: whatever closes it closes that.
func (h *Handed) Instead(conn net.Conn) { h.below.goOn(conn) }

// Inner returns a connection in memory on which the Server's handler is served over HTTP/2, in clear text, as if it
// were the peer's: with its addresses and its certificates.
func (h *Handed) Inner() (net.Conn, error) {
	near, far := net.Pipe()
	if !h.server.inner.offer(&innerConn{Conn: far, of: h}) {
		_ = near.Close() // nothing was written
		_ = far.Close()
		return nil, net.ErrClosed
	}
	return near, nil
}

// innerConn is the server's end of a connection in memory.
type innerConn struct {
	net.Conn
	of *Handed
}

// LocalAddr is part of net.Conn.
func (c *innerConn) LocalAddr() net.Addr { return c.of.LocalAddr() }

// RemoteAddr is part of net.Conn.
func (c *innerConn) RemoteAddr() net.Addr { return c.of.RemoteAddr() }

// handOver gives connections of HTTP/2 to a switchboard: net/http calls these functions once it has seen the preface,
// or after the TLS handshake.
func (s *Server) handOver(to Switchboard) map[string]func(*http.Server, *tls.Conn, http.Handler) {
	serve := func(conn, rw net.Conn, below *batchConn, ctx context.Context, prefaced bool) {
		below.drains.state.Store(int32(http.StateActive)) // it ends by itself
		_ = rw.SetDeadline(time.Time{})                   // those of the handshake
		h := &Handed{Conn: conn, Prefaced: prefaced, Limits: s.limits, peer: peerOf(ctx), server: s, below: below}
		h.ReplaceAt, h.peer.replaceAt = h.peer.replaceAt, time.Time{}
		if state, ok := conn.(*tls.Conn); ok {
			h.peer.tls = new(tls.ConnectionState)
			*h.peer.tls = state.ConnectionState()
		}
		to.Serve(h)
	}
	return map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, h http.Handler) {
			if below, ok := conn.NetConn().(*batchConn); ok {
				serve(conn, conn, below, contextOf(h), false)
			}
		},
		// The name that net/http has for it, and the wrapping, are what golang.org/x/net/http2 relies on, too.
		"unencrypted_http2": func(_ *http.Server, conn *tls.Conn, h http.Handler) {
			wrapped, ok := conn.NetConn().(interface{ UnencryptedNetConn() net.Conn })
			if !ok {
				return
			}
			if below, ok := wrapped.UnencryptedNetConn().(*batchConn); ok {
				serve(below.Conn, below, below, contextOf(h), true)
			}
		},
	}
}

// contextOf returns the context of a connection that net/http hands over.
func contextOf(h http.Handler) context.Context {
	if with, ok := h.(interface{ BaseContext() context.Context }); ok {
		return with.BaseContext()
	}
	return context.Background()
}

// inner serves connections in memory.
type inner struct {
	http  *http.Server
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInner() *inner { return &inner{conns: make(chan net.Conn), done: make(chan struct{})} }

// offer reports whether a connection is served.
func (i *inner) offer(conn net.Conn) bool {
	select {
	case i.conns <- conn:
		return true
	case <-i.done:
		return false
	}
}

// Accept is part of net.Listener.
func (i *inner) Accept() (net.Conn, error) {
	select {
	case conn := <-i.conns:
		return conn, nil
	case <-i.done:
		return nil, net.ErrClosed
	}
}

// Close is part of net.Listener.
func (i *inner) Close() error {
	i.once.Do(func() { close(i.done) })
	return nil
}

// end closes everything.
func (i *inner) end() {
	_ = i.Close()
	_ = i.http.Close() // nothing is left to lose
}

// Addr is part of net.Listener.
func (*inner) Addr() net.Addr { return &net.UnixAddr{Name: "inner", Net: "inner"} }
