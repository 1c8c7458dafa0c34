package native

import (
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
)

// frame is what one evaluation needs besides the message. Rules that need none of it run without one.
type frame struct {
	slots []value // of variables
	err   error   // the first thing that was thrown: see throw
	steps int     // left until the next look at the budget
	later int     // steps left after that
	work  *work.Budget
	room  int    // bytes left that may be allocated
	notes []note // of operands; nil where nobody traces

	bytes arena[byte]
	units arena[uint16]
	items arena[value]
	cells arena[cell]

	budget esregexp.Budget
	caps   []int
}

// The limits of one evaluation: a step is about a nanosecond's work. No clock is asked, so that a rule's outcome
// doesn't depend on the machine or on what else it does.
const (
	maxSteps     = 20_000_000
	maxRoom      = 32 << 20
	stepsPerLook = 1_000_000 // between two looks at whether anybody still waits
)

var frames = sync.Pool{New: func() any {
	f := new(frame)
	f.budget.Interrupt = func() bool { return f.work.Gone() }
	return f
}}

func newFrame(slots int, b *work.Budget) *frame {
	f := frames.Get().(*frame) // New makes nothing else
	if cap(f.slots) < slots {
		f.slots = make([]value, slots)
	}
	f.slots = f.slots[:slots]
	f.err, f.work, f.room = nil, b, maxRoom
	f.steps, f.later = 0, f.allowed()
	return f
}

// allowed is how many steps the evaluation may take.
func (f *frame) allowed() int { return int(min(maxSteps, f.work.Left())) }

// charge takes what the evaluation did from the budget of all rules.
func (f *frame) charge() { f.work.Take(time.Duration(f.allowed() - f.steps - f.later)) }

// release gives the frame back, with nothing in it that keeps a message alive.
func (f *frame) release() {
	clear(f.slots)
	f.work = nil
	f.bytes.reset()
	f.units.reset()
	f.items.reset()
	f.cells.reset()
	frames.Put(f)
}

// throw records what was thrown. The evaluation goes on, as if the operation had returned undefined, and whoever
// started it looks at err in the end. It can, because a rule's operations change nothing that anybody could observe,
// always end, and take values of any kind. So nothing has to be checked after each operation.
func (f *frame) throw(err error) value {
	if f.err == nil {
		f.err = err
	}
	return value{}
}

// spend takes n steps from the budget and reports whether the evaluation is to go on.
func (f *frame) spend(n int) bool {
	f.steps -= n
	if f.steps < 0 {
		f.look()
	}
	return f.err == nil
}

// look asks whether anybody still waits, and lets the evaluation go on as long as it may.
func (f *frame) look() {
	more := max(0, min(f.later, stepsPerLook-f.steps))
	f.steps, f.later = f.steps+more, f.later-more
	switch {
	case f.work.Gone():
		f.throw(work.ErrGone)
	case f.steps < 0:
		f.throw(f.tooLong())
	}
}

// tooLong says which budget is spent.
func (f *frame) tooLong() error {
	if f.allowed() < maxSteps {
		return errTogether
	}
	return errSteps
}

// reserve takes n bytes from the budget and reports whether they may be allocated.
func (f *frame) reserve(n int) bool {
	f.room -= n
	if f.room < 0 || n < 0 {
		f.room = -1
		f.throw(errMemory)
		return false
	}
	return true
}

// arena hands out pieces of memory that live until the evaluation ends.
type arena[T any] struct{ free, whole []T }

// maxKept is how many elements an arena keeps for the next evaluation.
const maxKept = 4096

func (a *arena[T]) take(n int) []T {
	if n == 0 {
		return []T{} // nil says that there is no memory
	}
	if len(a.free) < n {
		size := max(64, 2*len(a.whole))
		if n > size || size > maxKept {
			return make([]T, n)
		}
		a.whole = make([]T, size)
		a.free = a.whole
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}

func (a *arena[T]) reset() {
	clear(a.whole[:len(a.whole)-len(a.free)])
	a.free = a.whole
}

// newBytes, newUnits and newItems return nil where the budget of memory is spent.
func (f *frame) newBytes(n int) []byte {
	if !f.reserve(n) {
		return nil
	}
	return f.bytes.take(n)
}

func (f *frame) newUnits(n int) []uint16 {
	if !f.reserve(2 * n) {
		return nil
	}
	return f.units.take(n)
}

func (f *frame) newItems(n int) []value {
	if !f.reserve(valueSize * n) {
		return nil
	}
	return f.items.take(n)
}

const valueSize = 88

func (f *frame) newCell() *cell {
	f.reserve(valueSize)
	return &f.cells.take(1)[0]
}

// arrayOf is the array of these items.
func (f *frame) arrayOf(items []value) value {
	c := f.newCell()
	c.items = items
	return value{kind: array, cell: c}
}

// wideOf is the string of these units, in the form that is quick to work with if they are ASCII.
func (f *frame) wideOf(units []uint16) value {
	for _, u := range units {
		if u >= 0x80 {
			c := f.newCell()
			c.units = units
			return value{kind: wide, cell: c}
		}
	}
	b := f.newBytes(len(units))
	if b == nil {
		return value{}
	}
	for i, u := range units {
		b[i] = byte(u)
	}
	return asciiOf(b)
}
