// Package relay is the fast door of the wire: it takes connections of HTTP/2 from package server, speaks frames with
// them (package frames), and leads the calls of Processor/ProcessMessage through package dispatch without a goroutine
// a message. Every other stream, and every call that is out of the ordinary, is carried frame by frame to the
// ordinary http.Server, over a connection in memory: what HTTP and connect-go do, they do once.
//
// A Relay is a server.Switchboard. Package app makes it and hands it to the server.
package relay

import (
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Params are what a Relay works with. All but Loops must be set.
type Params struct {
	Start    func(b *frames.Batch, d *dispatch.Delivery) // leads a message; a Service's
	MaxBytes int                                         // of a request and of an answer
	Budget   *server.Budget                              // of bytes in work
	Loops    *frames.Loops                               // read what comes in clear text; nil: goroutines do
}

// Relay serves connections. It must be made by New and is safe for concurrent use.
type Relay struct {
	Params
	dates    dates
	draining chan struct{}
	drain    sync.Once
}

// New returns a Relay.
func New(p Params) *Relay { return &Relay{Params: p, draining: make(chan struct{})} }

// Drain is part of server.Switchboard.
func (r *Relay) Drain() { r.drain.Do(func() { close(r.draining) }) }
