package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// pollInterval is how often the memory of a child at work is looked at.
const pollInterval = 2 * time.Millisecond

// bounds are what a child may take for one thing that it is asked.
type bounds struct {
	time   time.Duration // of processors; on the wall where that isn't known: see used
	memory int64         // bytes of resident memory
}

// watch kills a child that exceeds its bounds, or whose caller goes away.
type watch struct {
	ctx      context.Context // of the caller
	child    *child
	bounds   bounds
	start    time.Time
	before   time.Duration // processor time that the child had used at the start
	forgetIt func() bool   // ends the watch on the caller

	mu     sync.Mutex
	timer  *time.Timer
	done   bool
	cause  error
	worked time.Duration // once it is done
}

func startWatch(ctx context.Context, c *child, b bounds) *watch {
	w := &watch{ctx: ctx, child: c, bounds: b, start: time.Now()}
	w.before, _ = processorTime(c.cmd.Process.Pid)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(min(pollInterval, b.time), func() { w.guarded(w.look) })
	w.forgetIt = context.AfterFunc(ctx, func() {
		w.guarded(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.kill(context.Cause(ctx))
		})
	})
	return w
}

// guarded kills the child where we make a mistake: nobody watches it then.
func (w *watch) guarded(f func()) {
	if !panics.Do("watch a rule worker", f) {
		w.child.kill()
	}
}

// look compares the child with its bounds.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	left := w.bounds.time - w.used()
	if left <= 0 {
		w.kill(&LimitError{Limit: Time, Bound: w.bounds.time.String()})
		return
	}
	// An error means that the child is gone, which its pipe tells too.
	if resident, err := w.child.memory.resident(); err == nil && resident > w.bounds.memory {
		w.kill(&LimitError{Limit: Memory, Bound: fmt.Sprintf("%d MiB", w.bounds.memory>>20)})
		return
	}
	w.timer.Reset(min(pollInterval, left))
}

// patience is how much longer a child may take by the clock on the wall than on processors: others come first, and a
// busy machine must not decide.
const patience = 20

// used is how much of its time the child has used. Where the kernel doesn't say how much it has worked, and for what it
// spends waiting, the clock on the wall counts.
func (w *watch) used() time.Duration {
	passed := time.Since(w.start)
	worked, ok := processorTime(w.child.cmd.Process.Pid)
	if !ok {
		return passed
	}
	return max(worked-w.before, passed/patience)
}

// kill ends the child for a cause. The caller holds mu.
func (w *watch) kill(cause error) {
	if w.done {
		return
	}
	w.done, w.cause, w.worked = true, cause, w.used()
	w.child.kill()
}

// stop ends the watch, and returns why it killed the child, nil where it didn't.
func (w *watch) stop() error {
	w.forgetIt()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	if !w.done {
		w.worked = w.used()
	}
	Count(w.ctx, w.worked)
	w.done = true
	return w.cause
}
