package dispatch

import (
	"context"
	"log/slog"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// The most lines in a second about messages that failed and about all the others: an outage fails thousands, and writing
// of each would make it worse.
const (
	failuresPerSecond = 50
	messagesPerSecond = 100
)

// messageLog writes a line for each message that failed and for each middleware that was skipped, and where everything is
// asked for (LOGS_LEVEL=verbose) for each other message, too. It counts those that it leaves out. It is safe for
// concurrent use.
type messageLog struct {
	to                *slog.Logger
	mask              *decision.Mask // also cuts; Log.Add has masked the error
	failures, handled *telemetry.Ration
}

func newMessageLog(to *slog.Logger, mask *decision.Mask) messageLog {
	return messageLog{
		to: to, mask: mask,
		failures: telemetry.NewRation(failuresPerSecond), handled: telemetry.NewRation(messagesPerSecond),
	}
}

// failed writes of a message that failed, whatever its EdgePort was answered.
func (l *messageLog) failed(ctx context.Context, rec *decision.Record) {
	leftOut, ok := l.failures.Take()
	if !ok {
		return
	}
	args := []any{"code", rec.Code.String(), "error", l.mask.Text(rec.Error, nil)}
	if rec.Cause != "" {
		args = append(args, "cause", l.mask.Text(rec.Cause, nil))
	}
	args = append(args, l.about(rec)...)
	if rec.Answered != "" {
		args = append(args, "answered", rec.Answered)
	}
	l.to.WarnContext(ctx, "a message failed", append(args, telemetry.LeftOut("failuresNotLogged", leftOut)...)...)
}

// skipped writes of a middleware that failed, and of a message that went on.
func (l *messageLog) skipped(ctx context.Context, rec *decision.Record, c decision.Call) {
	leftOut, ok := l.failures.Take()
	if !ok {
		return
	}
	args := []any{
		"middleware", c.Ref, "addr", c.Addr, "code", c.Code.String(), "cause", l.mask.Text(c.Cause, nil),
	}
	args = append(args, l.about(rec)...)
	args = append(args, telemetry.LeftOut("failuresNotLogged", leftOut)...)
	l.to.WarnContext(ctx, "a middleware failed and was skipped", args...)
}

// done writes of a message that was answered, where that is asked for.
func (l *messageLog) done(ctx context.Context, rec *decision.Record) {
	if !l.to.Enabled(ctx, telemetry.LevelVerbose) {
		return
	}
	leftOut, ok := l.handled.Take()
	if !ok {
		return
	}
	args := append([]any{"processor", rec.Processor, "durationNs", rec.Total.Nanoseconds()}, l.about(rec)...)
	args = append(args, telemetry.LeftOut("messagesNotLogged", leftOut)...)
	l.to.Log(ctx, telemetry.LevelVerbose, "a message was answered", args...)
}

// about says which message it is.
func (l *messageLog) about(rec *decision.Record) []any {
	if rec.Epoch == 0 { // it couldn't be read
		return nil
	}
	return []any{
		"callId", l.mask.Ref(rec.CallID), "method", rec.Method.String(), "kind", rec.Kind(),
		"edgePort", l.mask.EdgePort(rec.EdgePort),
	}
}

// told writes how many lines were left out, where no further one said so for a second.
func (l *messageLog) told(ctx context.Context) {
	if n := l.failures.Rest(); n > 0 {
		l.to.WarnContext(ctx, "more messages failed", "failuresNotLogged", n)
	}
	if n := l.handled.Rest(); n > 0 {
		l.to.Log(ctx, telemetry.LevelVerbose, "more messages were answered", "messagesNotLogged", n)
	}
}
