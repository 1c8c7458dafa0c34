package script

import (
	"errors"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
)

// An evaluation that was stopped for what may have been somebody else's doing is looked at again before it fails: the
// process's memory grew, or time passed on the wall. The second look keeps accounts of what the rule itself makes, and
// waits longer where time can't be told apart.

// patience is how much longer the second look waits where there is nothing but the clock on the wall.
const patience = 10

// careful is the program of the second look, compiled when it is first needed.
type careful struct {
	once    sync.Once
	program *Program
}

// evaluate has do evaluate in a realm of its own, and once more where the first evaluation was stopped in doubt.
func (p *Program) evaluate(b *work.Budget, sparing bool, do func(*realm) error) error {
	r := newRealm(p, b)
	r.sparing = sparing
	err := do(r)
	if !r.doubtful(err) {
		return err
	}
	again := newRealm(p.withAccounts(), b)
	again.sparing, again.limits.accounts = sparing, true
	if !r.watch.clock.own {
		again.limits.time *= patience
	}
	return do(again)
}

// doubtful reports whether an evaluation failed for what may not have been its own doing.
func (r *realm) doubtful(err error) bool {
	if err == nil || r.watch == nil {
		return false
	}
	why := r.watch.reason.Load()
	var failed *EvalError
	return why != nil && why.doubtful && errors.As(err, &failed) && failed.Kind != Thrown
}

// withAccounts returns the same rule, compiled to keep accounts.
func (p *Program) withAccounts() *Program {
	p.careful.once.Do(func() {
		p.careful.program = p // should the source not compile again, which it did before
		src, err := source.Parse(p.src.Text)
		if err != nil {
			return
		}
		second := &Program{src: src, timeout: p.timeout, accounts: true}
		if err := second.compile(); err == nil {
			p.careful.program = second
		}
	})
	return p.careful.program
}
