package app

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
)

func TestTheCollectorRunsAsOftenAsWhatLivesAsksFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 8 << 20: 400, 32 << 20: 200, 64 << 20: 100, 1 << 30: 50} {
		if got := percentFor(live, usualGarbage); got != want {
			t.Errorf("where %d MiB live, GOGC is %d, want %d", live>>20, got, want)
		}
	}
}

func TestMemoryIsGivenBackWhenItIsWanted(t *testing.T) {
	const odd = 123
	t.Cleanup(func(before int) func() { return func() { debug.SetGCPercent(before) } }(debug.SetGCPercent(odd)))
	off := newTidy(false)
	off.wanted() // nobody waits, and it doesn't either
	on := newTidy(true)
	for range 3 {
		on.wanted()
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { on.run(ctx); close(done) }()
	eventually(t, "GOGC is another one", func() bool { return gcPercent() != odd })
	stop()
	<-done
}

// TestWhatIsLoadedIsNotCollectedMeanwhile: a collection while rules are compiled again holds up messages.
func TestWhatIsLoadedIsNotCollectedMeanwhile(t *testing.T) {
	const odd = 123
	t.Cleanup(func(before int) func() { return func() { debug.SetGCPercent(before) } }(debug.SetGCPercent(odd)))
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	text := yamlFor("127.0.0.1:1")
	write(t, path, text)
	s := serveFileBy(t, path, Options{Tidy: true})
	var saw atomic.Uint64
	compileFunc = func(text string, o matchfunc.Options) (*matchfunc.Func, error) {
		saw.Store(gcPercent())
		return matchfunc.Compile(text, o)
	}
	t.Cleanup(func() { compileFunc = matchfunc.Compile })
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

func gcPercent() uint64 {
	read := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(read)
	return read[0].Value.Uint64()
}
