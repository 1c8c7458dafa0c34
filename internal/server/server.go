// Package server runs the one HTTP server that everything shares: gRPC and browsers, over HTTP/1.1 and HTTP/2, on one
// port, in clear text or over TLS. Package app gives it the handler, starts and stops it.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Options say what to serve and how. Handler must be set, and Addr or Listener.
type Options struct {
	Addr     string       // host:port
	Listener net.Listener // one that is open already, such as a socket of systemd's; Server closes it; nil: Addr
	Handler  http.Handler
	TLS      *TLS        // nil: clear text
	HTTP2    Switchboard // serves connections of HTTP/2; nil: net/http does
	Limits   Limits
	ErrorLog *log.Logger  // what peers do wrong; nil: the log package's own
	Log      *slog.Logger // what the operator should know; nil: nobody
}

// Server is a listening HTTP server. Its methods may be called from any goroutine, Serve once.
type Server struct {
	listener *batchListener
	bodies   *bodies
	http     *http.Server
	files    *tlsFiles // nil: clear text

	limits Limits
	board  Switchboard // nil where net/http serves HTTP/2
	inner  *inner      // what the switchboard carries goes to; nil without one
}

// Listen opens the port, unless that is done. Connections wait until Serve is called.
func Listen(ctx context.Context, opts Options) (*Server, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	limits := opts.Limits.withDefaults()
	var files *tlsFiles
	var secure *tls.Config
	if opts.TLS != nil {
		var err error
		if files, err = opts.TLS.open(ctx, opts.Log); err != nil {
			return nil, err
		}
		secure = files.config()
	}
	listener := opts.Listener
	if listener == nil {
		var err error
		if listener, err = (&net.ListenConfig{}).Listen(ctx, network(opts.Addr), opts.Addr); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", opts.Addr, err)
		}
	}
	waits := &bodies{}
	s := &Server{
		limits: limits,
		files:  files, bodies: waits,
		listener: &batchListener{
			Listener: listener, limit: int64(limits.Connections), patience: limits.WriteTimeout, log: opts.Log,
			clear:   opts.TLS == nil,
			refused: trouble{what: "connections are refused: limits.connections is reached"},
			failed:  trouble{what: "connections can't be accepted"},
		},
		http: limits.server(limits.handler(opts.Handler, waits), opts.ErrorLog),
	}
	s.http.TLSConfig, s.http.Protocols = secure, protocols(opts.TLS != nil)
	if opts.HTTP2 != nil {
		s.board, s.inner = opts.HTTP2, newInner()
		s.http.TLSNextProto = s.handOver(opts.HTTP2)
		s.inner.http = limits.server(s.http.Handler, opts.ErrorLog)
		s.inner.http.Protocols = new(http.Protocols)
		s.inner.http.Protocols.SetUnencryptedHTTP2(true)
	}
	return s, nil
}

// server returns a http.Server that keeps the limits.
func (l Limits) server(handler http.Handler, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		HTTP2:             l.http2(),
		MaxHeaderBytes:    headerRoom * l.HeaderBytes,
		ReadHeaderTimeout: l.ReadHeaderTimeout,
		ReadTimeout:       l.ReadTimeout,
		IdleTimeout:       l.IdleTimeout,
		ConnContext:       l.connContext,
		ConnState:         noteState,
		ErrorLog:          errorLog,
	}
}

// protocols are HTTP/1.1 and HTTP/2, the latter chosen by ALPN over TLS and by its preface (h2c) otherwise.
func protocols(secure bool) *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(secure)
	p.SetUnencryptedHTTP2(!secure)
	return &p
}

// network keeps an IPv4 address to IPv4: Go would take 0.0.0.0 for every address of either version.
func network(addr string) string {
	if ap, err := netip.ParseAddrPort(addr); err == nil && ap.Addr().Is4() {
		return "tcp4"
	}
	return "tcp"
}

// Addr returns the address the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve handles connections until Shutdown, and returns nil then.
func (s *Server) Serve() error {
	err := s.serve()
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// serve puts TLS above the connections that batch, so that what is batched is ciphertext.
func (s *Server) serve() error {
	if s.inner != nil {
		var within sync.WaitGroup
		within.Go(func() {
			defer panics.Caught("serve what the relay carries")
			_ = s.inner.http.Serve(s.inner) // it ends when the inner listener does
		})
		defer within.Wait()
	}
	err := s.serveWire()
	if s.inner != nil && !errors.Is(err, http.ErrServerClosed) {
		s.inner.end()
	}
	return err
}

func (s *Server) serveWire() error {
	if s.files != nil {
		ctx, end := context.WithCancel(context.Background())
		var follower sync.WaitGroup
		follower.Go(func() { s.files.follow(ctx) })
		defer follower.Wait()
		defer end()
		return s.http.ServeTLS(s.listener, "", "")
	}
	return s.http.Serve(s.listener)
}
