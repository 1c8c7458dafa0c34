package backend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/internal/file"
)

// TLS says how connections to a backend are secured. The files are PEM, and read again when they change.
type TLS struct {
	CA         string // certificates that a server's must be signed by; empty for the system's
	Cert, Key  string // the dispatcher's own, where the server asks for one; both or none
	ServerName string // what a server's certificate must be for, where it isn't the host of its address
}

// recheckTLS is how often the files are looked at, and maxPEM bounds one of them.
const (
	recheckTLS = time.Second
	maxPEM     = 4 << 20
)

// serverName returns the name that is asked for at all addresses, if there is one.
func (t *TLS) serverName() string {
	if t == nil {
		return ""
	}
	return t.ServerName
}

// credentials makes t credentials. Without TLS they are those of clear text. The files are read, and then followed by
// follow.
func (t *TLS) credentials() (credentials.TransportCredentials, error) {
	if t == nil {
		return insecure.NewCredentials(), nil
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, errors.New("TLS needs both a certificate and its key, or none of them")
	}
	files := &tlsFiles{TLS: *t}
	content, held, err := files.read(context.Background())
	if err != nil {
		return nil, err
	}
	config, err := files.parse(content)
	if err != nil {
		return nil, err
	}
	files.held = held
	files.current.Store(newTLSState(config))
	return &fileCredentials{tlsFiles: files, serverName: t.ServerName}, nil
}

// Check reads the files, and says what is wrong with them.
func (t *TLS) Check() error {
	_, err := t.credentials()
	return err
}

// tlsFiles are files that may change. Handshakes take the credentials that were made of them last: a file that
// hangs holds up nobody.
type tlsFiles struct {
	TLS
	current atomic.Pointer[tlsState]
	broken  atomic.Pointer[string] // why the files that are there now aren't used

	held *file.Noted // the files in use; of the one goroutine that follows
}

// tlsState is one state of the files.
type tlsState struct {
	credentials.TransportCredentials
	until time.Time // when the dispatcher's own certificate ends; zero without one
}

func newTLSState(config *tls.Config) *tlsState {
	s := &tlsState{TransportCredentials: credentials.NewTLS(config)}
	for _, c := range config.Certificates { // one at most
		s.until = c.Leaf.NotAfter
	}
	return s
}

// follow looks at the files until ctx ends. Files that changed to something unusable, such as one of a pair that is
// being replaced, leave the ones before.
func (f *tlsFiles) follow(ctx context.Context) {
	file.Follow(ctx, recheckTLS, "read a backend's TLS files again", func() { f.renew(ctx) })
}

func (f *tlsFiles) renew(ctx context.Context) {
	if f.broken.Load() == nil && f.held.Again(ctx).Same(f.held) {
		return
	}
	content, held, err := f.read(ctx)
	if ctx.Err() != nil {
		return
	}
	if err == nil && !held.Same(f.held) {
		var config *tls.Config
		if config, err = f.parse(content); err == nil {
			f.held = held
			f.current.Store(newTLSState(config))
		}
	}
	if err != nil {
		why := err.Error()
		f.broken.Store(&why)
		return
	}
	f.broken.Store(nil)
}

// read returns what the files hold: CA, certificate and key.
func (t *TLS) read(ctx context.Context) (content [3][]byte, held *file.Noted, err error) {
	held = &file.Noted{}
	for n, name := range []string{t.CA, t.Cert, t.Key} {
		if name == "" {
			continue
		}
		if content[n], err = held.Read(ctx, name, maxPEM); err != nil {
			return content, held, fmt.Errorf("TLS: %w", err) // it names the file
		}
	}
	return content, held, nil
}

// parse makes a configuration of the files' content.
func (t *TLS) parse(content [3][]byte) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(content[0]) {
			return nil, fmt.Errorf("read CA certificates: %s has none", t.CA)
		}
	}
	if t.Cert == "" {
		return config, nil
	}
	pair, err := tls.X509KeyPair(content[1], content[2])
	if err != nil {
		return nil, fmt.Errorf("use certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
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

// certificateEnd returns when the dispatcher's own certificate ends; zero without one.
func certificateEnd(creds credentials.TransportCredentials) time.Time {
	if c, ok := creds.(*fileCredentials); ok {
		return c.current.Load().until
	}
	return time.Time{}
}

// fileCredentials are TLS credentials whose files may change. Clones share the files.
type fileCredentials struct {
	*tlsFiles
	serverName string
}

// ClientHandshake is part of grpc-go's TransportCredentials.
func (c *fileCredentials) ClientHandshake(
	ctx context.Context, authority string, conn net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	return c.current.Load().ClientHandshake(ctx, authority, conn)
}

// ServerHandshake is part of grpc-go's TransportCredentials; a client makes none.
func (c *fileCredentials) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("backend: a client's credentials don't serve")
}

// Info is part of grpc-go's TransportCredentials.
func (c *fileCredentials) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls", ServerName: c.serverName}
}

// Clone is part of grpc-go's TransportCredentials.
func (c *fileCredentials) Clone() credentials.TransportCredentials {
	return &fileCredentials{tlsFiles: c.tlsFiles, serverName: c.serverName}
}

// OverrideServerName is part of grpc-go's TransportCredentials, and deprecated there.
func (c *fileCredentials) OverrideServerName(name string) error {
	c.serverName = name
	return nil
}
