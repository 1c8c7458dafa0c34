package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type healthcheckCmd struct {
	Addr    string        `help:"Where the dispatcher listens: host:port, a port of this machine, or a URL. Else the configuration's spec.bindAddr, or 127.0.0.1:51901." placeholder:"HOST:PORT"`
	Config  string        `short:"c" help:"The configuration file that the dispatcher serves. Else CONFIG_PATH names it." placeholder:"FILE"`
	Timeout time.Duration `help:"How long the answer may take." default:"2s"`
}

// Help says how it exits.
func (*healthcheckCmd) Help() string {
	return `Exit codes: 0 ready; 1 not ready, or it doesn't answer; 2 a wrong command line, or a configuration that can't be used.`
}

// Run asks for readiness.
func (c *healthcheckCmd) Run(s streams) error {
	addr, secure, err := c.address(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	scheme := "http://"
	if secure != nil {
		scheme = "https://"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+addr+"/readyz", nil)
	if err != nil {
		return &usageError{err}
	}
	// The dispatcher is on this machine: no proxy stands before it.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: secure}}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the dispatcher on %s for its readiness: %w", addr, err)
	}
	defer resp.Body.Close() // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the answer of the dispatcher on %s: %w", addr, err)
	}
	said := visible.Line(strings.TrimSpace(string(text)))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the dispatcher on %s says: %s", addr, said)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s\n", addr, said)
	return err
}

// address returns where to ask, on loopback where the dispatcher listens on every interface, and how it is secured: nil
// for clear text.
func (c *healthcheckCmd) address(s streams) (addr string, secure *tls.Config, err error) {
	path, found := config.Find(c.Config, s.getenv)
	at := cmp.Or(c.Addr, "127.0.0.1:51901")
	if found {
		_, text, err := s.configText(path)
		if err != nil {
			return "", nil, err
		}
		cfg, err := config.Parse(path, text)
		if err != nil {
			return "", nil, err
		}
		if secure, err = itself(cfg); err != nil {
			return "", nil, err
		}
		at = cmp.Or(c.Addr, cfg.Spec.BindAddr)
	}
	return local(at, secure)
}

// local makes a host:port, a port or a URL an address to ask.
func local(at string, secure *tls.Config) (addr string, _ *tls.Config, err error) {
	if scheme, rest, isURL := strings.Cut(at, "://"); isURL {
		switch scheme {
		case "http":
			secure = nil
		case "https":
			secure = cmp.Or(secure, &tls.Config{InsecureSkipVerify: true}) // as for itself
		default:
			return "", nil, &usageError{fmt.Errorf("--addr: %q is neither http nor https", scheme)}
		}
		at, _, _ = strings.Cut(rest, "/")
	}
	if !strings.Contains(at, ":") {
		at = ":" + at
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return "", nil, &usageError{fmt.Errorf("--addr: %w", err)}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", nil, &usageError{fmt.Errorf("--addr: %q is neither host:port nor a port", at)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), secure, nil
}

// itself is how the dispatcher calls itself over TLS. It takes whatever certificate it meets, as that is for the name
// that others use and nothing secret is asked, and shows its own where the port wants to see one, which knows it.
func itself(cfg *config.Config) (*tls.Config, error) {
	t := cfg.Spec.TLS
	if t == nil {
		return nil, nil
	}
	secure := &tls.Config{InsecureSkipVerify: true}
	if t.ClientCA == "" {
		return secure, nil
	}
	own, err := tls.LoadX509KeyPair(cfg.File(t.Cert), cfg.File(t.Key))
	if err != nil {
		return nil, fmt.Errorf("spec.tls: %w", err)
	}
	// whatever authorities are named
	secure.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	return secure, nil
}
