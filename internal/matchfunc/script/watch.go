package script

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Within an evaluation the memory of the process may grow by maxGrowth, looked at every watchInterval. Single calls of
// builtins are bounded apart: see guards.go.
const (
	maxGrowth     = 24 << 20
	watchInterval = time.Millisecond
)

// watch interrupts an evaluation that exceeds its limits.
type watch struct {
	vm       *goja.Runtime
	deadline *time.Timer
	sampler  *time.Timer
	mu       sync.Mutex // held while the sampler runs
	done     bool
	base     uint64
	expired  atomic.Bool // for what runs outside of goja's instructions
}

func startWatch(vm *goja.Runtime, timeout time.Duration) *watch {
	w := &watch{vm: vm}
	w.deadline = time.AfterFunc(timeout, func() {
		defer panics.Caught("stop a rule")
		w.expired.Store(true)
		vm.Interrupt(&stop{Timeout, "the rule ran longer than " + timeout.String()})
	})
	w.mu.Lock()
	w.sampler = time.AfterFunc(watchInterval, w.sample)
	w.mu.Unlock()
	return w
}

func (w *watch) stop() {
	w.deadline.Stop()
	w.sampler.Stop()
	w.mu.Lock()
	w.done = true
	w.mu.Unlock()
}

func (w *watch) sample() {
	defer panics.Caught("look at the memory of a rule")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	used := samples[0].Value.Uint64() + samples[1].Value.Uint64()
	switch {
	case w.base == 0 || used < w.base:
		w.base = used
	case used-w.base > maxGrowth:
		w.vm.Interrupt(&stop{Memory, "the rule took more than 24 MiB of memory"})
		return
	}
	w.sampler.Reset(watchInterval)
}
