package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

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
	failures, handled bounded
	second            func() int64 // of the Unix time
}

func newMessageLog(to *slog.Logger) messageLog {
	return messageLog{to: to, second: func() int64 { return time.Now().Unix() }, failures: bounded{most: failuresPerSecond}, handled: bounded{most: messagesPerSecond}}
}

// failed writes of a message that failed, whatever its EdgePort was answered.
func (l *messageLog) failed(ctx context.Context, rec *decision.Record) {
	leftOut, ok := l.failures.take(l.second())
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
	l.to.WarnContext(ctx, "a message failed", append(args, count("failuresNotLogged", leftOut)...)...)
}

// skipped writes of a middleware that failed, and of a message that went on.
func (l *messageLog) skipped(ctx context.Context, rec *decision.Record, c decision.Call) {
	leftOut, ok := l.failures.take(l.second())
	if !ok {
		return
	}
	args := []any{
		"middleware", c.Ref, "addr", c.Addr, "code", c.Code.String(), "cause", l.mask.Text(c.Cause, nil),
	}
	args = append(args, l.about(rec)...)
	l.to.WarnContext(ctx, "a middleware failed and was skipped", append(args, count("failuresNotLogged", leftOut)...)...)
}

// done writes of a message that was answered, where that is asked for.
func (l *messageLog) done(ctx context.Context, rec *decision.Record) {
	if !l.to.Enabled(ctx, telemetry.LevelVerbose) {
		return
	}
	leftOut, ok := l.handled.take(l.second())
	if !ok {
		return
	}
	args := append([]any{"processor", rec.Processor, "durationNs", rec.Total.Nanoseconds()}, l.about(rec)...)
	l.to.Log(ctx, telemetry.LevelVerbose, "a message was answered", append(args, count("messagesNotLogged", leftOut)...)...)
}

// about says which message it is.
func (l *messageLog) about(rec *decision.Record) []any {
	if rec.Epoch == 0 { // it couldn't be read
		return nil
	}
	return []any{
		"callId", l.mask.Ref(rec.CallID), "method", rec.Method.String(), "kind", kindOf(rec),
		"edgePort", l.mask.EdgePort(rec.EdgePort),
	}
}

// told writes how many lines were left out, where no further one said so for a second.
func (l *messageLog) told(ctx context.Context) {
	now := l.second()
	if n := l.failures.rest(now); n > 0 {
		l.to.WarnContext(ctx, "more messages failed", "failuresNotLogged", n)
	}
	if n := l.handled.rest(now); n > 0 {
		l.to.Log(ctx, telemetry.LevelVerbose, "more messages were answered", "messagesNotLogged", n)
	}
}

// kindOf is what metrics and logs call a message.
func kindOf(rec *decision.Record) string {
	if rec.Response {
		return "response"
	}
	return "request"
}

// count is an attribute that is only there where there is something to count.
func count(name string, n int) []any {
	if n == 0 {
		return nil
	}
	return []any{name, n}
}

// bounded gives out so many lines a second. It is safe for concurrent use.
type bounded struct {
	most int

	mu      sync.Mutex
	second  int64 // of the Unix time
	written int   // in that second
	leftOut int   // since a line was written
}

// take asks for a line in this second. It returns how many were left out since the last one.
func (b *bounded) take(second int64) (leftOut int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if second != b.second {
		b.second, b.written = second, 0
	}
	if b.written == b.most {
		b.leftOut++
		return 0, false
	}
	b.written++
	leftOut, b.leftOut = b.leftOut, 0
	return leftOut, true
}

// rest returns how many were left out in seconds before this one that no line has told of, and forgets them.
func (b *bounded) rest(second int64) (leftOut int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if second == b.second {
		return 0
	}
	leftOut, b.leftOut = b.leftOut, 0
	return leftOut
}
