package routing

import (
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
)

// explainers keeps what rules were compiled to for being explained, so that the next question about one doesn't
// compile it again. The zero value is ready; it is safe for concurrent use.
type explainers struct {
	mu   sync.Mutex
	kept map[int]*matchfunc.Explainer // by rule
}

// maxExplainers is of how many rules of a table that is kept, which takes several times the memory of the rule itself.
const maxExplainers = maxLooked

// of returns what explains rule i.
func (e *explainers) of(i int, f *matchfunc.Func) *matchfunc.Explainer {
	e.mu.Lock()
	why := e.kept[i]
	e.mu.Unlock()
	if why != nil {
		return why
	}
	why = f.Explainer()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kept == nil {
		e.kept = map[int]*matchfunc.Explainer{}
	}
	for other := range e.kept { // any one
		if len(e.kept) < maxExplainers {
			break
		}
		delete(e.kept, other)
	}
	e.kept[i] = why
	return why
}
