// Package dispatch leads one message through the pipeline: middlewares, the processor that the rules pick,
// middlewares again, and back (contract section 3).
//
// Package rpc calls it for every message on the wire. A Dispatcher is built from one configuration, never changes and
// is safe for concurrent use; a message is handled from beginning to end by one of them.
package dispatch

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Params are what a Dispatcher is made of.
type Params struct {
	Pre        []*backend.Backend // middlewares before the processor, in order
	Table      *routing.Table
	Processors []*backend.Backend // by the index of their rules in Table
	Post       []*backend.Backend // middlewares after the processor, in order
}

// Dispatcher routes messages by one configuration.
type Dispatcher struct{ Params }

// New returns a Dispatcher.
func New(p Params) *Dispatcher { return &Dispatcher{p} }

// Process handles a MessageRequest in its wire form and returns a MessageResponse in its. md travels with every call.
// The error is a *backend.Error.
func (d *Dispatcher) Process(ctx context.Context, request []byte, md backend.Metadata) ([]byte, error) {
	req, err := Parse(request)
	if err != nil {
		return nil, err
	}
	m := &passage{dispatcher: d, ctx: ctx, md: md, req: req}
	if err := m.run(); err != nil {
		return nil, err
	}
	return m.answer(), nil
}

// complete checks what the pipeline can't do without.
func complete(req *message.Request) error {
	switch {
	case !req.HasMessage():
		return &message.Error{Field: "message", Reason: "is missing"}
	case req.Form() == message.NoForm:
		return &message.Error{Field: "message.message_type", Reason: "is missing: neither request_uri nor response_type is set"}
	}
	return nil
}
