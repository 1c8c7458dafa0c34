package impact

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TableRoute routes by a table in this process, over all processors of the machine. Foreign rules go to a worker.
func TableRoute(t *routing.Table) Route {
	index := ruleIndex(t)
	return func(ctx context.Context, batch [][]byte) ([]Outcome, error) {
		outcomes := make([]Outcome, len(batch))
		whole := parallel(runtime.GOMAXPROCS(0), len(batch), func(i int) {
			if ctx.Err() == nil {
				outcomes[i] = match(ctx, t, index, batch[i])
			}
		})
		if !whole && ctx.Err() == nil {
			return nil, errPanicked
		}
		return outcomes, ctx.Err()
	}
}

// ruleIndex finds rules by their refs.
func ruleIndex(t *routing.Table) map[string]int {
	index := make(map[string]int, len(t.Rules()))
	for i, rule := range t.Rules() {
		index[rule.Ref] = i
	}
	return index
}

// match routes one message as package dispatch does.
func match(ctx context.Context, t *routing.Table, index map[string]int, wire []byte) Outcome {
	req, err := message.Parse(wire)
	if err != nil || req.Form() == message.NoForm {
		return Outcome{Code: status.InvalidArgument.String(), Rule: -1}
	}
	i, err := t.Match(ctx, req, nil)
	var failed *routing.RuleError
	switch {
	case errors.As(err, &failed):
		return Outcome{Code: status.Internal.String(), Error: failed.Error(), Rule: index[failed.Ref]}
	case err != nil:
		return Outcome{Code: status.NotFound.String(), Rule: -1}
	}
	return Outcome{Ref: t.Rules()[i].Ref, Code: status.OK.String(), Rule: i}
}

// TableRules describes the rules of a table, for Options.
func TableRules(t *routing.Table) []Rule {
	rules, shadows := make([]Rule, len(t.Rules())), t.Shadows()
	for i, rule := range t.Rules() {
		rules[i] = Rule{Ref: rule.Ref, Methods: rule.Methods, Shadows: shadows[i]}
	}
	return rules
}

// errPanicked is the error of a comparison that met a mistake of ours.
var errPanicked = errors.New("the dispatcher failed on a message; its log says how")

// parallel calls f with every number below n, from so many goroutines, and waits for them. It reports whether each of
// the calls returned.
func parallel(workers, n int, f func(i int)) bool {
	workers = min(workers, n)
	var (
		all    sync.WaitGroup
		failed atomic.Bool
	)
	for w := range workers {
		all.Go(func() {
			if !panics.Do("compare messages", func() {
				for i := w * n / workers; i < (w+1)*n/workers; i++ {
					f(i)
				}
			}) {
				failed.Store(true)
			}
		})
	}
	all.Wait()
	return !failed.Load()
}
