package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestTheCollectorRunsAsOftenAsWhatLivesAsksFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 8 << 20: 400, 32 << 20: 200, 64 << 20: 100, 1 << 30: 50} {
		if got := percentFor(live); got != want {
			t.Errorf("where %d MiB live, GOGC is %d, want %d", live>>20, got, want)
		}
	}
}

func TestMemoryIsGivenBackWhenItIsWanted(t *testing.T) {
	const odd = 123
	t.Cleanup(func(before int) func() { return func() { debug.SetGCPercent(before) } }(debug.SetGCPercent(odd)))
	percent := func() uint64 {
		read := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(read)
		return read[0].Value.Uint64()
	}
	off := newTidy(false)
	off.wanted() // nobody waits, and it doesn't either
	on := newTidy(true)
	for range 3 {
		on.wanted()
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { on.run(ctx); close(done) }()
	eventually(t, "GOGC is another one", func() bool { return percent() != odd })
	stop()
	<-done
}
