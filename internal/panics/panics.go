// Package panics keeps a mistake of ours from ending the process. A goroutine that panics takes everybody's messages
// with it, so each one beside traffic catches its own: what it worked on is dropped, and the panic is counted and
// logged.
//
// Every package that starts goroutines uses it. What is caught goes to slog's default logger, which the command sets.
// It is safe for concurrent use.
package panics

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// A panic's value may hold what a stranger sent, and a stack may be deep: both are cut in the log.
const (
	maxValue = 1 << 10
	maxStack = 16 << 10
)

var caught atomic.Uint64

// Count returns how many panics were caught since the start.
func Count() uint64 { return caught.Load() }

// Caught is deferred in a goroutine that is of no more use once it panicked. doing says what it did, such as "watch the
// health of instances".
func Caught(doing string) {
	if v := recover(); v != nil {
		Note(doing, v)
	}
}

// Do calls f once, and reports whether it returned: a loop goes on with the next thing where it didn't.
func Do(doing string, f func()) (ok bool) {
	defer Caught(doing)
	f()
	return true
}

// Note counts and logs what recover returned, for who has more to do about it.
func Note(doing string, v any) {
	caught.Add(1)
	slog.Error("the dispatcher panicked", "doing", doing, "panic", visible.Cut(fmt.Sprint(v), maxValue), "stack",
		visible.Cut(debug.Stack(), maxStack))
}
