package esregexp

import (
	"math/big"
	"slices"
)

// unsureBackref finds a backreference to a group that may not have taken part
// when it is reached. With flag g, V8's compiled code compares such a one with
// arbitrary memory from the second match on, so that no answer is the right
// one (replace and match on /(?!b)\1{3,}|a(.\d)/gu, for example). It happens
// where V8 has undone a group's start and not its end; a group of nothing but
// fixed characters is undone as a whole.
func (c *compiler) unsureBackref(n *node) *node {
	s := sureGroups{c: c, set: new(big.Int)}
	s.walk(n, false)
	for _, ref := range s.doubted {
		if s.fixed.Bit(ref.index) == 0 {
			return ref
		}
	}
	return nil
}

// sureGroups follows the groups that have surely captured something, in the
// order in which a match goes through the pattern.
type sureGroups struct {
	c       *compiler
	set     *big.Int // groups that have surely taken part here
	doubted []*node  // backreferences where that isn't sure
	fixed   big.Int  // groups of fixed characters
}

func (s *sureGroups) walk(n *node, back bool) {
	switch n.kind {
	case nodeSeq:
		kids := n.kids
		if back {
			kids = slices.Clone(kids)
			slices.Reverse(kids)
		}
		for _, k := range kids {
			s.walk(k, back)
		}
	case nodeAlt:
		s.walkAlt(n.kids, back)
	case nodeGroup:
		s.walk(n.kids[0], back)
		s.set.SetBit(s.set, n.index, 1)
		if s.c.isFixed(n.kids[0]) {
			s.fixed.SetBit(&s.fixed, n.index, 1)
		}
	case nodeQuant:
		s.walkQuant(n, back)
	case nodeLook:
		before := s.copy()
		s.walk(n.kids[0], n.behind)
		if n.negative {
			s.set = before
		}
	case nodeBackref:
		if s.set.Bit(n.index) == 0 {
			s.doubted = append(s.doubted, n)
		}
	}
}

func (s *sureGroups) copy() *big.Int { return new(big.Int).Set(s.set) }

// walkAlt keeps what all alternatives are sure of.
func (s *sureGroups) walkAlt(kids []*node, back bool) {
	before := s.copy()
	var all *big.Int
	for _, k := range kids {
		s.set = new(big.Int).Set(before)
		s.walk(k, back)
		if all == nil {
			all = s.set
		} else {
			all.And(all, s.set)
		}
	}
	s.set = all
}

func (s *sureGroups) walkQuant(n *node, back bool) {
	before := s.copy()
	s.walk(n.kids[0], back)
	if n.min == 0 {
		s.set = before
	}
}

// isFixed reports whether n is a row of single code units.
func (c *compiler) isFixed(n *node) bool {
	switch n.kind {
	case nodeEmpty:
		return true
	case nodeSet:
		return c.byUnits(n.set)
	case nodeSeq:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !c.isFixed(k) })
	}
	return false
}
