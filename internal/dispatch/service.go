package dispatch

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// Service leads messages through the dispatcher: it reads them, refuses what is too much, lets retransmissions share
// an answer, and sees to it that none fails silently. It outlives configurations: Use gives it the current one,
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
	Tracing   *telemetry.Tracing // is told of each; nil for nobody
	AccessLog float64            // of which share of the calls each message gets a line in Log, from 0 to 1
}

// NewService returns a Service without an Epoch.
func NewService(p ServiceParams) *Service {
	return &Service{
		ServiceParams: p, transactions: NewTransactions(), log: newMessageLog(p.Log, p.Decisions.Mask(), p.AccessLog),
	}
}

// Process handles a MessageRequest in its wire form and returns a MessageResponse, or says how it failed: the error
// is a *status.Error. md are the metadata of the call, for the calls that are made for it. Nobody may write to the
// request afterwards, nor to the answer, which others may have got, too. A mistake of ours costs that message alone.
func (s *Service) Process(ctx context.Context, request []byte, md map[string][]string) (answer []byte, err error) {
	l := lives.Get().(*life)
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, l.fail(mistake(p))
		}
		l.end(ctx)
		lives.Put(l)
	}()
	err = l.begin(s, new(message.Request), request)
	ctx, l.span = s.Tracing.Message(ctx, md)
	l.rec.Trace = l.span.TraceID(md)
	if err == nil {
		answer, err = s.through(ctx, l, md)
	}
	return l.answer(answer, err)
}

// mistake is the outcome of a message that we panicked on.
func mistake(p any) error {
	panics.Note("handle a message", p)
	return errUnfinished
}

// through leads a message through the pipeline, once however often it was sent, if there is room for it, and waits
// where somebody has to wait. A mistake of ours fails it as other errors do.
func (s *Service) through(ctx context.Context, l *life, md map[string][]string) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, mistake(p)
		}
	}()
	end, err := s.Limiter.Turn(ctx, l.req)
	if err != nil {
		return nil, err
	}
	defer end()
	permit, refused := s.Limiter.Admit(l.req)
	if refused != nil {
		return nil, refused
	}
	defer func() { permit.Release(ctx.Err() != nil) }()
	answer, shared, err := s.transactions.Do(ctx, l.req, func(ctx context.Context) ([]byte, error) {
		return l.epoch.Process(ctx, l.req, md, &l.rec)
	})
	if shared {
		l.rec.Shared = true
		s.Metrics.Shared()
	}
	return answer, err
}

// TellLeftOut logs how many lines about messages were left out because there were too many. Call it about once a
// second.
func (s *Service) TellLeftOut(ctx context.Context) { s.log.told(ctx) }
