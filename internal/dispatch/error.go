package dispatch

import (
	"errors"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// The errors of contract section 4 that don't come from a call; package backend classifies those.

func invalid(err error) *backend.Error {
	return &backend.Error{Code: backend.InvalidArgument, Message: "MessageRequest: " + err.Error()}
}

func unrouted(req *message.Request, err error) *backend.Error {
	if errors.Is(err, routing.ErrNoMatch) {
		return &backend.Error{
			Code:    backend.NotFound,
			Message: "not matching processor found for request ref: " + req.Ref(),
		}
	}
	return &backend.Error{Code: backend.Internal, Message: err.Error()}
}

func unusable(b *backend.Backend, err error) *backend.Error {
	return &backend.Error{
		Code:    backend.Internal,
		Message: fmt.Sprintf("%s ref = %s answered with an unusable MessageResponse: %v", b.Role(), b.Ref(), err),
	}
}
