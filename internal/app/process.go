package app

import (
	"context"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// records are reused: a message's is done with when it was added to what is kept.
var records = sync.Pool{New: func() any { return new(decision.Record) }}

// process handles a message from beginning to end, and sees to it that none fails silently. A mistake of ours costs that
// message alone.
func (a *App) process(ctx context.Context, request []byte, md map[string][]string) (answer []byte, err error) {
	rec := records.Get().(*decision.Record)
	*rec = decision.Record{Time: time.Now(), Request: request, Calls: rec.Calls[:0]}
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, a.fail(rec, mistake(p))
		}
		a.conclude(ctx, rec)
		records.Put(rec)
	}()
	req, err := dispatch.Parse(request)
	if err != nil {
		return nil, a.fail(rec, err)
	}
	rec.CallID, rec.EdgePort = req.CallID(), req.EdgePort()
	rec.Sender = req.SenderHost()
	rec.Method, rec.Response = req.Method(), req.Form() == message.SIPResponse
	return a.handle(ctx, req, md, rec)
}

// mistake is the outcome of a message that we panicked on.
func mistake(p any) error {
	panics.Note("handle a message", p)
	return &status.Error{Code: status.Internal, Message: "the dispatcher failed on this message"}
}

// handle lets a message into the current epoch and through it.
func (a *App) handle(ctx context.Context, req *message.Request, md map[string][]string, rec *decision.Record) (
	[]byte, error,
) {
	e := a.enter()
	if e == nil {
		return nil, a.fail(rec, &status.Error{Code: status.Unavailable, Message: "the dispatcher is stopping"})
	}
	defer e.leave()
	rec.Epoch = e.number
	answer, err := a.through(ctx, e, req, md, rec)
	if err != nil {
		err = a.fail(rec, err)
	}
	e.observe(rec)
	if err == nil {
		return answer, nil
	}
	if answer, status, ok := e.AnswerFailure(req, status.Of(err)); ok {
		rec.Answered = status
		return answer, nil
	}
	return nil, err
}

// through leads a message through the pipeline, once however often it was sent, if there is room for it. A mistake of ours
// fails it as other errors do.
func (a *App) through(
	ctx context.Context, e *epoch, req *message.Request, md map[string][]string, rec *decision.Record,
) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, mistake(p)
		}
	}()
	end, err := a.limiter.Turn(ctx, req)
	if err != nil {
		return nil, err
	}
	defer end()
	permit, refused := a.limiter.Admit(req)
	if refused != nil {
		return nil, refused
	}
	defer func() { permit.Release(ctx.Err() != nil) }()
	answer, shared, err := a.transactions.Do(ctx, req, func(ctx context.Context) ([]byte, error) {
		return e.Process(ctx, req, md, rec)
	})
	if shared {
		rec.Shared = true
		a.metrics.Shared()
	}
	return answer, err
}

// fail writes down how a message failed.
func (a *App) fail(rec *decision.Record, err error) error {
	e := status.Of(err)
	rec.Code, rec.Error, rec.Cause = e.Code, e.Message, e.Cause
	return e
}

// conclude counts and keeps what became of a message, and logs it where something went wrong: a failure too that the
// EdgePort got an answer for.
func (a *App) conclude(ctx context.Context, rec *decision.Record) {
	rec.Total = time.Since(rec.Time)
	a.decisions.Add(rec)
	a.metrics.Message(rec.Method.String(), kindOf(rec), rec.Code.String(), rec.Total, rec.Match)
	for _, c := range rec.Calls {
		if c.Skipped { // whatever became of the message after that
			a.metrics.Skipped(c.Ref)
			a.log.skipped(ctx, rec, c)
		}
	}
	if rec.Code != 0 {
		a.log.failed(ctx, rec)
	} else {
		a.log.done(ctx, rec)
	}
}
