package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// DefaultSubject is where decisions are published.
const DefaultSubject = "routr.decisions"

// Sink is a decision.Sink that publishes each decision as JSON. A server that isn't there is waited for. One goroutine
// at a time may use it.
type Sink struct {
	server  server
	subject string
	conn    *nats.Conn // nil until the first Write found the server
}

const natsFlush = 5 * time.Second

var errNoServer = errors.New("no connection to the server")

// NewSink returns a Sink, which connects when it is first written to. Decisions are published on the subject, default
// DefaultSubject.
func NewSink(o Server, subject string) (*Sink, error) {
	if subject == "" {
		subject = DefaultSubject
	}
	if err := publishable(subject); err != nil {
		return nil, fmt.Errorf("publish decisions: %w", err)
	}
	s, err := newServer(o)
	if err != nil {
		return nil, fmt.Errorf("publish decisions: %w", err)
	}
	return &Sink{server: s, subject: subject}, nil
}

// connected makes sure that there is a connection. It doesn't happen at start, which waits for no server.
func (n *Sink) connected() error {
	if n.conn == nil {
		conn, err := nats.Connect(n.server.url, n.server.opts...)
		if err != nil {
			return fmt.Errorf("publish decisions to %s: %s", n.Name(),
				strings.ReplaceAll(err.Error(), n.server.url, n.Name()))
		}
		n.conn = conn
	}
	if !n.conn.IsConnected() {
		return fmt.Errorf("publish decisions to %s: %w", n.Name(), errNoServer)
	}
	return nil
}

// Name returns the server's address, without a password.
func (n *Sink) Name() string { return n.server.name }

// Write publishes the entries, and returns when the server has them. One that is larger than the server takes goes
// without its message, and is lost where that isn't enough.
func (n *Sink) Write(ctx context.Context, entries []decision.Entry) (taken, lost int, err error) {
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
			return 0, 0, fmt.Errorf("publish decisions to %s: %w", n.Name(), err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, natsFlush)
	defer cancel()
	if err := n.conn.FlushWithContext(ctx); err != nil { // what was sent may arrive twice then
		return 0, 0, fmt.Errorf("publish decisions to %s: %w", n.Name(), err)
	}
	return len(entries), lost, nil
}

// Close ends the connection.
func (n *Sink) Close() error {
	if n.conn != nil {
		n.conn.Close()
	}
	return nil
}
