package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// life is one message in the hands of a Service: it begins, has its passage, gets an answer and ends. None of these
// steps waits for anything, so that whoever has no goroutine to spare for a message may take them one by one;
// Service.through is where a message waits.
type life struct {
	service *Service
	epoch   *Epoch           // nil where the message didn't get into one
	req     *message.Request // nil where it couldn't be read
	rec     decision.Record
	span    telemetry.Span
}

// lives are used again: a message's is over when its record was added to what is kept.
var lives = sync.Pool{New: func() any { return new(life) }}

// begin reads a message into req, which may have been in use before, and lets it into the current epoch. Whatever the
// error, the life has to be ended.
func (l *life) begin(s *Service, req *message.Request, request []byte) error {
	l.service = s
	l.rec.Begin(request, time.Now())
	if err := parse(req, request); err != nil {
		return err
	}
	l.req = req
	l.rec.Read(l.req)
	if l.epoch = s.enter(); l.epoch == nil {
		return &status.Error{Code: status.Unavailable, Message: "the dispatcher is stopping"}
	}
	l.rec.Epoch = l.epoch.Number
	return nil
}

// answer takes what the message came to, and returns what its caller gets: that, or a SIP response for a failure.
func (l *life) answer(answer []byte, err error) ([]byte, error) {
	if err != nil {
		err = l.fail(err)
	}
	if l.epoch == nil {
		return nil, err
	}
	if l.epoch.Observe != nil {
		l.epoch.Observe(&l.rec)
	}
	if err == nil {
		return answer, nil
	}
	if answer, response, ok := l.epoch.AnswerFailure(l.req, status.Of(err)); ok {
		l.rec.Answered = response
		return answer, nil
	}
	return nil, err
}

// fail writes down how the message failed.
func (l *life) fail(err error) error {
	e := status.Of(err)
	l.rec.Code, l.rec.Error, l.rec.Cause = e.Code, e.Message, e.Cause
	return e
}

// end counts and keeps what became of the message, and then lets it out of its epoch: who closes what keeps it waits
// for that. It is logged where something went wrong: a failure too that the EdgePort got an answer for.
func (l *life) end(ctx context.Context) {
	s, rec := l.service, &l.rec
	if l.epoch != nil {
		defer l.epoch.Leave()
	}
	l.epoch, l.req = nil, nil
	rec.Total = time.Since(rec.Time)
	l.traced()
	s.Decisions.Add(rec)
	s.Metrics.Message(rec.Method.String(), rec.Kind(), rec.Code.String(), rec.Total, rec.Match)
	if rec.Relayed {
		s.Metrics.Relayed()
	}
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
