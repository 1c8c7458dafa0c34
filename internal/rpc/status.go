package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/fonoster/routr-dispatcher/internal/door"
)

// asStatus gives an error its gRPC status, within what the peer takes.
func asStatus(ctx context.Context, err error) error {
	s := door.StatusOf(ctx, err)
	failed := connect.NewError(connect.Code(s.Code), errors.New(s.Text))
	for _, d := range s.Details {
		if detail, err := connect.NewErrorDetail(&anypb.Any{TypeUrl: d.TypeURL, Value: d.Value}); err == nil {
			failed.AddDetail(detail)
		}
	}
	return failed
}
