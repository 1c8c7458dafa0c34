package dispatch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// inTransaction is a request that retransmissions of can be told.
func inTransaction(t *testing.T, change func(*routrpb.MessageRequest)) *message.Request {
	t.Helper()
	req := call(routrpb.Method_INVITE)
	req.EdgePortRef = "edgeport1"
	req.Message.Extensions = []*routrpb.Extension{{Name: "User-Agent", Value: "x"}, {Name: "CSeq", Value: "1 INVITE"}}
	if change != nil {
		change(req)
	}
	return parsed(t, req)
}

type outcome struct {
	answer string
	shared bool
	err    error
}

// do calls Do and says what came of it later.
func do(
	ctx context.Context, tr *Transactions, req *message.Request, handle func(context.Context) ([]byte, error),
) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, shared, err := tr.Do(ctx, req, handle)
		done <- outcome{string(answer), shared, err}
	}()
	return done
}

func TestRetransmissionsShareTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, calls := NewTransactions(), 0
		handle := func(context.Context) ([]byte, error) {
			calls++
			time.Sleep(time.Second)
			return []byte("answer"), nil
		}
		first := do(t.Context(), tr, inTransaction(t, nil), handle)
		synctest.Wait()
		second := do(t.Context(), tr, inTransaction(t, nil), handle)
		third := do(t.Context(), tr, inTransaction(t, nil), handle)
		if got := <-first; got != (outcome{"answer", false, nil}) {
			t.Errorf("the first: %+v", got)
		}
		for _, o := range []outcome{<-second, <-third} {
			if o != (outcome{"answer", true, nil}) {
				t.Errorf("a retransmission: %+v", o)
			}
		}
		if calls != 1 {
			t.Errorf("handled %d times", calls)
		}
		if got := <-do(t.Context(), tr, inTransaction(t, nil), handle); got.shared || calls != 2 {
			t.Errorf("after the answer: %+v, handled %d times", got, calls)
		}
	})
}

func TestOtherRequestsAreNotRetransmissions(t *testing.T) {
	busy := func(r *routrpb.MessageRequest) {
		r.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_RINGING}
	}
	for name, change := range map[string]func(*routrpb.MessageRequest){
		"branch":       func(r *routrpb.MessageRequest) { r.Message.Via[0].Branch = "z9hG4bK2" },
		"sent-by host": func(r *routrpb.MessageRequest) { r.Message.Via[0].Host = "other" },
		"sent-by port": func(r *routrpb.MessageRequest) { r.Message.Via[0].Port = 5070 },
		"CSeq":         func(r *routrpb.MessageRequest) { r.Message.Extensions[1].Value = "2 INVITE" },
		"method":       func(r *routrpb.MessageRequest) { r.Method = routrpb.Method_ACK },
		"Call-ID":      func(r *routrpb.MessageRequest) { r.Message.CallId.CallId = "call-2" },
		"EdgePort":     func(r *routrpb.MessageRequest) { r.EdgePortRef = "edgeport2" },
		"a response":   busy,
		"no CSeq":      func(r *routrpb.MessageRequest) { r.Message.Extensions = nil },
		"no Via":       func(r *routrpb.MessageRequest) { r.Message.Via = nil },
		"no branch":    func(r *routrpb.MessageRequest) { r.Message.Via[0].Branch = "" },
		"moved letters": func(r *routrpb.MessageRequest) {
			r.Message.Via[0].Branch, r.Message.Via[0].Host = "z9hG4bK1a", ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := NewTransactions()
				handle := func(context.Context) ([]byte, error) {
					time.Sleep(time.Second)
					return []byte("answer"), nil
				}
				first := do(t.Context(), tr, inTransaction(t, nil), handle)
				synctest.Wait()
				if other := <-do(t.Context(), tr, inTransaction(t, change), handle); other.shared {
					t.Error("shared the answer")
				}
				<-first
			})
		})
	}
}

// untilCanceled handles a request until its context ends.
func untilCanceled(ctx context.Context) ([]byte, error) {
	<-ctx.Done()
	return nil, &status.Error{Code: status.Canceled, Message: context.Cause(ctx).Error()}
}

func TestTheWorkGoesOnWhileAnybodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := NewTransactions()
		firstCtx, firstLeaves := context.WithCancel(t.Context())
		secondCtx, secondLeaves := context.WithCancel(t.Context())
		first := do(firstCtx, tr, inTransaction(t, nil), untilCanceled)
		synctest.Wait()
		second := do(secondCtx, tr, inTransaction(t, nil), untilCanceled)
		synctest.Wait()
		firstLeaves()
		synctest.Wait()
		select {
		case o := <-first:
			t.Fatalf("the work ended with the first caller: %+v", o)
		default:
		}
		secondLeaves()
		var e *status.Error
		if o := <-second; !errors.As(o.err, &e) || e.Code != status.Canceled {
			t.Errorf("the second: %+v", o)
		}
		if o := <-first; !errors.As(o.err, &e) || e.Code != status.Canceled {
			t.Errorf("the first: %+v", o)
		}
	})
}

func TestTheFirstCallersDeadlineBoundsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := NewTransactions().Do(ctx, inTransaction(t, nil), func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}

// TestWhatWasGivenUpIsStartedAnew has a retransmission come while the work that nobody waited for any more winds up.
func TestWhatWasGivenUpIsStartedAnew(t *testing.T) {
	for name, first := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"the caller left": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithCancel(ctx)
		},
		"the caller's time was up": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := NewTransactions()
				ctx, leave := first(t.Context())
				given := do(ctx, tr, inTransaction(t, nil), func(ctx context.Context) ([]byte, error) {
					<-ctx.Done()
					time.Sleep(time.Second) // until the processor has let go
					return nil, &status.Error{Code: status.Canceled, Message: "given up"}
				})
				synctest.Wait()
				time.Sleep(time.Second)
				leave()
				synctest.Wait()
				handled := 0
				handle := func(context.Context) ([]byte, error) {
					handled++
					time.Sleep(3 * time.Second)
					return []byte("answer"), nil
				}
				second := do(t.Context(), tr, inTransaction(t, nil), handle)
				synctest.Wait()
				if o := <-given; o.err == nil {
					t.Errorf("the first: %+v", o)
				}
				third := do(t.Context(), tr, inTransaction(t, nil), handle)
				if o := <-second; o != (outcome{"answer", false, nil}) {
					t.Errorf("the second, while the first winds up: %+v", o)
				}
				if o := <-third; o != (outcome{"answer", true, nil}) || handled != 1 {
					t.Errorf("the third, after the first is over: %+v, handled %d times", o, handled)
				}
			})
		})
	}
}

func TestAPanicLeavesNoRetransmissionWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := NewTransactions()
		panicked := make(chan any, 1)
		go func() {
			defer func() { panicked <- recover() }()
			_, _, _ = tr.Do(t.Context(), inTransaction(t, nil), func(context.Context) ([]byte, error) {
				time.Sleep(time.Second)
				panic("a mistake")
			})
		}()
		synctest.Wait()
		if o := <-do(t.Context(), tr, inTransaction(t, nil), untilCanceled); !o.shared ||
			!errors.Is(o.err, errUnfinished) {
			t.Errorf("the retransmission: %+v", o)
		}
		if <-panicked == nil {
			t.Error("the panic was swallowed")
		}
	})
}

func BenchmarkTransactions(b *testing.B) {
	b.ReportAllocs()
	tr := NewTransactions()
	t := &testing.T{}
	req := inTransaction(t, nil)
	for b.Loop() {
		if _, _, err := tr.Do(b.Context(), req, func(context.Context) ([]byte, error) {
			return []byte("a"), nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
