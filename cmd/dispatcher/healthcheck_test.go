package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestHealthcheckAsksAsTheConfigurationSays(t *testing.T) {
	for name, tls := range map[string]string{
		"clear text": "", "TLS": "\n  tls: {cert: tls.crt, key: tls.key}",
		"mutual TLS": "\n  tls: {cert: tls.crt, key: tls.key, clientCA: clients.crt}",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			peertest.Certificate(t, dir, "tls")
			peertest.Certificate(t, dir, "clients") // signs clients, and not the server's own
			path := filepath.Join(dir, "dispatcher.yaml")
			text := fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: test
spec:
  bindAddr: 127.0.0.1:0%s
  processors: [{ref: a, addr: "127.0.0.1:1", methods: [INVITE], matchFunc: req => true}]
`, tls)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Parse(path, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			a, err := app.New(t.Context(), app.Options{Config: cfg, Log: slog.New(slog.DiscardHandler),
				DrainTimeout: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- a.Run(ctx) }()
			defer func() {
				stop()
				<-done
			}()
			var out, errs bytes.Buffer
			s := streams{out: &out, err: &errs, getenv: func(string) string { return "" }}
			run([]string{"healthcheck", "--config", path, "--addr", a.Addr().String(), "--timeout", "20s"}, s)
			// Its only processor can't be called; what counts is that the answer was heard.
			if said := out.String() + errs.String(); !strings.Contains(said, "ready") {
				t.Errorf("heard: %s", said)
			}
		})
	}
}
