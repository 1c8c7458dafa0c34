package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// Service leads messages through the dispatcher: it reads them, refuses what is too much, lets retransmissions share
// an answer, and sees to it that none fails silently. It outlives configurations: Begin gives it the current one,
// which must be there before the first message. It must be made by NewService and is safe for concurrent use.
type Service struct {
	ServiceParams
	current      atomic.Pointer[Epoch]
	transactions *Transactions
	log          messageLog
}

// ServiceParams are what a Service works with.
type ServiceParams struct {
	Limiter   *Limiter
	Decisions *decision.Log      // gets a record of each message
	Metrics   *telemetry.Metrics // count it
	Log       *slog.Logger       // is told of those that fail
}

// NewService returns a Service without an Epoch.
func NewService(p ServiceParams) *Service {
	return &Service{
		ServiceParams: p, transactions: NewTransactions(), log: newMessageLog(p.Log, p.Decisions.Mask()),
	}
}

// records are used again: a message's is done with when it was added to what is kept.
var records = sync.Pool{New: func() any { return new(decision.Record) }}

// Process handles a MessageRequest in its wire form and returns a MessageResponse, or says how it failed: the error
// is a *status.Error. md are the metadata of the call, for the calls that are made for it. Nobody may write to the
// request afterwards, nor to the answer, which others may have got, too. A mistake of ours costs that message alone.
func (s *Service) Process(ctx context.Context, request []byte, md map[string][]string) (answer []byte, err error) {
	rec := records.Get().(*decision.Record)
	rec.Begin(request, time.Now())
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fail(rec, mistake(p))
		}
		s.conclude(ctx, rec)
		records.Put(rec)
	}()
	req, err := Parse(request)
	if err != nil {
		return nil, fail(rec, err)
	}
	rec.Read(req)
	return s.handle(ctx, req, md, rec)
}

// mistake is the outcome of a message that we panicked on.
func mistake(p any) error {
	panics.Note("handle a message", p)
	return errUnfinished
}

// handle lets a message into the current epoch and through it.
func (s *Service) handle(
	ctx context.Context, req *message.Request, md map[string][]string, rec *decision.Record,
) ([]byte, error) {
	e := s.enter()
	if e == nil {
		return nil, fail(rec, &status.Error{Code: status.Unavailable, Message: "the dispatcher is stopping"})
	}
	defer e.Leave()
	rec.Epoch = e.Number
	answer, err := s.through(ctx, e, req, md, rec)
	if err != nil {
		err = fail(rec, err)
	}
	if e.Observe != nil {
		e.Observe(rec)
	}
	if err == nil {
		return answer, nil
	}
	if answer, response, ok := e.AnswerFailure(req, status.Of(err)); ok {
		rec.Answered = response
		return answer, nil
	}
	return nil, err
}

// through leads a message through the pipeline, once however often it was sent, if there is room for it. A mistake of
// ours fails it as other errors do.
func (s *Service) through(
	ctx context.Context, e *Epoch, req *message.Request, md map[string][]string, rec *decision.Record,
) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, mistake(p)
		}
	}()
	end, err := s.Limiter.Turn(ctx, req)
	if err != nil {
		return nil, err
	}
	defer end()
	permit, refused := s.Limiter.Admit(req)
	if refused != nil {
		return nil, refused
	}
	defer func() { permit.Release(ctx.Err() != nil) }()
	answer, shared, err := s.transactions.Do(ctx, req, func(ctx context.Context) ([]byte, error) {
		return e.Process(ctx, req, md, rec)
	})
	if shared {
		rec.Shared = true
		s.Metrics.Shared()
	}
	return answer, err
}

// fail writes down how a message failed.
func fail(rec *decision.Record, err error) error {
	e := status.Of(err)
	rec.Code, rec.Error, rec.Cause = e.Code, e.Message, e.Cause
	return e
}

// conclude counts and keeps what became of a message, and logs it where something went wrong: a failure too that the
// EdgePort got an answer for.
func (s *Service) conclude(ctx context.Context, rec *decision.Record) {
	rec.Total = time.Since(rec.Time)
	s.Decisions.Add(rec)
	s.Metrics.Message(rec.Method.String(), rec.Kind(), rec.Code.String(), rec.Total, rec.Match)
	for _, c := range rec.Calls {
		if c.Skipped { // whatever became of the message after that
			s.Metrics.Skipped(c.Ref)
			s.log.skipped(ctx, rec, c)
		}
	}
	if rec.Code != status.OK {
		s.log.failed(ctx, rec)
	} else {
		s.log.done(ctx, rec)
	}
}

// TellLeftOut logs how many lines about messages were left out because there were too many. Call it about once a
// second.
func (s *Service) TellLeftOut(ctx context.Context) { s.log.told(ctx) }
