package esregexp

import "sync"

// Defaults for a Budget's zero fields, and for no Budget at all.
const (
	DefaultSteps = 10_000_000
	DefaultStack = 1 << 20 // frames of 16 bytes
)

// stepsPerCheck is how many steps pass between two looks at the Budget.
const stepsPerCheck = 4096

// keepFrames is the largest stack that a finished match hands on to the next.
const keepFrames = 1 << 14

// Budget bounds the work of matches. One Budget may serve many matches, one
// after the other; it must not be shared by concurrent ones.
type Budget struct {
	// Steps is what is left to spend; a step is about one character looked
	// at. Matching lowers it. It must be set.
	Steps int64
	// Stack is the most backtracking frames (16 bytes each) one match may
	// hold; 0 means DefaultStack.
	Stack int
	// Interrupt, where set, is asked every few thousand steps whether to stop.
	Interrupt func() bool
}

type frameKind int32

const (
	frameChoice   frameKind = iota // go on at instruction pc, position pos
	frameSlot                      // slot pc held pos
	frameRun                       // a run that may give back from pos down to low
	framePointRun                  // the same, by code points
)

// frame is one thing to undo or to try when the path taken fails.
type frame struct {
	kind frameKind
	pc   int32
	pos  int32
	low  int32
}

// machine is the state of one match. It is pooled.
type machine struct {
	re     *Regexp
	slots  []int32
	stack  []frame
	limit  int
	dirty  bool // slots may hold captures of a failed attempt
	quota  int  // steps until the next look at budget
	budget *Budget
}

var machines sync.Pool // of *machine

func (re *Regexp) newMachine(b *Budget) *machine {
	m, ok := machines.Get().(*machine)
	if !ok {
		m = new(machine)
	}
	m.re, m.budget, m.quota, m.dirty = re, b, 0, true
	if cap(m.slots) < int(re.slots) {
		m.slots = make([]int32, re.slots)
	}
	m.slots = m.slots[:re.slots]
	m.limit = DefaultStack
	if b.Stack > 0 {
		m.limit = b.Stack
	}
	return m
}

func (m *machine) release() {
	m.budget.Steps += int64(m.quota)
	m.re, m.budget = nil, nil
	if cap(m.stack) > keepFrames {
		m.stack = nil
	}
	machines.Put(m)
}

// spend pays for n steps.
func (m *machine) spend(n int) error {
	if m.quota -= n; m.quota >= 0 {
		return nil
	}
	m.budget.Steps += int64(m.quota)
	m.quota = 0
	if m.budget.Steps <= 0 {
		return ErrSteps
	}
	if m.budget.Interrupt != nil && m.budget.Interrupt() {
		return ErrInterrupted
	}
	m.quota = int(min(m.budget.Steps, stepsPerCheck))
	m.budget.Steps -= int64(m.quota)
	return nil
}

func (m *machine) push(f frame) { m.stack = append(m.stack, f) }

// setSlot writes a slot so that backtracking restores it.
func (m *machine) setSlot(slot int32, v int) {
	m.dirty = true
	if len(m.stack) > 0 {
		m.push(frame{kind: frameSlot, pc: slot, pos: m.slots[slot]})
	}
	m.slots[slot] = int32(v)
}

// cut drops the choices made since the stack had the given height, and keeps
// what restores the slots.
func (m *machine) cut(height int) {
	kept := height
	for _, f := range m.stack[height:] {
		if f.kind == frameSlot {
			m.stack[kept] = f
			kept++
		}
	}
	m.stack = m.stack[:kept]
}

// unwind undoes everything since the stack had the given height.
func (m *machine) unwind(height int) {
	for len(m.stack) > height {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.kind == frameSlot {
			m.slots[f.pc] = f.pos
		}
	}
}

func (m *machine) clearSlots(lo, hi int32) {
	m.quota -= int(hi-lo) >> 4
	for s := lo; s < hi; s++ {
		if m.slots[s] >= 0 {
			m.setSlot(s, -1)
		}
	}
}

// backtrack returns where to go on after a failure; ok is false when there
// is nothing left to try.
func backtrack[E unit](m *machine, in []E) (pc, pos int, ok bool) {
	for len(m.stack) > 0 {
		f := &m.stack[len(m.stack)-1]
		switch f.kind {
		case frameSlot:
			m.slots[f.pc] = f.pos
		case frameChoice:
			pc, pos = int(f.pc), int(f.pos)
			m.stack = m.stack[:len(m.stack)-1]
			return pc, pos, true
		default:
			f.pos--
			if f.kind == framePointRun && insidePair(in, int(f.pos)) {
				f.pos--
			}
			pc, pos = int(f.pc), int(f.pos)
			if f.pos <= f.low {
				m.stack = m.stack[:len(m.stack)-1]
			}
			return pc, pos, true
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
	return 0, 0, false
}

// takeRun consumes as much of the run i as there is. floor is the least
// position that satisfies it, or -1.
func takeRun[E unit](i *inst, in []E, pos int) (end, floor int) {
	if i.op == opPointRun {
		return takePoints(i, in, pos)
	}
	set := i.set
	rest := in[pos:]
	if len(rest) > int(i.hi) {
		rest = rest[:i.hi]
	}
	n := 0
	for n < len(rest) && set.has(rune(rest[n])) {
		n++
	}
	if n < int(i.lo) {
		return pos + n, -1
	}
	return pos + n, pos + int(i.lo)
}

func takePoints[E unit](i *inst, in []E, pos int) (end, floor int) {
	floor = -1
	for n := int32(0); ; n++ {
		if n == i.lo {
			floor = pos
		}
		if n == i.hi {
			return pos, floor
		}
		c, next := pointAhead(in, pos)
		if c < 0 || !i.set.has(c) {
			return pos, floor
		}
		pos = next
	}
}
