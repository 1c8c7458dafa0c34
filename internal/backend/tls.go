package backend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// TLS says how connections to a backend are secured. The files are PEM, and read again when they change.
type TLS struct {
	CA         string // certificates that a server's must be signed by; empty for the system's
	Cert, Key  string // the dispatcher's own, where the server asks for one; both or none
	ServerName string // what a server's certificate must be for, where it isn't the host of its address
}

const maxPEM = 4 << 20

// serverName returns the name that is asked for at all addresses, if there is one.
func (t *TLS) serverName() string {
	if t == nil {
		return ""
	}
	return t.ServerName
}

// credentials makes t credentials. Without TLS they are those of clear text.
func (t *TLS) credentials() (credentials.TransportCredentials, error) {
	if t == nil {
		return insecure.NewCredentials(), nil
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, errors.New("TLS needs both a certificate and its key, or none of them")
	}
	c := &fileCredentials{tls: *t, broken: &atomic.Pointer[string]{}}
	_, err := c.current()
	return c, err
}

// fileCredentials are TLS credentials whose files may change.
type fileCredentials struct {
	tls TLS

	mu     sync.Mutex
	read   []stamp // of the files that creds are made of
	creds  credentials.TransportCredentials
	broken *atomic.Pointer[string] // why the files that are there now aren't used; shared by clones
}

// stamp tells one state of a file from another.
type stamp struct {
	file string
	mod  time.Time
	size int64
	info os.FileInfo
}

func (s stamp) same(o stamp) bool {
	return s.file == o.file && s.mod.Equal(o.mod) && s.size == o.size && (s.info == nil) == (o.info == nil) && (s.info == nil || os.SameFile(s.info, o.info))
}

func (t *TLS) stamps() []stamp {
	var all []stamp
	for _, file := range []string{t.CA, t.Cert, t.Key} {
		s := stamp{file: file}
		if file != "" {
			if info, err := os.Stat(file); err == nil {
				s.mod, s.size, s.info = info.ModTime(), info.Size(), info
			}
		}
		all = append(all, s)
	}
	return all
}

// current returns the credentials of the files as they are. Files that changed to something unusable, such as one
// of a pair that is being replaced, leave the ones before.
func (c *fileCredentials) current() (credentials.TransportCredentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.tls.stamps()
	if c.creds != nil && equalStamps(c.read, now) {
		return c.creds, nil
	}
	config, err := c.tls.load()
	if err != nil {
		why := err.Error()
		c.broken.Store(&why)
		if c.creds != nil {
			return c.creds, nil
		}
		return nil, err
	}
	c.broken.Store(nil)
	c.read, c.creds = now, credentials.NewTLS(config)
	return c.creds, nil
}

func equalStamps(a, b []stamp) bool {
	for i := range b {
		if len(a) != len(b) || !a[i].same(b[i]) {
			return false
		}
	}
	return true
}

// Check reads the files, and says what is wrong with them.
func (t *TLS) Check() error {
	_, err := t.load()
	return err
}

// load reads the files.
func (t *TLS) load() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := readPEM(t.CA)
		if err != nil {
			return nil, fmt.Errorf("read CA certificates: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read CA certificates: %s has none", t.CA)
		}
	}
	if t.Cert == "" {
		return config, nil
	}
	cert, err := readPEM(t.Cert)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	key, err := readPEM(t.Key)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("use certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func readPEM(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(data) > maxPEM {
		err = fmt.Errorf("%s has more than %d bytes", file, maxPEM)
	}
	return data, err
}

// unusable says why the files that are there now aren't used; empty where they are.
func unusable(creds credentials.TransportCredentials) string {
	if c, ok := creds.(*fileCredentials); ok {
		if why := c.broken.Load(); why != nil {
			return *why
		}
	}
	return ""
}

// ClientHandshake is part of grpc-go's TransportCredentials.
func (c *fileCredentials) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	creds, err := c.current()
	if err != nil {
		return nil, nil, err
	}
	return creds.ClientHandshake(ctx, authority, conn)
}

// ServerHandshake is part of grpc-go's TransportCredentials; a client makes none.
func (c *fileCredentials) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("backend: a client's credentials don't serve")
}

// Info is part of grpc-go's TransportCredentials.
func (c *fileCredentials) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls", ServerName: c.tls.ServerName}
}

// Clone is part of grpc-go's TransportCredentials.
func (c *fileCredentials) Clone() credentials.TransportCredentials {
	return &fileCredentials{tls: c.tls, broken: c.broken}
}

// OverrideServerName is part of grpc-go's TransportCredentials, and deprecated there.
func (c *fileCredentials) OverrideServerName(name string) error {
	c.tls.ServerName = name
	return nil
}
