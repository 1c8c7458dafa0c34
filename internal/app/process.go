package app

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// process handles a message and sees to it that none fails silently. A mistake of ours costs that message alone.
func (a *App) process(ctx context.Context, request []byte, md backend.Metadata) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.opts.Log.ErrorContext(ctx, "the dispatcher panicked", "panic", p, "stack", string(debug.Stack()))
			answer, err = nil, &backend.Error{Code: backend.Internal, Message: "the dispatcher failed on this message"}
		}
	}()
	if answer, err = a.pipeline.Process(ctx, request, md); err != nil {
		a.failures.log(ctx, request, err)
	}
	return answer, err
}

// failureLog writes a line for each message that failed, up to failuresPerSecond: an outage fails thousands, and
// writing of each would make it worse. It counts those that it leaves out. It is safe for concurrent use.
type failureLog struct {
	to *slog.Logger

	mu      sync.Mutex
	second  int64 // of the Unix time
	written int   // in that second
	leftOut int   // since a line was written
}

const failuresPerSecond = 50

func (l *failureLog) log(ctx context.Context, request []byte, err error) {
	leftOut, ok := l.take(time.Now().Unix())
	if !ok {
		return
	}
	var e *backend.Error
	if !errors.As(err, &e) {
		e = &backend.Error{Message: err.Error()}
	}
	args := []any{"code", e.Code.String(), "error", e.Message}
	if e.Cause != "" {
		args = append(args, "cause", e.Cause)
	}
	if req, err := message.Parse(request); err == nil {
		args = append(args, "ref", req.Ref(), "method", req.Method().String(), "edgePortRef", req.EdgePortRef())
	}
	if leftOut > 0 {
		args = append(args, "failuresNotLogged", leftOut)
	}
	l.to.WarnContext(ctx, "a message failed", args...)
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
