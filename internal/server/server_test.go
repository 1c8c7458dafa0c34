package server

import (
	"context"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
)

// serve runs a server until the test ends.
func serve(t *testing.T, opts Options) *Server {
	t.Helper()
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	opts.ErrorLog = log.New(io.Discard, "", 0)
	s, err := Listen(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAnIPv4AddressMeansIPv4(t *testing.T) {
	for addr, want := range map[string]string{"0.0.0.0:0": "0.0.0.0:", "127.0.0.1:0": "127.0.0.1:"} {
		s := serve(t, Options{Addr: addr, Handler: http.NotFoundHandler()})
		if got := s.Addr().String(); !strings.HasPrefix(got, want) {
			t.Errorf("listening on %s gives %s", addr, got)
		}
	}
}

func TestAPortThatIsTakenIsAnErrorThatNamesIt(t *testing.T) {
	s := serve(t, Options{Handler: http.NotFoundHandler()})
	_, err := Listen(t.Context(), Options{Addr: s.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "listen on "+s.Addr().String()) {
		t.Errorf("got %v", err)
	}
}

func TestHeadersAreLimited(t *testing.T) {
	s := serve(t, Options{Handler: http.NotFoundHandler()})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("x", 2*Limits{}.withDefaults().HeaderBytes))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}
