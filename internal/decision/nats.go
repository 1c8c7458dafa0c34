package decision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// DefaultSubject is where decisions are published.
const DefaultSubject = "routr.decisions"

// NATSOptions say where decisions are published.
type NATSOptions struct {
	URL         string // such as nats://host:4222; several are separated by commas
	Subject     string // default DefaultSubject
	Credentials string // a NATS credentials file; empty for none
	Name        string // what the server calls this connection
}

// NATS is a Sink that publishes each decision as JSON. A server that isn't there is waited for. One goroutine at a time
// may use it.
type NATS struct {
	name    string
	url     string
	subject string
	opts    []nats.Option
	conn    *nats.Conn // nil until the first Write found the server
}

const (
	natsRetry = 2 * time.Second
	natsFlush = 5 * time.Second
)

var errNoServer = errors.New("no connection to the server")

// NewNATS returns a NATS, which connects when it is first written to.
func NewNATS(o NATSOptions) (*NATS, error) {
	if o.Subject == "" {
		o.Subject = DefaultSubject
	}
	if strings.ContainsAny(o.Subject, " \t\r\n*>") || strings.HasPrefix(o.Subject, ".") ||
		strings.HasSuffix(o.Subject, ".") {
		return nil, fmt.Errorf("publish decisions: %q is not a subject to publish on", o.Subject)
	}
	name, err := withoutUser(o.URL)
	if err != nil {
		return nil, err
	}
	opts := []nats.Option{
		nats.Name(o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(natsRetry),
		nats.ReconnectBufSize(-1), // what can't be sent waits in the log, which is bounded and counted
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if o.Credentials != "" {
		c := credentials(o.Credentials)
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("publish decisions: %w", err)
		}
		opts = append(opts, nats.UserJWT(c.token, c.sign))
	}
	return &NATS{name: name, url: o.URL, subject: o.Subject, opts: opts}, nil
}

// connected makes sure that there is a connection. It doesn't happen at start, which waits for no server.
func (n *NATS) connected() error {
	if n.conn == nil {
		conn, err := nats.Connect(n.url, n.opts...)
		if err != nil {
			return fmt.Errorf("publish decisions to %s: %s", n.name, strings.ReplaceAll(err.Error(), n.url, n.name))
		}
		n.conn = conn
	}
	if !n.conn.IsConnected() {
		return fmt.Errorf("publish decisions to %s: %w", n.name, errNoServer)
	}
	return nil
}

// withoutUser returns the addresses without the secrets that may stand in them.
func withoutUser(urls string) (string, error) {
	var all []string
	for _, one := range strings.Split(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" { // the error repeats what it read
			return "", errors.New("publish decisions: the address of the server must be like nats://host:4222")
		}
		all = append(all, u.Scheme+"://"+u.Host)
	}
	return strings.Join(all, ","), nil
}

// Name returns the server's address, without a password.
func (n *NATS) Name() string { return n.name }

// Write publishes the entries, and returns when the server has them. One that is larger than the server takes goes
// without its message, and is lost where that isn't enough.
func (n *NATS) Write(ctx context.Context, entries []Entry) (taken, lost int, err error) {
	if err := n.connected(); err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		data, err := json.Marshal(e)
		if int64(len(data)) > n.conn.MaxPayload() {
			e.Message = nil // the decision matters more than its message
			data, err = json.Marshal(e)
		}
		if err != nil || int64(len(data)) > n.conn.MaxPayload() { // now and whenever it comes again
			lost++
			continue
		}
		if err := n.conn.Publish(n.subject, data); err != nil {
			return 0, 0, fmt.Errorf("publish decisions to %s: %w", n.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, natsFlush)
	defer cancel()
	if err := n.conn.FlushWithContext(ctx); err != nil { // what was sent may arrive twice then
		return 0, 0, fmt.Errorf("publish decisions to %s: %w", n.name, err)
	}
	return len(entries), lost, nil
}

// Close ends the connection.
func (n *NATS) Close() error {
	if n.conn != nil {
		n.conn.Close()
	}
	return nil
}
