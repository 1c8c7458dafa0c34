package rpc

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// elementBytes is what a value of a JSON text counts for beside its bytes while it is converted.
const elementBytes = 16

// converter makes protobuf of JSON. It is safe for concurrent use.
type converter struct{ turns turns }

// wire returns a request in its wire form. The error is a *connect.Error.
func (c converter) wire(ctx context.Context, f *frame) ([]byte, error) {
	if !f.json {
		return f.data, nil
	}
	if len(f.data) > largeBytes {
		if err := c.turns.take(ctx); err != nil {
			return nil, callerLeft(err)
		}
		defer c.turns.end()
	}
	n, err := message.JSONElements(f.data)
	if err != nil {
		return nil, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("MessageRequest: %w", err))
	}
	if !workOf(ctx).share.Take(int64(n) * elementBytes) {
		return nil, errBusy
	}
	data, err := message.RequestFromJSON(f.data)
	if err != nil {
		// it may quote the request
		return nil, connect.NewError(connect.CodeInvalidArgument,
			errors.New(door.Cut("unmarshal message: "+err.Error(), door.MaxText)))
	}
	return data, nil
}

// callerLeft is the outcome for a caller whose context ended.
func callerLeft(err error) error {
	code := connect.CodeCanceled
	if errors.Is(err, context.DeadlineExceeded) {
		code = connect.CodeDeadlineExceeded
	}
	return connect.NewError(code, err)
}
