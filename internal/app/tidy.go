package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// tidy gives memory back after a configuration was loaded, which takes a multiple of what stays, and has the garbage
// collector run as often as what stays asks for.
type tidy struct {
	want chan struct{} // nil where somebody else sees to it
}

// tidyAfter is how long after a reload: the messages of the configuration before are answered then.
const tidyAfter = 500 * time.Millisecond

func newTidy(on bool) tidy {
	if !on {
		return tidy{}
	}
	return tidy{want: make(chan struct{}, 1)}
}

// wanted has it done soon.
func (t *tidy) wanted() {
	select {
	case t.want <- struct{}{}:
	default:
	}
}

// makeRoom lets the heap grow by what loading a configuration takes, until it was tidied. A collection would stop every
// message until the thread that loads has come to a halt, which comes last for a processor, and take a core besides.
// Where memory has a limit Go collects before it is reached all the same.
func (t *tidy) makeRoom() {
	if t.want != nil {
		debug.SetGCPercent(percentFor(liveBytes(), loadingGarbage))
	}
}

// run does it when it is wanted, until ctx ends.
func (t *tidy) run(ctx context.Context) {
	for {
		select {
		case <-t.want:
		case <-ctx.Done():
			return
		}
		pause := time.NewTimer(tidyAfter)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
		panics.Do("give memory back", func() {
			debug.FreeOSMemory()
			debug.SetGCPercent(percentFor(liveBytes(), usualGarbage))
		})
	}
}

const (
	usualGarbage   = 64 << 20
	loadingGarbage = 192 << 20 // ten thousand rules make 55 MB while they are loaded again
)

// percentFor returns Go's GOGC for so many bytes that live: the heap may grow by garbage bytes, or to five times what
// lives where that is little, and by half where that is very much.
func percentFor(live, garbage uint64) int {
	const rarest, soonest = 400, 50
	return int(max(soonest, min(rarest, garbage*100/max(live, 1))))
}

// liveBytes is how much of the heap the last collection found to be in use.
func liveBytes() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}
