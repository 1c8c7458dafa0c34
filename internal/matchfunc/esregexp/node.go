package esregexp

import "math"

type nodeKind uint8

const (
	nodeEmpty   nodeKind = iota
	nodeSet              // one character out of set
	nodeSeq              // kids one after the other
	nodeAlt              // one of kids, the first that works
	nodeGroup            // kids[0], captured as group index
	nodeQuant            // kids[0], min to max times
	nodeAssert           // assert
	nodeLook             // kids[0] ahead or behind
	nodeBackref          // what group index captured
)

type assertKind uint8

const (
	assertStart assertKind = iota
	assertEnd
	assertLineStart
	assertLineEnd
	assertWord
	assertNotWord
)

// infinite is the count V8 clamps all larger ones to.
const infinite = math.MaxInt32

// node is a piece of a parsed pattern. Which fields count depends on kind.
type node struct {
	kind     nodeKind
	nullable bool // can match without consuming anything
	assert   assertKind
	lazy     bool // nodeQuant
	behind   bool // nodeLook
	negative bool // nodeLook
	index    int  // nodeGroup, nodeBackref
	at       int  // nodeBackref: its offset in the pattern
	from, to int  // nodeQuant: the groups inside are from <= n < to
	min, max int  // nodeQuant
	set      charSet
	kids     []*node
}

func emptyNode() *node { return &node{kind: nodeEmpty, nullable: true} }

func setNode(s charSet) *node { return &node{kind: nodeSet, set: s} }

func seqNode(kids []*node) *node {
	switch len(kids) {
	case 0:
		return emptyNode()
	case 1:
		return kids[0]
	}
	n := &node{kind: nodeSeq, kids: kids, nullable: true}
	for _, k := range kids {
		n.nullable = n.nullable && k.nullable
	}
	return n
}

func altNode(kids []*node) *node {
	if len(kids) == 1 {
		return kids[0]
	}
	n := &node{kind: nodeAlt, kids: kids}
	for _, k := range kids {
		n.nullable = n.nullable || k.nullable
	}
	return n
}

// anchored reports whether n can only match at the very start of the subject.
func (n *node) anchored() bool {
	switch n.kind {
	case nodeAssert:
		return n.assert == assertStart
	case nodeSeq, nodeGroup:
		return n.kids[0].anchored()
	case nodeAlt:
		for _, k := range n.kids {
			if !k.anchored() {
				return false
			}
		}
		return true
	}
	return false
}

// row is n as a sequence.
func (n *node) row() []*node {
	if n.kind == nodeSeq {
		return n.kids
	}
	return []*node{n}
}

// firstUnits collects the code units a match can begin with. All units from
// 128 on count as one.
type firstUnits struct {
	ascii [128]bool
	rest  bool
}

func (f *firstUnits) has(u uint16) bool {
	if u < 128 {
		return f.ascii[u]
	}
	return f.rest
}

func (f *firstUnits) addSet(s charSet) {
	for _, r := range s {
		for c := r.lo; c <= min(r.hi, 127); c++ {
			f.ascii[c] = true
		}
		f.rest = f.rest || r.hi >= 128
	}
}

// add collects n's first units; false means that n may match nothing, or
// that there is no telling, so that what follows n counts too.
func (f *firstUnits) add(n *node) bool {
	switch n.kind {
	case nodeSet:
		f.addSet(n.set)
		return true
	case nodeSeq:
		for _, k := range n.kids {
			if f.add(k) {
				return true
			}
		}
	case nodeAlt:
		all := true
		for _, k := range n.kids {
			all = f.add(k) && all
		}
		return all
	case nodeGroup:
		return f.add(n.kids[0])
	case nodeQuant:
		return n.max > 0 && f.add(n.kids[0]) && n.min > 0
	case nodeBackref:
		f.addSet(anySet)
	}
	return false
}
