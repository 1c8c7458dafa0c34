package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true}
	a.pem, _, a.key = issue(t, template, nil, nil)
	block, _ := pem.Decode(a.pem)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	a.cert = cert
	a.pool.AddCert(cert)
	return a
}

// leaf returns a certificate for 127.0.0.1 and its key, in PEM.
func (a *authority) leaf(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	cert, key, _ = issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a.cert, a.key)
	return cert, key
}

func issue(
	t *testing.T, template, parent *x509.Certificate, signer *ecdsa.PrivateKey,
) (certPEM, keyPEM []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), key
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// files writes a certificate and its key into dir.
func (a *authority) files(t *testing.T, dir, name string) TLS {
	t.Helper()
	cert, key := a.leaf(t, name)
	return TLS{Cert: write(t, filepath.Join(dir, "tls.crt"), cert), Key: write(t, filepath.Join(dir, "tls.key"), key)}
}

// client returns an HTTP/2 client that trusts the authority.
func (a *authority) client(t *testing.T, certs ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.pool, Certificates: certs}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// get returns the protocol of the answer, its body, and whom the server showed itself as.
func get(t *testing.T, client *http.Client, s *Server) (proto, body, shown string, err error) {
	t.Helper()
	resp, err := client.Get("https://" + s.Addr().String())
	if err != nil {
		return "", "", "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.Proto, string(data), resp.TLS.PeerCertificates[0].Subject.CommonName, err
}

// bulk answers with more than a batch holds.
var bulk = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write(bytes.Repeat([]byte("x"), 3*maxBatch))
})

func TestTLSSpeaksBothProtocolsAndLosesNothing(t *testing.T) {
	ca := newAuthority(t)
	files := ca.files(t, t.TempDir(), "one")
	s := serve(t, Options{Handler: bulk, TLS: &files})
	http2 := ca.client(t)
	http1 := ca.client(t)
	http1.Transport.(*http.Transport).Protocols = new(http.Protocols)
	http1.Transport.(*http.Transport).Protocols.SetHTTP1(true)
	http1.Transport.(*http.Transport).DisableKeepAlives = true // the server closes with the answer just written
	for want, client := range map[string]*http.Client{"HTTP/2.0": http2, "HTTP/1.1": http1} {
		for range 20 {
			proto, body, _, err := get(t, client, s)
			if err != nil || proto != want || len(body) != 3*maxBatch {
				t.Fatalf("%s with %d bytes, error %v; want %s with %d", proto, len(body), err, want, 3*maxBatch)
			}
		}
	}
}

func TestMutualTLSRefusesWhoShowsNoOrAForeignCertificate(t *testing.T) {
	ca, foreign := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	files := ca.files(t, dir, "one")
	files.ClientCA = write(t, filepath.Join(dir, "ca.crt"), ca.pem)
	s := serve(t, Options{Handler: bulk, TLS: &files})
	for name, test := range map[string]struct {
		signer *authority
		served bool
	}{"signed": {ca, true}, "foreign": {foreign, false}, "none": {nil, false}} {
		var certs []tls.Certificate
		if test.signer != nil {
			pair, err := tls.X509KeyPair(test.signer.leaf(t, "client"))
			if err != nil {
				t.Fatal(err)
			}
			certs = append(certs, pair)
		}
		if _, _, _, err := get(t, ca.client(t, certs...), s); (err == nil) != test.served {
			t.Errorf("%s certificate: %v", name, err)
		}
	}
}

// TestMutualTLSKnowsItself: the healthcheck shows the server's own certificate, which is for servers only and which
// the authority of the clients didn't sign. Another one like it isn't let in.
func TestMutualTLSKnowsItself(t *testing.T) {
	ca, clients := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	forServers := func(name string) (cert, key []byte) {
		cert, key, _ = issue(t, &x509.Certificate{
			Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, ca.cert, ca.key)
		return cert, key
	}
	cert, key := forServers("own")
	files := TLS{
		Cert: write(t, filepath.Join(dir, "tls.crt"), cert), Key: write(t, filepath.Join(dir, "tls.key"), key),
		ClientCA: write(t, filepath.Join(dir, "ca.crt"), append(bytes.Clone(clients.pem), ca.pem...)),
	}
	s := serve(t, Options{Handler: bulk, TLS: &files})
	otherCert, otherKey := forServers("other")
	for name, test := range map[string]struct {
		cert, key []byte
		served    bool
	}{"own": {cert, key, true}, "another for servers": {otherCert, otherKey, false}} {
		pair, err := tls.X509KeyPair(test.cert, test.key)
		if err != nil {
			t.Fatal(err)
		}
		client := ca.client(t)
		client.Transport.(*http.Transport).TLSClientConfig.GetClientCertificate =
			func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		if _, _, _, err := get(t, client, s); (err == nil) != test.served {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shows waits until new connections are shown a certificate.
func shows(t *testing.T, ca *authority, s *Server, want string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		client := ca.client(t)
		_, _, shown, err := get(t, client, s)
		client.CloseIdleConnections()
		if shown == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("shows %q, error %v, want %q", shown, err, want)
		}
	}
}

func TestACertificateIsRenewedWithoutDroppingAConnection(t *testing.T) {
	for name, swap := range map[string]func(t *testing.T, dir string) (TLS, func(cert, key []byte)){
		"rename": func(t *testing.T, dir string) (TLS, func(cert, key []byte)) {
			return TLS{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}, func(
				cert, key []byte,
			) {
				for name, data := range map[string][]byte{"tls.crt": cert, "tls.key": key} {
					if err := os.Rename(write(t, filepath.Join(dir, "new"), data),
						filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
		"symlink": func(t *testing.T, dir string) (TLS, func(cert, key []byte)) { // as Kubernetes does
			turn := 0
			for _, name := range []string{"tls.crt", "tls.key"} {
				if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			return TLS{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}, func(
				cert, key []byte,
			) {
				turn++
				folder := fmt.Sprintf("..%d", turn)
				if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, folder, "tls.crt"), cert)
				write(t, filepath.Join(dir, folder, "tls.key"), key)
				if err := os.Symlink(folder, filepath.Join(dir, "..tmp")); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ca := newAuthority(t)
			files, put := swap(t, t.TempDir())
			put(ca.leaf(t, "old"))
			s := serve(t, Options{Handler: bulk, TLS: &files})
			kept := ca.client(t)
			shows(t, ca, s, "old")
			if _, _, _, err := get(t, kept, s); err != nil {
				t.Fatal(err)
			}
			put(ca.leaf(t, "new"))
			shows(t, ca, s, "new")
			if _, _, shown, err := get(t, kept, s); err != nil || shown != "old" {
				t.Errorf("the open connection shows %q, error %v", shown, err)
			}
		})
	}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestABrokenCertificateLeavesTheOldOneAndIsReportedOnce(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	files := ca.files(t, dir, "old")
	var log lines
	s := serve(t, Options{Handler: bulk, TLS: &files, Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, other := ca.leaf(t, "other")
	write(t, files.Key, other)
	for end := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), "level=ERROR"); {
		shows(t, ca, s, "old")
		if time.Now().After(end) {
			t.Fatal("nothing is reported")
		}
	}
	time.Sleep(recheck + recheck/10) // so that the files are looked at again
	shows(t, ca, s, "old")
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), files.Key) {
		t.Errorf("%d errors are reported:\n%s", n, log.String())
	}
	ca.files(t, dir, "new")
	shows(t, ca, s, "new")
}

// TestATLSFileThatTurnsOddHoldsUpNobody makes a file what it can become while the server runs, one after another.
func TestATLSFileThatTurnsOddHoldsUpNobody(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	files := ca.files(t, dir, "old")
	var log lines
	s := serve(t, Options{Handler: bulk, TLS: &files, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for want, turn := range map[string]func(path string) error{
		"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a device":     func(path string) error { return os.Symlink("/dev/zero", path) },
		"the file is larger than 4 MiB": func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 3<<30))
		},
		"a folder":                       func(path string) error { return os.Mkdir(path, 0o700) },
		"no such file or directory":      func(string) error { return nil },
		"find any PEM data in key input": func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
	} {
		if err := errors.Join(os.RemoveAll(files.Key), turn(files.Key)); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), want); {
			shows(t, ca, s, "old")
			if time.Now().After(end) {
				t.Fatalf("nothing is reported of %s:\n%s", want, log.String())
			}
		}
		shows(t, ca, s, "old")
	}
	if err := os.RemoveAll(files.Key); err != nil {
		t.Fatal(err)
	}
	ca.files(t, dir, "new")
	shows(t, ca, s, "new")
}

func TestFilesThatCannotBeUsedAreErrorsThatNameThem(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	good := ca.files(t, dir, "one")
	empty := write(t, filepath.Join(dir, "empty"), nil)
	missing := filepath.Join(dir, "missing")
	for name, test := range map[string]struct {
		files TLS
		named string
	}{
		"no certificate":    {TLS{Cert: missing, Key: good.Key}, missing},
		"no key":            {TLS{Cert: good.Cert, Key: missing}, missing},
		"empty certificate": {TLS{Cert: empty, Key: good.Key}, empty},
		"no CA":             {TLS{Cert: good.Cert, Key: good.Key, ClientCA: missing}, missing},
		"empty CA":          {TLS{Cert: good.Cert, Key: good.Key, ClientCA: empty}, empty},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Listen(t.Context(), Options{Addr: "127.0.0.1:0", Handler: bulk, TLS: &test.files})
			if err == nil || !strings.Contains(err.Error(), test.named) {
				t.Errorf("got %v", err)
			}
		})
	}
}
