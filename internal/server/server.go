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
)

// Options say what to serve and how. Handler must be set, and Addr or Listener.
type Options struct {
	Addr     string       // host:port
	Listener net.Listener // one that is open already, such as a socket of systemd's; Server closes it; nil: Addr
	Handler  http.Handler
	TLS      *TLS // nil: clear text
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
	return &Server{
		files: files, bodies: waits,
		listener: &batchListener{
			Listener: listener, limit: int64(limits.Connections), patience: limits.WriteTimeout, log: opts.Log,
			refused: trouble{what: "connections are refused: limits.connections is reached"},
			failed:  trouble{what: "connections can't be accepted"},
		},
		http: &http.Server{
			Handler:           limits.handler(opts.Handler, waits),
			TLSConfig:         secure,
			Protocols:         protocols(opts.TLS != nil),
			HTTP2:             limits.http2(),
			MaxHeaderBytes:    headerRoom * limits.HeaderBytes,
			ReadHeaderTimeout: limits.ReadHeaderTimeout,
			ReadTimeout:       limits.ReadTimeout,
			IdleTimeout:       limits.IdleTimeout,
			ConnContext:       limits.connContext,
			ConnState:         noteState,
			ErrorLog:          opts.ErrorLog,
		},
	}, nil
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
