package dispatch

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestLargeMessagesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1000, false)
		big := call(routrpb.Method_MESSAGE)
		big.Message.Body = strings.Repeat("x", largeBytes)
		large, small := parsed(t, big), parsed(t, call(routrpb.Method_MESSAGE))
		var ends []func()
		for range largeAtOnce {
			end, err := l.Turn(t.Context(), large)
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		for range 2 * largeAtOnce {
			if _, err := l.Turn(t.Context(), small); err != nil {
				t.Fatalf("a small message: %v", err)
			}
		}
		_, err := l.Turn(t.Context(), large)
		var refused *status.Error
		if !errors.As(err, &refused) || refused.Code != status.ResourceExhausted || !refused.Overloaded ||
			l.Refused() != 1 {
			t.Errorf("one too many: %v, %d are refused", err, l.Refused())
		}
		for want, cause := range map[status.Code]error{
			status.Canceled: context.Canceled, status.DeadlineExceeded: context.DeadlineExceeded,
		} {
			ctx, cancel := context.WithTimeout(t.Context(), largePatience/2)
			if cause == context.Canceled {
				cancel()
			}
			_, err := l.Turn(ctx, large)
			cancel()
			if !errors.As(err, &refused) || refused.Code != want {
				t.Errorf("its caller leaves (%v): %v", cause, err)
			}
		}
		for _, end := range ends {
			end()
		}
		if end, err := l.Turn(t.Context(), large); err != nil {
			t.Errorf("after all are answered: %v", err)
		} else {
			end()
		}
	})
}
