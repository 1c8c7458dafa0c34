// Package bus is what leaves the process over NATS: decisions for other programs, and what the replicas of a fleet tell
// each other. Package app owns what it makes. Nothing of it is on a message's way: a server that is slow, or dead, or
// hostile costs a message nothing.
package bus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Server says how to connect to a NATS server.
type Server struct {
	URL         string // such as nats://host:4222; several are separated by commas
	Credentials string // a NATS credentials file; empty for none
	Name        string // what the server calls this connection
}

// server is a Server that was looked at.
type server struct {
	name string // its addresses, without passwords
	url  string
	opts []nats.Option
}

const natsRetry = 2 * time.Second

func newServer(o Server) (server, error) {
	name, err := withoutUser(o.URL)
	if err != nil {
		return server{}, err
	}
	opts := []nats.Option{
		nats.Name(o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(natsRetry),
		nats.ReconnectBufSize(-1), // what can't be sent waits where it is bounded and counted, or isn't said
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if o.Credentials != "" {
		c := credentials(o.Credentials)
		if err := c.check(); err != nil {
			return server{}, err
		}
		opts = append(opts, nats.UserJWT(c.token, c.sign))
	}
	return server{name: name, url: o.URL, opts: opts}, nil
}

// withoutUser returns the addresses without the secrets that may stand in them.
func withoutUser(urls string) (string, error) {
	var all []string
	for _, one := range strings.Split(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" { // the error repeats what it read
			return "", errors.New("the address of the server must be like nats://host:4222")
		}
		all = append(all, u.Scheme+"://"+u.Host)
	}
	return strings.Join(all, ","), nil
}

// publishable says why nobody can publish on a subject.
func publishable(subject string) error {
	if strings.ContainsAny(subject, " \t\r\n*>") || strings.Contains("."+subject+".", "..") {
		return fmt.Errorf("%q is not a subject to publish on", subject)
	}
	return nil
}
