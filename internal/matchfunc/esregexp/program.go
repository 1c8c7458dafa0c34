package esregexp

type opcode uint8

const (
	// An instruction that reads behind follows the one that reads ahead, and
	// the assertions are in the order of assertKind.
	opMatch     opcode = iota
	opChar             // the unit lit ahead
	opCharBack         // the unit lit behind
	opSet              // a unit of set ahead
	opSetBack          // a unit of set behind
	opPoint            // a code point of set ahead
	opPointBack        // a code point of set behind
	opRun              // lo to hi units of set, as many as there are
	opPointRun         // lo to hi code points of set, as many as there are
	opJump             // to target
	opSplit            // the next instruction, and if that fails target
	opSplitLazy        // target, and if that fails the next instruction
	opSave             // position into slot
	opClear            // slots lo to hi-1 to unset
	opMoved            // fail unless the position differs from slot
	opZero             // 0 into slot
	opLoop             // begin another iteration or leave the loop for target
	opLoopLazy         // the same, and leave first
	opIterated         // count an iteration in slot, and back to target
	opStart
	opEnd
	opLineStart
	opLineEnd
	opWord
	opNotWord
	opBackref     // what group slot captured, ahead
	opBackrefBack // the same, behind
	opLook        // begin a positive lookaround, with slot and slot+1
	opLookEnd
	opNotLook // begin a negative lookaround, with slot; it fails to target
	opNotLookEnd
)

// inst is one instruction; which fields count depends on op.
type inst struct {
	op     opcode
	atomic bool // opRun, opPointRun: what follows can't begin with a member of set
	lit    uint16
	slot   int32
	target int32
	lo, hi int32
	mark   int32 // opIterated: slot of the iteration's start, or -1
	set    *matcherSet
}

// compiler turns a tree of nodes into instructions. The code grows with the
// length of the pattern alone: loops count, nothing is unrolled.
type compiler struct {
	code  []inst
	slots int32 // registers in use: the groups' first
	flags flagSet
	words *matcherSet
	back  bool // compiling the inside of a lookbehind
}

func (c *compiler) emit(i inst) int {
	c.code = append(c.code, i)
	return len(c.code) - 1
}

func (c *compiler) here() int32 { return int32(len(c.code)) }

// land makes the instruction at i jump to the next one to be emitted.
func (c *compiler) land(i int) { c.code[i].target = c.here() }

func (c *compiler) newSlots(n int32) int32 {
	c.slots += n
	return c.slots - n
}

func (c *compiler) node(n *node) {
	switch n.kind {
	case nodeSet:
		c.set(n.set)
	case nodeSeq:
		c.seq(n.kids)
	case nodeAlt:
		c.alt(n.kids)
	case nodeGroup:
		c.group(n)
	case nodeQuant:
		c.quant(n, nil)
	case nodeAssert:
		c.emit(inst{op: opStart + opcode(n.assert), set: c.words})
	case nodeLook:
		c.look(n)
	case nodeBackref:
		op := opBackref
		if c.back {
			op = opBackrefBack
		}
		c.emit(inst{op: op, slot: int32(n.index)})
	}
}

// byUnits reports whether s can be matched against single code units.
func (c *compiler) byUnits(s charSet) bool {
	return !c.flags.has(unicodeMode) || len(s.intersect(charSet{{0xD800, 0xDFFF}, {0x10000, maxRune}})) == 0
}

func (c *compiler) set(s charSet) {
	op := opPoint
	i := inst{}
	switch {
	case !c.byUnits(s):
		i.set = newMatcherSet(s)
	case len(s) == 1 && s[0].lo == s[0].hi && s[0].lo <= 0xFFFF:
		op, i.lit = opChar, uint16(s[0].lo)
	default:
		op, i.set = opSet, newMatcherSet(s)
	}
	if c.back {
		op++
	}
	i.op = op
	c.emit(i)
}

func (c *compiler) seq(kids []*node) {
	for i := range kids {
		if c.back {
			c.node(kids[len(kids)-1-i])
		} else if k := kids[i]; k.kind == nodeQuant {
			c.quant(k, kids[i+1:])
		} else {
			c.node(k)
		}
	}
}

func (c *compiler) alt(kids []*node) {
	var ends []int
	for _, k := range kids[:len(kids)-1] {
		split := c.emit(inst{op: opSplit})
		c.node(k)
		ends = append(ends, c.emit(inst{op: opJump}))
		c.land(split)
	}
	c.node(kids[len(kids)-1])
	for _, e := range ends {
		c.land(e)
	}
}

func (c *compiler) group(n *node) {
	first, second := int32(2*n.index), int32(2*n.index+1)
	if c.back {
		first, second = second, first
	}
	c.emit(inst{op: opSave, slot: first})
	c.node(n.kids[0])
	c.emit(inst{op: opSave, slot: second})
}

func (c *compiler) look(n *node) {
	was := c.back
	c.back = n.behind
	begin, end := opLook, opLookEnd
	if n.negative {
		begin, end = opNotLook, opNotLookEnd
	}
	slot := c.newSlots(2)
	start := c.emit(inst{op: begin, slot: slot})
	c.node(n.kids[0])
	c.emit(inst{op: end, slot: slot})
	c.land(start)
	c.back = was
}

// quant compiles a repetition; next is what follows it, when that is known.
func (c *compiler) quant(n *node, next []*node) {
	body := n.kids[0]
	switch {
	case n.max == 0:
	case body.kind == nodeSet && !n.lazy && !c.back:
		c.run(n, next)
	case n.min == 0 && n.max == 1:
		split := c.split(n.lazy)
		c.iteration(n)
		c.land(split)
	case n.min == 0 && n.max == infinite:
		start := c.here()
		split := c.split(n.lazy)
		c.iteration(n)
		c.emit(inst{op: opJump, target: start})
		c.land(split)
	default:
		c.counted(n)
	}
}

func (c *compiler) split(lazy bool) int {
	if lazy {
		return c.emit(inst{op: opSplitLazy})
	}
	return c.emit(inst{op: opSplit})
}

// iteration compiles one pass of an optional body. ECMA-262 22.2.2.3.1: the
// groups inside begin it unset, and it fails if it consumed nothing.
func (c *compiler) iteration(n *node) {
	c.clear(n)
	if !n.kids[0].nullable {
		c.node(n.kids[0])
		return
	}
	slot := c.newSlots(1)
	c.emit(inst{op: opSave, slot: slot})
	c.node(n.kids[0])
	c.emit(inst{op: opMoved, slot: slot})
}

func (c *compiler) clear(n *node) {
	if n.from < n.to {
		c.emit(inst{op: opClear, lo: int32(2 * n.from), hi: int32(2 * n.to)})
	}
}

func (c *compiler) counted(n *node) {
	count, mark := c.newSlots(1), int32(-1)
	c.emit(inst{op: opZero, slot: count})
	op := opLoop
	if n.lazy {
		op = opLoopLazy
	}
	loop := c.emit(inst{op: op, slot: count, lo: int32(n.min), hi: int32(n.max)})
	c.clear(n)
	if n.kids[0].nullable {
		mark = c.newSlots(1)
		c.emit(inst{op: opSave, slot: mark})
	}
	c.node(n.kids[0])
	c.emit(inst{op: opIterated, slot: count, mark: mark, lo: int32(n.min), target: int32(loop)})
	c.land(loop)
}

// run compiles the greedy repetition of a single character.
func (c *compiler) run(n *node, next []*node) {
	set := n.kids[0].set
	i := inst{op: opRun, lo: int32(n.min), hi: int32(n.max), set: newMatcherSet(set)}
	if !c.byUnits(set) {
		i.op = opPointRun
	}
	i.atomic = excludes(set, next)
	c.emit(i)
}

// excludes reports whether next can't match where a member of set is ahead.
// Then a run over set need never give back what it took.
func excludes(set charSet, next []*node) bool {
	if len(next) > 0 && next[0].kind == nodeAssert && next[0].assert == assertEnd {
		return true
	}
	var own, after firstUnits
	own.addSet(set)
	if !after.add(&node{kind: nodeSeq, kids: next}) || own.rest && after.rest {
		return false
	}
	for c, is := range own.ascii {
		if is && after.ascii[c] {
			return false
		}
	}
	return true
}
