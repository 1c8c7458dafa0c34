package app

import (
	"os"
	"runtime"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// aside runs f beside messages rather than in their way: on a thread that comes last for a processor, and with one more
// of Go's processors while it lasts, so that no message waits for the one that f has. It returns when f has.
func aside(f func()) {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	defer usualProcessors()
	onThread(f)
}

// onThread runs f on a thread of its own that comes last.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer panics.Caught("load a configuration")
		runtime.LockOSThread() // the thread ends with the goroutine, so that nobody inherits its priority
		if onMainThread() {    // which stays
			defer runtime.UnlockOSThread()
			onThread(f)
			return
		}
		comeLast()
		f()
	}()
	<-done
}

// usualProcessors gives Go as many processors as the environment says, or as there are.
func usualProcessors() {
	if n, err := strconv.Atoi(os.Getenv("GOMAXPROCS")); err == nil && n > 0 {
		runtime.GOMAXPROCS(n)
		return
	}
	runtime.SetDefaultGOMAXPROCS()
}
