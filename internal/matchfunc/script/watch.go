package script

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// An evaluation may take maxMemory, and is looked at every lookInterval. Single calls of builtins are bounded apart:
// see guards.go.
const (
	maxMemory    = 24 << 20
	lookInterval = time.Millisecond
)

// limits are what an evaluation is held to.
type limits struct {
	time     time.Duration // of the processor; on the wall where the system doesn't say more: see clock
	together bool          // time is what the rules tried before have left
	work     *work.Budget
	accounts bool // the rule's own accounts tell what memory it takes: see account.go
}

// watch interrupts an evaluation that exceeds its limits. What is measured is the evaluation's own: a thread runs
// nothing else meanwhile.
type watch struct {
	vm     *goja.Runtime
	limits limits
	clock  clock
	timer  *time.Timer
	mu     sync.Mutex // held while it looks
	done   bool
	base   uint64               // bytes that the process had at the first look
	reason atomic.Pointer[stop] // why it was interrupted, also for what runs outside of goja's instructions
}

// startWatch watches the calling goroutine until stop is called.
func startWatch(vm *goja.Runtime, l limits) *watch {
	runtime.LockOSThread()
	w := &watch{vm: vm, limits: l, clock: startClock()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(min(lookInterval, l.time), w.look)
	return w
}

// stop ends the watch and takes what was used from the budget of all rules.
func (w *watch) stop() {
	w.timer.Stop()
	w.mu.Lock()
	w.done = true
	w.mu.Unlock()
	if w.limits.work != nil {
		w.limits.work.Take(w.clock.used())
	}
	runtime.UnlockOSThread()
}

func (w *watch) look() {
	defer panics.Caught("look at what a rule takes")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	if why := w.exceeded(); why != nil {
		w.reason.Store(why)
		w.vm.Interrupt(why)
		return
	}
	w.timer.Reset(min(lookInterval, w.limits.time))
}

// exceeded says what there was too much of, nil for nothing.
func (w *watch) exceeded() *stop {
	switch {
	case w.limits.work.Gone():
		return &stop{kind: Gone, message: work.ErrGone.Error()}
	case w.clock.used() > w.limits.time:
		return w.tooLong()
	case w.limits.accounts:
		return nil
	}
	used := processMemory()
	if w.base == 0 || used < w.base {
		w.base = used
	}
	if used-w.base <= maxMemory {
		return nil
	}
	return &stop{kind: Memory, message: tooMuchMemory, doubtful: true} // somebody else may have taken it
}

func (w *watch) tooLong() *stop {
	if w.limits.together {
		return &stop{kind: Timeout, message: "the rules that this message was tried on took too long together"}
	}
	return &stop{kind: Timeout, message: "the rule ran longer than " + w.limits.time.String(), doubtful: !w.clock.own}
}

const tooMuchMemory = "the rule took more than 24 MiB of memory"

// processMemory is what the process holds for its heap and stacks.
func processMemory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}
