package esregexp

// run tries to match at pos. It reports the end of the match, or -1.
//
// It is one function, and long, because it is the loop that all time is spent
// in: the position, the program counter and the verdict stay in registers.
func run[E unit](m *machine, in []E, pos int) (int, error) {
	code := m.re.code
	m.reset()
	pc := 0
	for {
		if m.quota--; m.quota < 0 {
			m.quota++
			if err := m.spend(1); err != nil {
				return -1, err
			}
		}
		i := &code[pc]
		pc++
		ok := true
		switch i.op {
		case opMatch:
			return pos, nil
		case opChar:
			ok = pos < len(in) && uint16(in[pos]) == i.lit
			pos++
		case opCharBack:
			pos--
			ok = pos >= 0 && uint16(in[pos]) == i.lit
		case opSet:
			ok = pos < len(in) && i.set.has(rune(in[pos]))
			pos++
		case opSetBack:
			pos--
			ok = pos >= 0 && i.set.has(rune(in[pos]))
		case opPoint:
			var c rune
			c, pos = pointAhead(in, pos)
			ok = c >= 0 && i.set.has(c)
		case opPointBack:
			var c rune
			c, pos = pointBehind(in, pos)
			ok = c >= 0 && i.set.has(c)
		case opRun, opPointRun:
			end, floor := takeRun(i, in, pos)
			if err := m.spend(end - pos); err != nil {
				return -1, err
			}
			ok = floor >= 0
			if ok && end > floor && !i.atomic {
				kind := frameRun
				if i.op == opPointRun {
					kind = framePointRun
				}
				m.push(frame{kind: kind, pc: int32(pc), pos: int32(end), low: int32(floor)})
			}
			pos = end
		case opJump:
			pc = int(i.target)
		case opSplit:
			m.push(frame{pc: i.target, pos: int32(pos)})
		case opSplitLazy:
			m.push(frame{pc: int32(pc), pos: int32(pos)})
			pc = int(i.target)
		case opSave:
			m.setSlot(i.slot, pos)
		case opClear:
			m.clearSlots(i.lo, i.hi)
		case opMoved:
			ok = int(m.slots[i.slot]) != pos
		case opZero:
			m.setSlot(i.slot, 0)
		case opLoop, opLoopLazy:
			pc = m.loop(i, pc, pos)
		case opIterated:
			count := m.slots[i.slot]
			ok = i.mark < 0 || count < i.lo || int(m.slots[i.mark]) != pos
			if ok {
				m.setSlot(i.slot, int(count)+1)
				pc = int(i.target)
			}
		case opBackref, opBackrefBack:
			var err error
			if pos, err = backref(m, i, in, pos); err != nil {
				return -1, err
			}
			ok = pos >= 0
		case opLook:
			m.slots[i.slot], m.slots[i.slot+1] = int32(len(m.stack)), int32(pos)
		case opLookEnd:
			m.cut(int(m.slots[i.slot]))
			pos = int(m.slots[i.slot+1])
		case opNotLook:
			m.slots[i.slot] = int32(len(m.stack))
			m.push(frame{pc: i.target, pos: int32(pos)})
		case opNotLookEnd:
			m.unwind(int(m.slots[i.slot]))
			ok = false
		default:
			ok = assertion(i, in, pos)
		}
		if len(m.stack) > m.limit {
			return -1, ErrStack
		}
		if !ok {
			if pc, pos, ok = backtrack(m, in); !ok {
				return -1, nil
			}
		}
	}
}

// reset prepares for an attempt at another position.
func (m *machine) reset() {
	m.stack = m.stack[:0]
	if m.dirty {
		m.quota -= len(m.slots) >> 4
		for s := range m.slots {
			m.slots[s] = -1
		}
		m.dirty = false
	}
}

// loop decides, at the head of a counted loop, whether to go round again, and
// returns where to go on.
func (m *machine) loop(i *inst, body, pos int) int {
	count := m.slots[i.slot]
	switch {
	case count < i.lo:
		return body
	case count >= i.hi:
		return int(i.target)
	case i.op == opLoop:
		m.push(frame{pc: i.target, pos: int32(pos)})
		return body
	}
	m.push(frame{pc: int32(body), pos: int32(pos)})
	return int(i.target)
}

func assertion[E unit](i *inst, in []E, pos int) bool {
	switch i.op {
	case opStart:
		return pos == 0
	case opEnd:
		return pos == len(in)
	case opLineStart:
		return pos == 0 || isNewline(rune(in[pos-1]))
	case opLineEnd:
		return pos == len(in) || isNewline(rune(in[pos]))
	}
	before := pos > 0 && i.set.has(rune(in[pos-1]))
	after := pos < len(in) && i.set.has(rune(in[pos]))
	return (before != after) == (i.op == opWord)
}

func isNewline(c rune) bool {
	return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029
}
