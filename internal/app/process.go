package app

import (
	"context"
	"errors"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// process handles a message and sees to it that none fails silently.
func (a *App) process(ctx context.Context, request []byte, md backend.Metadata) ([]byte, error) {
	answer, err := a.pipeline.Process(ctx, request, md)
	if err != nil {
		a.logFailure(ctx, request, err)
	}
	return answer, err
}

func (a *App) logFailure(ctx context.Context, request []byte, err error) {
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
	a.opts.Log.WarnContext(ctx, "a message failed", args...)
}
