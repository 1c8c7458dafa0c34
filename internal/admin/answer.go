package admin

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

const (
	// answerPart is how many bytes of an answer count as one of the budget, which stands for many bytes of memory: an
	// answer lies in one buffer until its peer has taken it.
	answerPart = 4
	// smallAnswer is what each call has room for.
	smallAnswer = requestBytes
	// builtAtOnce is how many answers of a kind are made at once: what one is made of takes several times its bytes,
	// and isn't counted before it is there.
	builtAtOnce = 2
)

// answer is where a call's answer is written. It takes from the budget what the answer holds while a peer reads it.
type answer struct {
	http.ResponseWriter
	r       *http.Request
	packers packers
	share   *server.Share
	built   func() // ends the turn
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// hold takes n bytes that are about to be written, and ends the turn. It reports false where there is no room for them.
func (a *answer) hold(n int) bool {
	a.built()
	return n <= smallAnswer || a.share.Take(int64(n/answerPart))
}

// inTurn makes few answers of next's kind at once. A peer that reads slowly keeps no turn.
func inTurn(next handler) handler { return turns{make(chan struct{}, builtAtOnce)}.of(next) }

// busy is inTurn for what waits for nobody: all such answers together leave half of the processors to messages.
func (d *door) busy(next handler) handler {
	return turns{make(chan struct{}, builtAtOnce), d.processors}.of(next)
}

// newProcessors returns turns at work in this process that takes a processor for milliseconds. A goroutine that reads
// messages waits in the same row for one as those do that are at such work, 10 ms for each: with as many of them as
// there are processors, most messages take longer than that.
func newProcessors() chan struct{} { return make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) }

// working takes a turn at work in this process that waits for nobody, until what it returns is called, and counts the
// time of it, for limited. Begin it when the body is there: waiting for a slow peer is no work.
func (d *door) working(ctx context.Context) (done func()) {
	select {
	case d.processors <- struct{}{}:
	case <-ctx.Done():
		return func() {} // what follows ends soon
	}
	began := time.Now()
	return func() {
		<-d.processors
		worker.Count(ctx, time.Since(began))
	}
}

// turns are taken one after another, always in the same order.
type turns []chan struct{}

func (all turns) of(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, ok := w.(*answer)
		if !ok {
			return next(w, r)
		}
		taken := 0
		a.built = func() {
			for _, turn := range all[:taken] {
				<-turn
			}
			taken = 0
		}
		defer a.built()
		for _, turn := range all {
			select {
			case turn <- struct{}{}:
				taken++
			case <-r.Context().Done():
				return context.Cause(r.Context())
			}
		}
		return next(w, r)
	}
}
