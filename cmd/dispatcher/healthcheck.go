package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type healthcheckCmd struct {
	Addr    string        `help:"Where the dispatcher listens. Else the configuration's spec.bindAddr, or 127.0.0.1:51901." placeholder:"HOST:PORT"`
	Config  string        `help:"The configuration file that the dispatcher serves. Else CONFIG_PATH names it." placeholder:"FILE"`
	Timeout time.Duration `help:"How long the answer may take." default:"2s"`
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
	if !found {
		return cmp.Or(c.Addr, "127.0.0.1:51901"), nil, nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return "", nil, err
	}
	if secure, err = itself(cfg); err != nil {
		return "", nil, err
	}
	if c.Addr != "" {
		return c.Addr, secure, nil
	}
	host, port, err := net.SplitHostPort(cfg.Spec.BindAddr)
	if err != nil {
		return "", nil, fmt.Errorf("spec.bindAddr: %w", err)
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
// that others use and nothing secret is asked, and shows its own where the port wants to see one.
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
	secure.Certificates = []tls.Certificate{own}
	return secure, nil
}
