// Package server runs the one HTTP server that everything shares: gRPC and browsers, over HTTP/1.1 and clear-text
// HTTP/2, on one port. Package app gives it the handler, starts and stops it.
package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Limits on what a connection may ask for. They bound what a hostile or broken peer can hold, and are far above what
// an EdgePort, which opens one connection and sends small messages, needs.
const (
	maxHeaderBytes       = 64 << 10
	maxConcurrentStreams = 4096 // per connection
	readHeaderTimeout    = 10 * time.Second
	readTimeout          = 30 * time.Second // of a whole request
	idleTimeout          = 10 * time.Minute
)

// Server is a listening HTTP server. Its methods may be called from any goroutine, Serve once.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen opens the port addr (host:port) for handler. Connections wait until Serve is called.
func Listen(ctx context.Context, addr string, handler http.Handler, errorLog *log.Logger) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, network(addr), addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &Server{listener: listener, http: &http.Server{
		Handler:           handler,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxConcurrentStreams},
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          errorLog,
	}}, nil
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

// Serve handles connections until Shutdown or Close, and returns nil then.
func (s *Server) Serve() error {
	if err := s.http.Serve(batchListener{s.listener}); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// Shutdown stops listening, tells the peers to go elsewhere (HTTP/2 GOAWAY) and waits until the requests in flight
// are answered. When ctx ends first, it cuts them off and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // nothing is left to lose
		return fmt.Errorf("requests were still in flight: %w", err)
	}
	return nil
}
