package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/impact"
)

// The limits on asking a running dispatcher.
const (
	defaultLast    = 1000
	maxReportBytes = 64 << 20
)

// ask lets a running dispatcher compare. It answers for its own configuration and the requests that it recorded.
func (c *impactCmd) ask(ctx context.Context, s streams) (*impact.Report, error) {
	_, candidate, err := s.configText(c.Config)
	if err != nil {
		return nil, err
	}
	token, err := c.token(s)
	if err != nil {
		return nil, err
	}
	last := c.Last
	if last == 0 {
		last = defaultLast
	}
	body, err := json.Marshal(map[string]any{"config": string(candidate), "last": last})
	if err != nil {
		return nil, err
	}
	url := strings.TrimSuffix(c.Against, "/") + "/api/v1/config/impact"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, &usageError{err}
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return send(req)
}

func send(req *http.Request) (*impact.Report, error) {
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
		// A redirect would take the token and the configuration elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the dispatcher for the impact: %w", err)
	}
	defer resp.Body.Close() // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReportBytes))
	if err != nil {
		return nil, fmt.Errorf("read the dispatcher's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the dispatcher at %s says %s: %s", req.URL.Host, resp.Status, detail(text))
	}
	var report impact.Report
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("read the dispatcher's answer: %w", err)
	}
	return &report, nil
}

// detail takes out of an answer what a person can act on: problem details (RFC 9457), with a configuration's problems.
func detail(text []byte) string {
	var said struct {
		Detail, Title string
		Problems      []config.Problem
	}
	if json.Unmarshal(text, &said) != nil || said.Detail+said.Title == "" {
		return strings.TrimSpace(string(text[:min(len(text), 1<<10)]))
	}
	lines := []string{said.Detail}
	if said.Detail == "" {
		lines[0] = said.Title
	}
	for _, p := range said.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}
