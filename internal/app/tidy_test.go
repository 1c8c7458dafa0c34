package app

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
)

func TestTheCollectorRunsAsOftenAsWhatLivesAsksFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 8 << 20: 400, 32 << 20: 200, 64 << 20: 100, 1 << 30: 50} {
		if got := percentFor(live); got != want {
			t.Errorf("where %d MiB live, GOGC is %d, want %d", live>>20, got, want)
		}
	}
}

// keepGOGC puts Go's GOGC back when the test ends.
func keepGOGC(t *testing.T) {
	t.Helper()
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
}

// tidying runs one until the test ends.
func tidying(t *testing.T) *tidy {
	t.Helper()
	on := newTidy(true)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { on.run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return on
}

// forced counts the collections that somebody asked for.
func forced() uint64 { return measured("/gc/cycles/forced:gc-cycles") }

func TestMemoryIsGivenBackOnceAfterTheLastThatWantsIt(t *testing.T) {
	keepGOGC(t)
	newTidy(false).wanted() // nobody waits, and it doesn't either
	synctest.Test(t, func(t *testing.T) {
		on, before := tidying(t), forced()
		for range 3 {
			on.wanted()
			time.Sleep(tidyAfter - time.Millisecond)
		}
		if n := forced() - before; n != 0 {
			t.Errorf("%d collections while it was still wanted", n)
		}
		time.Sleep(time.Minute)
		if n := forced() - before; n != 1 {
			t.Errorf("%d collections, want 1", n)
		}
	})
}

// TestNothingIsCollectedWhileAConfigurationIsLoaded: what is left of the load before is collected first, where that
// wasn't done yet.
func TestNothingIsCollectedWhileAConfigurationIsLoaded(t *testing.T) {
	keepGOGC(t)
	synctest.Test(t, func(t *testing.T) {
		on, before := tidying(t), forced()
		for load := range uint64(3) {
			on.around(func() {
				if n := forced() - before; n != load {
					t.Errorf("load %d: %d collections until it began", load, n)
				}
				began := measured("/gc/cycles/total:gc-cycles")
				time.Sleep(time.Minute) // the load before is long enough ago by then
				for range 1000 {
					garbage.Store(new([100_000]byte))
				}
				if n := measured("/gc/cycles/total:gc-cycles") - began; n != 0 {
					t.Errorf("load %d: %d collections in it", load, n)
				}
			})
		}
		time.Sleep(time.Minute)
		if n := forced() - before; n != 3 {
			t.Errorf("%d collections in all, want 3", n)
		}
	})
}

var garbage atomic.Pointer[[100_000]byte]

// TestWhatIsLoadedIsNotCollectedMeanwhile: a collection while rules are compiled again holds up messages.
func TestWhatIsLoadedIsNotCollectedMeanwhile(t *testing.T) {
	const odd = 123
	t.Cleanup(func(before int) func() { return func() { debug.SetGCPercent(before) } }(debug.SetGCPercent(odd)))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	text := yamlFor("127.0.0.1:1")
	write(t, path, text)
	s := serveFileBy(t, path, Options{Tidy: true})
	var saw atomic.Uint64
	interned.Compile = func(text string, o matchfunc.Options) (*matchfunc.Func, error) {
		saw.Store(gcPercent())
		return matchfunc.Compile(text, o)
	}
	t.Cleanup(func() { interned.Compile = nil })
	rule := fmt.Sprintf("req => req.ref !== '%d' && ", time.Now().UnixNano()) // one that is compiled nowhere else
	write(t, path, strings.Replace(text, "req => ", rule, 1))
	if _, err := s.Reload(t.Context(), TriggerAPI); err != nil {
		t.Fatal(err)
	}
	if got := saw.Load(); got == odd {
		t.Errorf("GOGC was %d meanwhile", got)
	}
	debug.SetGCPercent(odd)
	eventually(t, "it is tidied", func() bool { return gcPercent() != odd })
}

func gcPercent() uint64 { return measured("/gc/gogc:percent") }
