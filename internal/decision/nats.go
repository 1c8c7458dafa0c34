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

// NATS is a Sink that publishes each decision as JSON. A server that isn't there is waited for.
type NATS struct {
	name    string
	subject string
	conn    *nats.Conn
}

const (
	natsRetry = 2 * time.Second
	natsFlush = 5 * time.Second
)

var errNoServer = errors.New("no connection to the server")

// NewNATS returns a NATS, which connects in its own time.
func NewNATS(o NATSOptions) (*NATS, error) {
	if o.Subject == "" {
		o.Subject = DefaultSubject
	}
	if strings.ContainsAny(o.Subject, " \t\r\n*>") || strings.HasPrefix(o.Subject, ".") || strings.HasSuffix(o.Subject, ".") {
		return nil, fmt.Errorf("publish decisions: %q is not a subject to publish on", o.Subject)
	}
	name, err := withoutUser(o.URL)
	if err != nil {
		return nil, err
	}
	opts := []nats.Option{
		nats.Name(o.Name), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.ReconnectWait(natsRetry),
		nats.ReconnectBufSize(-1), // what can't be sent waits in the log, which is bounded and counted
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if o.Credentials != "" {
		opts = append(opts, nats.UserCredentials(o.Credentials))
	}
	conn, err := nats.Connect(o.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("publish decisions to %s: %s", name, strings.ReplaceAll(err.Error(), o.URL, name))
	}
	return &NATS{name: name, subject: o.Subject, conn: conn}, nil
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

// Write publishes the entries, and returns when the server has them.
func (n *NATS) Write(ctx context.Context, entries []Entry) (sent int, err error) {
	if !n.conn.IsConnected() {
		return 0, fmt.Errorf("publish decisions to %s: %w", n.name, errNoServer)
	}
	for _, e := range entries {
		data, err := json.Marshal(e)
		if err != nil {
			return 0, fmt.Errorf("encode decision %s: %w", e.ID, err)
		}
		if int64(len(data)) > n.conn.MaxPayload() {
			e.Message = nil // the decision matters more than its message
			if data, err = json.Marshal(e); err != nil {
				return 0, fmt.Errorf("encode decision %s: %w", e.ID, err)
			}
		}
		if err := n.conn.Publish(n.subject, data); err != nil {
			return 0, fmt.Errorf("publish decisions to %s: %w", n.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, natsFlush)
	defer cancel()
	if err := n.conn.FlushWithContext(ctx); err != nil { // what was sent may arrive twice then
		return 0, fmt.Errorf("publish decisions to %s: %w", n.name, err)
	}
	return len(entries), nil
}

// Close ends the connection.
func (n *NATS) Close() error {
	n.conn.Close()
	return nil
}
