package dispatch

import (
	"context"
	"time"
)

// leave is told that the caller went away: the work ends where nobody else waits for it. It is called once, with the
// delivery's mu held, as late as while the message settles and ends.
func (u *unattended) leave() {
	u.gone.Store(true)
	if u.shard != nil {
		u.flight.leave(u.shard)
		return
	}
	u.stop()
}

// stop ends the work, for which nobody waits any more. It is part of job, and doesn't wait.
func (u *unattended) stop() {
	u.stopped.Store(true)
	u.mu.Lock()
	cancel := u.cancel
	u.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	u.exchange.Leave()
}

// context returns one for a goroutine that waits for the message.
func (u *unattended) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(u.ctx))
	if d := u.delivery.Deadline; !d.IsZero() {
		ctx, cancel = withDeadline(ctx, cancel, d)
	}
	u.mu.Lock()
	u.cancel = cancel
	u.mu.Unlock()
	if u.stopped.Load() {
		cancel()
	}
	return ctx, cancel
}

// withDeadline returns a context that ends by both.
func withDeadline(ctx context.Context, cancel context.CancelFunc, d time.Time) (context.Context, context.CancelFunc) {
	ctx, end := context.WithDeadline(ctx, d)
	return ctx, func() {
		cancel()
		end()
	}
}

// closed is the Done of an unattended message whose work has ended.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Err is part of context.Context, and of job.
func (u *unattended) Err() error {
	switch {
	case u.stopped.Load():
		return context.Canceled
	case u.late():
		return context.DeadlineExceeded
	}
	return nil
}

// late reports whether the caller's time is up.
func (u *unattended) late() bool {
	d := u.delivery.Deadline
	return !d.IsZero() && !time.Now().Before(d)
}

// Deadline is part of context.Context.
func (u *unattended) Deadline() (time.Time, bool) {
	return u.delivery.Deadline, !u.delivery.Deadline.IsZero()
}

// Done is part of context.Context. Nobody waits for it: it is closed where the work has ended by now, and else nil.
func (u *unattended) Done() <-chan struct{} {
	if u.Err() != nil {
		return closed
	}
	return nil
}

// Value is part of context.Context.
func (u *unattended) Value(any) any { return nil }
