package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

type healthcheckCmd struct {
	Addr    string        `help:"Where the dispatcher listens. Else the configuration's spec.bindAddr, or 127.0.0.1:51901." placeholder:"HOST:PORT"`
	Config  string        `help:"The configuration file that the dispatcher serves. Else CONFIG_PATH names it." placeholder:"FILE"`
	Timeout time.Duration `help:"How long the answer may take." default:"2s"`
}

// Run asks for readiness.
func (c *healthcheckCmd) Run(s streams) error {
	addr, err := c.address(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return &usageError{err}
	}
	// The dispatcher is on this machine: no proxy stands before it.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the dispatcher on %s for its readiness: %w", addr, err)
	}
	defer resp.Body.Close() // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the answer of the dispatcher on %s: %w", addr, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the dispatcher on %s says: %s", addr, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintf(s.out, "%s: %s\n", addr, strings.TrimSpace(string(text)))
	return err
}

// address returns where to ask: on loopback where the dispatcher listens on every interface.
func (c *healthcheckCmd) address(s streams) (string, error) {
	if c.Addr != "" {
		return c.Addr, nil
	}
	path, found := config.Find(c.Config, s.getenv)
	if !found {
		return "127.0.0.1:51901", nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(cfg.Spec.BindAddr)
	if err != nil {
		return "", fmt.Errorf("spec.bindAddr: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}
