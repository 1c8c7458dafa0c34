package dispatch

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// passage is one message on its way through the pipeline.
type passage struct {
	dispatcher *Dispatcher
	ctx        context.Context // the passage is the call
	md         map[string][]string
	rec        *decision.Record
	trace      routing.Trace

	req       *message.Request // the message as it stands, but for what the processor answered
	processed *message.Answer  // the processor's answer, until a middleware takes it on
	unknown   []byte           // fields of middlewares' answers that MessageResponse doesn't know
}

// run takes the message as far as it goes.
func (p *passage) run() error {
	if p.req.IsError() {
		return p.process()
	}
	ended, err := p.through(p.dispatcher.Pre)
	if ended || err != nil {
		return err
	}
	failed := p.req.IsError() // a middleware made it one
	if err := p.process(); err != nil || failed {
		return err
	}
	_, err = p.through(p.dispatcher.Post)
	return err
}

// through calls middlewares in order. It reports whether one of them ended the pipeline, by answering a SIP request
// with a SIP response.
func (p *passage) through(middlewares []Middleware) (ended bool, err error) {
	for _, m := range middlewares {
		p.takeOn()
		before, failed := p.req.Form(), p.req.IsError()
		answer, err := p.call(m.Backend)
		if err != nil {
			if m.SkipFailures && p.ctx.Err() == nil {
				failed := &p.rec.Calls[len(p.rec.Calls)-1]
				failed.Skipped, failed.Cause = true, err.Error()
				continue
			}
			return false, err
		}
		p.rec.Amended(answer.Changes(p.req))
		p.req = p.req.Amend(answer)
		p.unknown = answer.AppendUnknown(p.unknown)
		switch {
		case before == message.SIPRequest && p.req.Form() == message.SIPResponse:
			return true, nil
		case p.req.IsError() && !failed:
			return false, nil
		}
	}
	return false, nil
}

// process calls the processor that the rules pick.
func (p *passage) process() error {
	p.rec.Routed = p.req.Bytes()
	start := time.Now()
	i, err := p.dispatcher.Table.Match(p.ctx, p.req, &p.trace)
	p.rec.Match = time.Since(start)
	p.rec.RulesTried = p.trace.Count
	if p.trace.Err != nil {
		p.rec.RuleFailed(p.trace.Failed, p.dispatcher.Table.Rules()[p.trace.Failed].Ref, p.trace.Err)
	}
	if err != nil {
		return unrouted(p.req, err)
	}
	b := p.dispatcher.Processors[i]
	p.rec.Picked(i, b.Ref())
	p.processed, err = p.call(b)
	return err
}

// takeOn makes the processor's answer the message as it stands. It waits until somebody needs it: most messages
// end with the processor, whose answer goes back as it came.
func (p *passage) takeOn() {
	if p.processed == nil {
		return
	}
	p.req = p.req.Replace(p.processed)
	p.unknown = p.processed.AppendUnknown(p.unknown)
	p.processed = nil
}

// call calls one stop, reads its answer and writes down what came of it.
func (p *passage) call(b *backend.Backend) (*message.Answer, error) {
	var made backend.Made
	start := time.Now()
	answer, err := p.exchange(b, &made)
	p.rec.Calls = append(p.rec.Calls, decision.Call{
		Ref: b.Ref(), Addr: made.Addr, Role: string(b.Role()), Attempts: made.Attempts, Code: status.CodeOf(err),
		Duration: time.Since(start),
	})
	return answer, err
}

func (p *passage) exchange(b *backend.Backend, made *backend.Made) (*message.Answer, error) {
	data, err := b.Call(p.ctx, p.req, p.md, made)
	if err != nil {
		return nil, err
	}
	answer, err := message.ParseAnswer(data)
	if err != nil {
		return nil, unusable(b, err)
	}
	return answer, nil
}

// answer returns the MessageResponse that the message has become.
func (p *passage) answer() []byte {
	if p.processed != nil && len(p.unknown) == 0 {
		p.rec.Answer = decision.AnswerOf(p.processed.Form(), p.processed.ResponseType())
		return p.processed.Bytes()
	}
	p.takeOn()
	p.rec.Answer = decision.AnswerOf(p.req.Form(), p.req.ResponseType())
	return p.req.Answer(p.unknown)
}
