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
	req := new(message.Request)
	if err := parse(req, request); err != nil {
		return nil, err
	}
	return req, nil
}

// parse is Parse into a Request that may have been in use before.
func parse(req *message.Request, request []byte) error {
	err := req.Parse(request)
	if err == nil {
		err = complete(req)
	}
	if err != nil {
		return invalid(err)
	}
	return nil
}

// Process leads a request from Parse through the pipeline, waiting for each call, and returns a MessageResponse in
// its wire form. md travels with every call. rec gets what happened on the way. The error is a *status.Error.
func (d *Dispatcher) Process(
	ctx context.Context, req *message.Request, md map[string][]string, rec *decision.Record,
) ([]byte, error) {
	var p Passage
	d.Begin(&p, req, rec)
	to, req, ok := p.Next(ctx)
	for ok {
		to, req, ok = p.wait(ctx, to, req, md)
	}
	return p.Outcome()
}

// wait makes the call that Next wants, waits for what comes of it, and returns who is next.
func (p *Passage) wait(
	ctx context.Context, to *backend.Backend, req *message.Request, md map[string][]string,
) (next *backend.Backend, with *message.Request, ok bool) {
	var r Reply
	carried, span := p.dispatcher.Tracing.Call(ctx, md)
	r.Answer, r.Err = to.Call(ctx, req, carried, &r.Made)
	r.CallerLeft = ctx.Err() != nil
	tracedCall(span, to, &r)
	p.Took(r)
	return p.Next(ctx)
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
