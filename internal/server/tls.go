package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS names the files (PEM) that the server shows and trusts. They are read again when they have changed.
type TLS struct {
	Cert, Key string // the server's certificate with its chain, and the key
	ClientCA  string // if set, clients must show a certificate that one of these signed
}

// recheck is how often new connections make the server look at the files.
const recheck = time.Second

// config returns a configuration that follows the files. New connections get what the files hold by then; those that
// are open keep what they began with.
func (t TLS) config(log *slog.Logger) (*tls.Config, error) {
	files := &tlsFiles{TLS: t, log: log}
	content, err := files.read()
	if err != nil {
		return nil, err
	}
	if files.current, err = t.parse(content); err != nil {
		return nil, err
	}
	files.content, files.checked = content, time.Now()
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return files.latest(), nil },
	}, nil
}

// tlsFiles looks at the files when somebody connects, and that is soon enough: nobody else sees them. It compares
// their content, which tells of a file written, one renamed into place and a link that was swapped alike.
type tlsFiles struct {
	TLS
	log *slog.Logger

	mu      sync.Mutex
	checked time.Time
	content [3][]byte // of the files as they were last looked at
	current *tls.Config
}

func (f *tlsFiles) latest() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.checked) < recheck {
		return f.current
	}
	f.checked = time.Now()
	content, err := f.read()
	if err == nil && same(content, f.content) {
		return f.current
	}
	var renewed *tls.Config
	if err == nil {
		renewed, err = f.parse(content)
	}
	if err != nil {
		if !same(content, f.content) { // once
			f.log.Error("the new certificate can't be used, the old one stays in use", "error", err.Error())
		}
		f.content = content
		return f.current
	}
	f.content, f.current = content, renewed
	f.log.Info("the certificate was renewed", "file", f.Cert)
	return f.current
}

func same(a, b [3][]byte) bool {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// read returns what the files hold, and nothing for one that can't be read.
func (t TLS) read() (content [3][]byte, err error) {
	for i, name := range []string{t.Cert, t.Key, t.ClientCA} {
		if i == 2 && name == "" {
			continue
		}
		data, readErr := os.ReadFile(name)
		if readErr != nil {
			err = fmt.Errorf("TLS: %w", readErr) // it names the file
		}
		content[i] = data
	}
	return content, err
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
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(content[2]) {
		return nil, fmt.Errorf("TLS client CA %s: it holds no certificate", t.ClientCA)
	}
	return config, nil
}
