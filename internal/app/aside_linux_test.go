package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// niceness is that of a thread; getpriority(2) returns 20 less it.
func niceness(thread int) (int, error) {
	n, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread)
	return 20 - n, err
}

func TestAReloadComesLastForAProcessor(t *testing.T) {
	usual, err := niceness(syscall.Gettid())
	if err != nil || usual >= lastNiceness {
		t.Fatalf("the test itself has %d, %v", usual, err)
	}
	procs := runtime.GOMAXPROCS(0)
	text := yamlFor(peertest.Start(t, named("one")).Addr)
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, text)
	var saw, had atomic.Int64
	interned.Compile = func(text string, o matchfunc.Options) (*matchfunc.Func, error) {
		n, _ := niceness(syscall.Gettid())
		saw.Store(int64(n))
		had.Store(int64(runtime.GOMAXPROCS(0)))
		return matchfunc.Compile(text, o)
	}
	t.Cleanup(func() { interned.Compile = nil })
	s := serveFile(t, path)
	rule := fmt.Sprintf("req => req.ref !== '%d' && ", time.Now().UnixNano()) // one that is compiled nowhere else
	write(t, path, strings.Replace(text, "req => ", rule, 1))
	if _, err := s.Reload(t.Context(), TriggerAPI); err != nil {
		t.Fatal(err)
	}
	if saw.Load() != lastNiceness || had.Load() != int64(procs)+1 {
		t.Errorf("it had niceness %d and %d processors", saw.Load(), had.Load())
	}
	if got := runtime.GOMAXPROCS(0); got != procs {
		t.Errorf("%d processors afterwards, and %d before", got, procs)
	}
	eventually(t, "all threads have the usual priority", func() bool { return allHave(t, usual) })
}

// allHave reports whether the threads of this process have that niceness.
func allHave(t *testing.T, want int) bool {
	t.Helper()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n, err := niceness(id); n != want && !errors.Is(err, syscall.ESRCH) {
			return false
		}
	}
	return true
}
