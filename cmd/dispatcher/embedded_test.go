package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// TestAuthoritiesAndZonesAreInTheBinary runs this very program as on a system that has neither.
func TestAuthoritiesAndZonesAreInTheBinary(t *testing.T) {
	if os.Getenv("BARE") != "" {
		onABareSystem(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestAuthoritiesAndZonesAreInTheBinary$", "-test.v")
	cmd.Env = append(os.Environ(), "BARE=yes", "SSL_CERT_FILE=/nowhere", "SSL_CERT_DIR=/nowhere", "ZONEINFO=/nowhere")
	if out, err := cmd.CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "as many authorities as there are") {
		t.Errorf("%v\n%s", err, out)
	}
}

func onABareSystem(t *testing.T) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for r := range bundle.Roots() {
		if r.Constraint != nil {
			continue
		}
		root, err := x509.ParseCertificate(r.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := root.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: root.NotAfter.Add(-time.Hour),
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			t.Errorf("%s: %v", root.Subject, err)
		}
		checked++
	}
	if checked < 50 {
		t.Fatalf("only %d authorities", checked)
	}
	t.Log("as many authorities as there are")
}
