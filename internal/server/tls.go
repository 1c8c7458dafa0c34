package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/file"
)

// TLS names the files (PEM) that the server shows and trusts. They are read again when they have changed.
type TLS struct {
	Cert, Key string // the server's certificate with its chain, and the key
	ClientCA  string // if set, clients must show a certificate that one of these signed
}

// recheck is how often the files are looked at, and maxPEM bounds one of them.
const (
	recheck = time.Second
	maxPEM  = 4 << 20
)

// Check reads the files, and says what is wrong with them.
func (t TLS) Check() error {
	content, _, err := t.read(context.Background())
	if err == nil {
		_, err = t.parse(content)
	}
	return err
}

// open reads the files. The server then follows them, beside the handshakes: a file that hangs holds up nobody.
func (t TLS) open(ctx context.Context, log *slog.Logger) (*tlsFiles, error) {
	content, held, err := t.read(ctx)
	if err != nil {
		return nil, err
	}
	config, err := t.parse(content)
	if err != nil {
		return nil, err
	}
	files := &tlsFiles{TLS: t, log: log, held: held}
	files.current.Store(config)
	return files, nil
}

// tlsFiles are files that may change.
type tlsFiles struct {
	TLS
	log     *slog.Logger
	current atomic.Pointer[tls.Config]

	// Of the one goroutine that follows.
	held   *file.Noted // the files in use
	failed string      // why those that are there now can't be used
}

// config returns a configuration that follows the files. New connections get what the files hold by then; those that
// are open keep what they began with.
func (f *tlsFiles) config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current.Load(), nil },
	}
}

// follow looks at the files until ctx ends.
func (f *tlsFiles) follow(ctx context.Context) {
	file.Follow(ctx, recheck, "read the TLS files again", func() { f.renew(ctx) })
}

// renew makes what the files hold the current configuration, where it can be used and is another one. It says once why
// it can't.
func (f *tlsFiles) renew(ctx context.Context) {
	if f.failed == "" && f.held.Again(ctx).Same(f.held) {
		return
	}
	content, held, err := f.read(ctx)
	if ctx.Err() != nil {
		return
	}
	var renewed *tls.Config
	if err == nil {
		renewed, err = f.parse(content)
	}
	if err != nil {
		if f.failed != err.Error() {
			f.log.Error("the new certificate can't be used, the old one stays in use", "error", err.Error())
		}
		f.failed = err.Error()
		return
	}
	if !held.Same(f.held) {
		f.log.Info("the certificate was renewed", "file", f.Cert)
	}
	f.held, f.failed = held, ""
	f.current.Store(renewed)
}

// read returns what the files hold, and nothing for one that can't be read.
func (t TLS) read(ctx context.Context) (content [3][]byte, held *file.Noted, err error) {
	held = &file.Noted{}
	for i, name := range []string{t.Cert, t.Key, t.ClientCA} {
		if i == 2 && name == "" {
			continue
		}
		data, readErr := held.Read(ctx, name, maxPEM)
		if readErr != nil {
			err = fmt.Errorf("TLS: %w", readErr) // it names the file
		}
		content[i] = data
	}
	return content, held, err
}

// verifyClient lets in whom one of the authorities signed, as crypto/tls does by itself, and who has the server's own
// key: that is this dispatcher, which asks itself whether it is ready. Its certificate is often for servers only, or
// signed by an authority that signs no clients.
func verifyClient(certs []*x509.Certificate, authorities *x509.CertPool, own []byte) error {
	if len(certs) == 0 {
		return errors.New("the client shows no certificate")
	}
	if bytes.Equal(certs[0].Raw, own) { // the handshake has seen that it has the key
		return nil
	}
	opts := x509.VerifyOptions{
		Roots: authorities, Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := certs[0].Verify(opts)
	return err
}

// parse makes a configuration of the files' content.
func (t TLS) parse(content [3][]byte) (*tls.Config, error) {
	cert, err := tls.X509KeyPair(content[0], content[1])
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
		Certificates: []tls.Certificate{cert},
		// A resumed session would outlive a change of the files. Connections live long, so that it would save little.
		SessionTicketsDisabled: true,
	}
	if t.ClientCA == "" {
		return config, nil
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAnyClientCert, x509.NewCertPool()
	config.VerifyConnection = func(state tls.ConnectionState) error {
		return verifyClient(state.PeerCertificates, config.ClientCAs, cert.Certificate[0])
	}
	if !config.ClientCAs.AppendCertsFromPEM(content[2]) {
		return nil, fmt.Errorf("TLS client CA %s: it holds no certificate", t.ClientCA)
	}
	return config, nil
}
