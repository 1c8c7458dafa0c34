package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// tidy gives memory back after a configuration was loaded, which takes a multiple of what stays, and has the garbage
// collector run as often as what stays asks for.
type tidy struct {
	want chan struct{} // nil where somebody else sees to it
	owed atomic.Bool   // something was loaded since it was done
	turn sync.Mutex    // held while a configuration is loaded, and while it is done
}

// tidyAfter is how long after the last reload: the messages of the configuration before are answered then.
const tidyAfter = 500 * time.Millisecond

func newTidy(on bool) *tidy {
	if !on {
		return &tidy{}
	}
	return &tidy{want: make(chan struct{}, 1)}
}

// wanted has it done soon.
func (t *tidy) wanted() {
	t.owed.Store(true)
	select {
	case t.want <- struct{}{}:
	default:
	}
}

// around calls load, which loads a configuration, and lets the heap grow meanwhile by what that takes. A collection
// would stop every message until the thread that loads has come to a halt, which comes last for a processor; and its
// workers and that thread are more than there are cores, so a message waits for several slices of the kernel's time.
// What is left of the last load is collected before. Where memory has a limit Go collects before it is reached all the
// same.
func (t *tidy) around(load func()) {
	if t.want == nil {
		load()
		return
	}
	t.turn.Lock()
	defer t.wanted()
	defer t.turn.Unlock()
	if t.owed.Load() {
		t.do()
	}
	debug.SetGCPercent(percentToLoad(measured("/gc/heap/live:bytes"), measured("/memory/classes/heap/objects:bytes")))
	load()
}

// run does it when it is wanted and nothing was loaded for a while, until ctx ends.
func (t *tidy) run(ctx context.Context) {
	pause := time.NewTimer(tidyAfter)
	defer pause.Stop()
	pause.Stop()
	for {
		select {
		case <-t.want:
			pause.Reset(tidyAfter)
		case <-pause.C:
			if t.turn.TryLock() { // else it is wanted again when what is loaded now is
				t.do()
				t.turn.Unlock()
			}
		case <-ctx.Done():
			return
		}
	}
}

// do is called with turn held.
func (t *tidy) do() {
	t.owed.Store(false)
	panics.Do("give memory back", func() {
		debug.FreeOSMemory()
		debug.SetGCPercent(percentFor(measured("/gc/heap/live:bytes")))
	})
}

const (
	usualGarbage   = 64 << 20
	loadingGarbage = 192 << 20 // ten thousand rules make 55 MB while they are loaded again
)

// percentFor returns Go's GOGC for so many bytes that live: the heap may grow by usualGarbage, or to five times what
// lives where that is little, and by half where that is very much.
func percentFor(live uint64) int {
	const rarest, soonest = 400, 50
	return int(max(soonest, min(rarest, usualGarbage*100/max(live, 1))))
}

// percentToLoad returns the GOGC with which the heap, of which so many bytes live, and more are used, may grow by
// loadingGarbage.
func percentToLoad(live, used uint64) int {
	live = max(live, 4<<20) // Go collects nothing below 4 MiB times GOGC, either
	return int((max(used, live) - live + loadingGarbage) * 100 / live)
}

// measured is one of Go's own figures.
func measured(name string) uint64 {
	read := []metrics.Sample{{Name: name}}
	metrics.Read(read)
	return read[0].Value.Uint64()
}
