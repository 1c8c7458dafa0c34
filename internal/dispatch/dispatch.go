// Package dispatch is a message's whole life, from its first byte to the record of what became of it: a Service reads
// it, refuses what is too much, lets a retransmission share the answer of the first, and leads it through the
// pipeline of the current configuration: middlewares, the processor that the rules pick, middlewares again, and back
// (contract section 3).
//
// Package rpc calls the Service for every message on the wire; package app gives it an Epoch with a Dispatcher for
// each configuration. A Dispatcher never changes; a message is handled from beginning to end by one of them. All of
// it is safe for concurrent use.
package dispatch

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// Params are what a Dispatcher is made of.
type Params struct {
	Pre            []Middleware // before the processor, in order
	Table          *routing.Table
	Processors     []*backend.Backend   // by the index of their rules in Table
	Post           []Middleware         // after the processor, in order
	AnswerFailures bool                 // SIP requests that fail get a SIP response: see AnswerFailure
	Counts         *decision.RuleCounts // of Table's rules; nil where nobody counts
	Tracing        *telemetry.Tracing   // is told of calls; nil for nobody
}

// Middleware is a stop before or after the processor.
type Middleware struct {
	*backend.Backend
	SkipFailures bool // a message goes on as it was where the middleware fails
}

// Dispatcher routes messages by one configuration. It must be made by New.
type Dispatcher struct {
	Params
	listed []message.Method // by any processor
}

// New returns a Dispatcher.
func New(p Params) *Dispatcher { return &Dispatcher{p, p.Table.Methods()} }

// Parse reads a MessageRequest and checks that the pipeline has what it needs. The error is a *status.Error.
func Parse(request []byte) (*message.Request, error) {
	req, err := message.Parse(request)
	if err == nil {
		err = complete(req)
	}
	if err != nil {
		return nil, invalid(err)
	}
	return req, nil
}

// Process leads a request from Parse through the pipeline, waiting for each call, and returns a MessageResponse in
// its wire form. md travels with every call. rec gets what happened on the way. The error is a *status.Error.
func (d *Dispatcher) Process(
	ctx context.Context, req *message.Request, md map[string][]string, rec *decision.Record,
) ([]byte, error) {
	var p Passage
	d.Begin(&p, req, rec)
	for {
		to, req, ok := p.Next(ctx)
		if !ok {
			return p.Outcome()
		}
		var r Reply
		carried, span := d.Tracing.Call(ctx, md)
		r.Answer, r.Err = to.Call(ctx, req, carried, &r.Made)
		r.CallerLeft = ctx.Err() != nil
		tracedCall(span, to, &r)
		p.Took(r)
	}
}

// complete checks what the pipeline can't do without.
func complete(req *message.Request) error {
	switch {
	case !req.HasMessage():
		return &message.Error{Field: "message", Reason: "is missing"}
	case req.Form() == message.NoForm:
		return &message.Error{
			Field: "message.message_type", Reason: "is missing: neither request_uri nor response_type is set",
		}
	}
	return nil
}
