package admin

import (
	"context"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/server"
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
func inTurn(next handler) handler {
	turns := make(chan struct{}, builtAtOnce)
	return func(w http.ResponseWriter, r *http.Request) error {
		a, ok := w.(*answer)
		if !ok {
			return next(w, r)
		}
		select {
		case turns <- struct{}{}:
		case <-r.Context().Done():
			return context.Cause(r.Context())
		}
		over := false
		a.built = func() {
			if !over {
				over = true
				<-turns
			}
		}
		defer a.built()
		return next(w, r)
	}
}
