package dispatch

import (
	"context"
	"errors"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// The errors of contract section 4 that don't come from a call; package backend classifies those.

func invalid(err error) *status.Error {
	code := status.InvalidArgument
	var limit *message.LimitError
	if errors.As(err, &limit) {
		code = status.ResourceExhausted
	}
	return &status.Error{Code: code, Message: "MessageRequest: " + err.Error()}
}

func unrouted(req *message.Request, err error) *status.Error {
	if errors.Is(err, routing.ErrNoMatch) {
		return &status.Error{
			Code:    status.NotFound,
			Message: "not matching processor found for request ref: " + visible.Cut(req.Ref(), maxRef), Unrouted: true,
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &status.Error{
			Code: status.DeadlineExceeded, Message: "the caller's deadline passed while rules were evaluated",
		}
	case errors.Is(err, context.Canceled):
		return &status.Error{Code: status.Canceled, Message: "the caller went away while rules were evaluated"}
	}
	return &status.Error{Code: status.Internal, Message: err.Error()}
}

// maxRef is how much of a ref an error repeats. A Call-ID has some 40 bytes.
const maxRef = 1 << 10

func unusable(b *backend.Backend, err error) *status.Error {
	return &status.Error{
		Code:    status.Internal,
		Message: fmt.Sprintf("%s ref = %s answered with an unusable MessageResponse: %v", b.Role(), b.Ref(), err),
	}
}

// callerLeft is the outcome for a caller that stopped to wait.
func callerLeft(ctx context.Context, while string) *status.Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &status.Error{Code: status.DeadlineExceeded, Message: "the caller's deadline passed while " + while}
	}
	return &status.Error{Code: status.Canceled, Message: "the caller went away while " + while}
}

// errUnfinished is what retransmissions get of a request whose handling broke off.
var errUnfinished = &status.Error{Code: status.Internal, Message: "the dispatcher failed on this message"}
