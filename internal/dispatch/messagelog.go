package dispatch

import (
	"context"
	"hash/maphash"
	"log/slog"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// The most lines in a second about messages that failed and about all the others: an outage fails thousands, and
// writing of each would make it worse.
const (
	failuresPerSecond = 50
	messagesPerSecond = 100
)

// messageLog writes a line for each message that failed and for each middleware that was skipped, and where everything
// is asked for (LOGS_LEVEL=verbose) for each other message, too. It counts those that it leaves out. It is safe for
// concurrent use.
type messageLog struct {
	to                *slog.Logger
	mask              *decision.Mask // also cuts; Log.Add has masked the error
	failures, handled *telemetry.Ration

	access uint64 // Call-IDs whose hash is below it get a line for each message, whatever is asked for
	seed   maphash.Seed
}

func newMessageLog(to *slog.Logger, mask *decision.Mask, access float64) messageLog {
	return messageLog{
		to: to, mask: mask, access: uint64(access * (1 << 32)), seed: maphash.MakeSeed(),
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
	level := telemetry.LevelVerbose
	if l.sampled(rec) {
		level = slog.LevelInfo
	}
	if !l.to.Enabled(ctx, level) {
		return
	}
	leftOut, ok := l.handled.Take()
	if !ok {
		return
	}
	args := append([]any{"processor", rec.Processor, "durationNs", rec.Total.Nanoseconds()}, l.about(rec)...)
	args = append(args, telemetry.LeftOut("messagesNotLogged", leftOut)...)
	l.to.Log(ctx, level, "a message was answered", args...)
}

// sampled reports whether a message belongs to the share of the calls that the access log is for: a call is in it as a
// whole, so that its messages can be read together.
func (l *messageLog) sampled(rec *decision.Record) bool {
	return l.access > 0 && maphash.Bytes(l.seed, rec.CallID)>>32 < l.access
}

// about says which message it is.
func (l *messageLog) about(rec *decision.Record) []any {
	if rec.Epoch == 0 { // it couldn't be read
		return nil
	}
	about := []any{
		"callId", l.mask.Ref(rec.CallID), "method", rec.Method.String(), "kind", rec.Kind(),
		"edgePort", l.mask.EdgePort(rec.EdgePort),
	}
	if rec.Trace != "" {
		about = append(about, "traceId", rec.Trace)
	}
	return about
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
