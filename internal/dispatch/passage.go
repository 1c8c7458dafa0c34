package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Passage is one message on its way through the pipeline: contract section 3, as a machine without I/O. Next says
// whom to call, Took takes what came of it, in turn, until there is nobody more to call; then Outcome says what the
// caller gets. Whoever drives it makes the calls, waiting for each or not. What happens is written into the message's
// record.
//
// It must be begun by Dispatcher.Begin. One goroutine at a time uses it; it starts none, waits for nothing, and holds
// no more than the message.
type Passage struct {
	dispatcher *Dispatcher
	rec        *decision.Record
	trace      routing.Trace

	section section
	next    int  // index of the middleware to call next, where the section has middlewares
	alone   bool // the processor is the only one to be called from here on

	req     *message.Request // the message as it stands, but for what the processor answered
	answer  message.Answer   // what came of the last call
	reply   *message.Answer  // the processor's answer, until somebody needs the message that it makes
	unknown []byte           // fields of the answers so far that MessageResponse doesn't know
	err     error            // what ended it, a *status.Error

	to     *backend.Backend // who is being called
	called time.Time        // since when
}

// section is a part of the pipeline.
type section uint8

const (
	before section = iota // middlewares before the processor
	processor
	after // middlewares after the processor
	ended
)

// Reply is what came of a call.
type Reply struct {
	Answer []byte       // a MessageResponse as it came; read-only from now on
	Err    error        // instead of an answer: a *status.Error
	Made   backend.Made // how the call was made
	// CallerLeft says that nobody waits for the outcome any more, or that the caller's time is up.
	CallerLeft bool
}

// Begin sets a message out on its passage, which overwrites p and uses its buffers again. The record gets what happens;
// both are in use until Outcome.
func (d *Dispatcher) Begin(p *Passage, req *message.Request, rec *decision.Record) {
	*p = Passage{dispatcher: d, req: req, rec: rec, alone: skipsMiddlewares(req), answer: p.answer}
}

// skipsMiddlewares reports whether the processor alone gets a message.
func skipsMiddlewares(req *message.Request) bool { return req.IsError() }

// Next returns whom to call next, and with what: the bytes of req. It reports false where nobody is to be called any
// more. Where the processor is next, rules pick it, on the caller's time and until ctx ends; nothing else needs ctx.
//
// To chooses the instance, bounds the time and tries again: that is no matter of the passage's.
func (p *Passage) Next(ctx context.Context) (to *backend.Backend, req *message.Request, ok bool) {
	to, req, ok, _ = p.advance(ctx, p.dispatcher.Table.Match)
	return to, req, ok
}

// NextSoon is Next for who has others to look after: later says that the rules take longer than a moment, and that
// nothing has come of it yet. Then Next goes on.
func (p *Passage) NextSoon(ctx context.Context) (to *backend.Backend, req *message.Request, ok, later bool) {
	return p.advance(ctx, p.dispatcher.Table.MatchSoon)
}

type matchFunc = func(context.Context, *message.Request, *routing.Trace) (int, error)

func (p *Passage) advance(
	ctx context.Context, match matchFunc,
) (to *backend.Backend, req *message.Request, ok, later bool) {
	if p.section == before && (p.alone || p.next == len(p.dispatcher.Pre)) {
		p.section = processor
	}
	if p.section == after && (p.alone || p.next == len(p.dispatcher.Post)) {
		p.section = ended
	}
	switch p.section {
	case before, after:
		p.applyReply()
		p.to, p.called = p.middleware().Backend, time.Now()
	case processor:
		if later = p.route(ctx, match); later {
			return nil, nil, false, true
		}
	}
	if p.section == ended {
		return nil, nil, false, false
	}
	return p.to, p.req, true, false
}

// Slow reports whether Next may take milliseconds: rules have a say that run in the JavaScript engine.
func (p *Passage) Slow() bool {
	routes := p.section == processor || p.section == before && (p.alone || p.next == len(p.dispatcher.Pre))
	return routes && p.dispatcher.Table.InEngine(p.req.Method())
}

// rest lets go of the message, for a Passage that is to be used again.
func (p *Passage) rest() {
	*p = Passage{answer: p.answer}
}

// middleware is the one whose turn it is.
func (p *Passage) middleware() *Middleware {
	if p.section == before {
		return &p.dispatcher.Pre[p.next]
	}
	return &p.dispatcher.Post[p.next]
}

// route lets the rules pick the processor. The passage ends where they don't; later says that they haven't yet.
func (p *Passage) route(ctx context.Context, match matchFunc) (later bool) {
	p.rec.Routed, p.rec.Rules = p.req.Bytes(), p.dispatcher.Counts
	p.trace = routing.Trace{}
	start := time.Now()
	i, err := match(ctx, p.req, &p.trace)
	if errors.Is(err, routing.ErrLater) {
		return true
	}
	p.rec.Match = time.Since(start)
	p.called = start.Add(p.rec.Match)
	p.rec.RulesTried = p.trace.Count
	if p.trace.Err != nil {
		p.rec.RuleFailed(p.trace.Failed, p.dispatcher.Table.Rules()[p.trace.Failed].Ref, p.trace.Err)
	}
	if err != nil {
		p.end(unrouted(p.req, err))
		return false
	}
	p.to = p.dispatcher.Processors[i]
	p.rec.Picked(i, p.to.Ref())
	return false
}

// Took takes what came of the call that Next wanted.
func (p *Passage) Took(r Reply) {
	answer, err := p.read(r)
	switch {
	case err != nil && p.section != processor && p.middleware().SkipFailures && !r.CallerLeft:
		c := &p.rec.Calls[len(p.rec.Calls)-1]
		c.Skipped, c.Cause = true, err.Error()
		p.next++
	case err != nil:
		p.end(err)
	case p.section == processor:
		p.reply, p.section, p.next = answer, after, 0
	default:
		p.next++
		p.amend(answer)
	}
}

// amend makes of the message what a middleware answered. One that makes a SIP response of a SIP request ends the
// pipeline; where a SIP response becomes an error response, the middlewares that follow don't see it.
func (p *Passage) amend(answer *message.Answer) {
	was, failed := p.req.Form(), p.req.IsError()
	p.rec.Amended(answer.Changes(p.req))
	p.req = p.req.Amend(answer)
	p.unknown = answer.AppendUnknown(p.unknown)
	switch {
	case was == message.SIPRequest && p.req.Form() == message.SIPResponse:
		p.section = ended
	case p.req.IsError() && !failed:
		p.alone = true
	}
}

// read reads the answer of a call, and writes down what came of it.
func (p *Passage) read(r Reply) (answer *message.Answer, err error) {
	if err = r.Err; err == nil {
		if answer, err = &p.answer, p.answer.Parse(r.Answer); err != nil {
			err = unusable(p.to, err)
		}
	}
	p.rec.Calls = append(p.rec.Calls, decision.Call{
		Ref: p.to.Ref(), Addr: r.Made.Addr, Role: string(p.to.Role()), Attempts: r.Made.Attempts,
		Code: status.CodeOf(err), Duration: time.Since(p.called),
	})
	return answer, err
}

// applyReply makes the processor's answer the message as it stands. It waits until somebody needs it: most messages
// end with the processor, whose answer goes back as it came.
func (p *Passage) applyReply() {
	if p.reply == nil {
		return
	}
	p.req = p.req.Replace(p.reply)
	p.unknown = p.reply.AppendUnknown(p.unknown)
	p.reply = nil
}

func (p *Passage) end(err error) { p.section, p.err = ended, err }

// Outcome returns the MessageResponse that the message has become, or the *status.Error that ended its passage. Call
// it when Next has nobody more to call.
func (p *Passage) Outcome() ([]byte, error) {
	switch {
	case p.err != nil:
		return nil, p.err
	case p.reply != nil && len(p.unknown) == 0:
		p.rec.Answer = decision.AnswerOf(p.reply.Form(), p.reply.ResponseType())
		return p.reply.Bytes(), nil
	}
	p.applyReply()
	p.rec.Answer = decision.AnswerOf(p.req.Form(), p.req.ResponseType())
	return p.req.Answer(p.unknown), nil
}
