package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// records are reused: a message's is done with when it was added to what is kept.
var records = sync.Pool{New: func() any { return new(decision.Record) }}

// process handles a message from beginning to end, and sees to it that none fails silently. A mistake of ours costs that
// message alone.
func (a *App) process(ctx context.Context, request []byte, md backend.Metadata) (answer []byte, err error) {
	rec := records.Get().(*decision.Record)
	*rec = decision.Record{Time: time.Now(), Request: request, Calls: rec.Calls[:0]}
	defer func() {
		if p := recover(); p != nil {
			panics.Note("handle a message", p)
			answer, err = nil, a.fail(rec, &backend.Error{Code: backend.Internal, Message: "the dispatcher failed on this message"})
		}
		a.conclude(ctx, rec)
		records.Put(rec)
	}()
	req, err := dispatch.Parse(request)
	if err != nil {
		return nil, a.fail(rec, err)
	}
	rec.CallID, rec.EdgePort = req.CallID(), req.EdgePort()
	rec.Method, rec.Response = req.Method(), req.Form() == message.SIPResponse
	return a.handle(ctx, req, md, rec)
}

// handle lets a message into the current epoch and through it.
func (a *App) handle(ctx context.Context, req *message.Request, md backend.Metadata, rec *decision.Record) ([]byte, error) {
	e := a.enter()
	if e == nil {
		return nil, a.fail(rec, &backend.Error{Code: backend.Unavailable, Message: "the dispatcher is stopping"})
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
	var failed *backend.Error
	if errors.As(err, &failed) {
		if answer, status, ok := e.AnswerFailure(req, failed); ok {
			rec.Answered = status
			return answer, nil
		}
	}
	return nil, err
}

// through leads a message through the pipeline, once however often it was sent, if there is room for it.
func (a *App) through(ctx context.Context, e *epoch, req *message.Request, md backend.Metadata, rec *decision.Record) ([]byte, error) {
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
	var e *backend.Error
	if !errors.As(err, &e) {
		e = &backend.Error{Code: backend.Internal, Message: err.Error()}
	}
	rec.Code, rec.Error, rec.Cause = uint32(e.Code), e.Message, e.Cause
	return e
}

// conclude counts and keeps what became of a message, and logs it where something went wrong: a failure too that the
// EdgePort got an answer for.
func (a *App) conclude(ctx context.Context, rec *decision.Record) {
	rec.Total = time.Since(rec.Time)
	kind := "request"
	if rec.Response {
		kind = "response"
	}
	a.decisions.Add(rec)
	code := backend.Code(rec.Code)
	a.metrics.Message(rec.Method.String(), kind, code.String(), rec.Total, rec.Match)
	if rec.Code != 0 {
		a.failures.log(ctx, rec, code, rec.Error)
		return
	}
	for _, c := range rec.Calls { // middlewares whose failures didn't stop the message
		if c.Code != 0 {
			a.metrics.Skipped(c.Ref)
			a.failures.log(ctx, rec, backend.Code(c.Code), "middleware ref = "+c.Ref+" failed and was skipped")
		}
	}
}

// failureLog writes a line for each message that failed, up to failuresPerSecond: an outage fails thousands, and
// writing of each would make it worse. It counts those that it leaves out. It is safe for concurrent use.
type failureLog struct {
	to   *slog.Logger
	mask *decision.Mask // Log.Add has masked the error

	mu      sync.Mutex
	second  int64 // of the Unix time
	written int   // in that second
	leftOut int   // since a line was written
}

const failuresPerSecond = 50

func (l *failureLog) log(ctx context.Context, rec *decision.Record, code backend.Code, text string) {
	leftOut, ok := l.take(time.Now().Unix())
	if !ok {
		return
	}
	args := []any{"code", code.String(), "error", shortened(text, maxLogged)}
	if rec.Cause != "" {
		args = append(args, "cause", shortened(l.mask.Text(rec.Cause, nil), maxLogged))
	}
	if rec.Epoch > 0 { // it could be read
		args = append(args, "ref", shortened(l.mask.Ref(rec.CallID), maxLoggedRef), "method", rec.Method.String(),
			"edgePortRef", shortened(l.mask.EdgePort(rec.EdgePort), maxLoggedRef))
	}
	if rec.Answered != "" {
		args = append(args, "answered", rec.Answered)
	}
	if leftOut > 0 {
		args = append(args, "failuresNotLogged", leftOut)
	}
	l.to.WarnContext(ctx, "a message failed", args...)
}

// What a line may hold of a text from outside, in bytes: the decision's bounds.
const (
	maxLogged    = 1024
	maxLoggedRef = 256
)

// shortened cuts a text on a character.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// take asks for a line in this second. It returns how many were left out since the last one.
func (l *failureLog) take(second int64) (leftOut int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second != l.second {
		l.second, l.written = second, 0
	}
	if l.written == failuresPerSecond {
		l.leftOut++
		return 0, false
	}
	l.written++
	leftOut, l.leftOut = l.leftOut, 0
	return leftOut, true
}
