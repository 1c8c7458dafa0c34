package script

import (
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// The bounds of contract section 6 on any one rule, whatever it does.
const (
	hostileTime   = slowdown * 250 * time.Millisecond
	hostileMemory = 96 << 20
)

func TestHostileRulesAreStopped(t *testing.T) {
	type hostile struct {
		ID     string `json:"id"`
		Source string `json:"source"`
	}
	reqs, _ := requests(t)
	all := append(lines[hostile](t, "testdata/hostile.jsonl"), lines[hostile](t, "testdata/hostile_more.jsonl")...)
	for _, h := range all {
		if only := os.Getenv("HOSTILE"); only != "" && only != h.ID {
			continue
		}
		// The rule is the same each time; a machine that does something else meanwhile is not.
		for try := range 5 {
			took, grown, err := attack(h.Source, reqs[0])
			if took <= hostileTime && grown <= hostileMemory {
				break
			}
			if try == 4 {
				t.Errorf("%s took %v and %d MiB: %v\n%s", h.ID, took, grown>>20, err, h.Source)
			}
		}
	}
}

// attack compiles and runs a rule, and measures what it takes.
func attack(text string, req *message.Request) (took time.Duration, grown int64, err error) {
	runtime.GC()
	base := memory()
	peak, stop := watchMemory()
	start := time.Now()
	p, err := compileText(text, DefaultTimeout)
	if err == nil {
		_, err = p.Eval(req, nil)
	}
	took = time.Since(start)
	stop()
	return took, int64(*peak) - int64(base), err
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
