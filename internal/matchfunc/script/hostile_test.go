package script

import (
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// The bounds of contract section 6 on any one rule, whatever it does.
const (
	hostileTime   = 250 * time.Millisecond
	hostileMemory = 96 << 20
)

func TestHostileRulesAreStopped(t *testing.T) {
	type hostile struct {
		ID     string `json:"id"`
		Source string `json:"source"`
	}
	reqs, _ := requests(t)
	for _, h := range lines[hostile](t, "testdata/hostile.jsonl") {
		if only := os.Getenv("HOSTILE"); only != "" && only != h.ID {
			continue
		}
		runtime.GC()
		base := memory()
		peak, stop := watchMemory()
		start := time.Now()
		p, err := compileText(h.Source, DefaultTimeout)
		if err == nil {
			_, err = p.Eval(reqs[0])
		}
		took := time.Since(start)
		stop()
		if took > hostileTime || *peak > base+hostileMemory {
			t.Errorf("%s took %v and %d MiB: %v\n%s", h.ID, took, (*peak-base)>>20, err, h.Source)
		}
		if testing.Verbose() {
			t.Logf("%s %v %d MiB %v", h.ID, took.Round(time.Millisecond), (int64(*peak)-int64(base))>>20, err)
		}
	}
}

// memory is what the process holds for its heap and stacks.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

func watchMemory() (peak *uint64, stop func()) {
	peak = new(uint64)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			*peak = max(*peak, memory())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}
