package esregexp

import (
	"slices"
	"unicode/utf16"
)

// group reads a parenthesis of any kind, from its "(" to its ")".
func (p *parser) group() *node {
	p.pos++
	n, named := &node{kind: nodeGroup}, false
	if p.eat('?') {
		n, named = p.groupKind()
	}
	if n.kind == nodeGroup {
		p.groups++
		n.index = p.groups
		p.open = append(p.open, n.index)
		if p.groups > maxGroups {
			p.unsupported("too many capturing groups")
		}
	}
	if named {
		p.groupName(n.index)
	}
	body := p.disjunction()
	if !p.eat(')') {
		p.fail("Unterminated group")
	}
	switch n.kind {
	case nodeGroup:
		p.open = p.open[:len(p.open)-1]
		n.nullable = body.nullable
	case nodeEmpty:
		return &node{kind: nodeSeq, kids: []*node{body}, nullable: body.nullable}
	}
	n.kids = []*node{body}
	return n
}

// groupKind reads what follows "(?": nodeEmpty is a non-capturing group, and
// a named one has its name yet to come.
func (p *parser) groupKind() (n *node, named bool) {
	c := p.current()
	p.pos++
	switch c {
	case ':':
		return &node{kind: nodeEmpty}, false
	case '=', '!':
		return &node{kind: nodeLook, nullable: true, negative: c == '!'}, false
	case '<':
		if c := p.current(); c == '=' || c == '!' {
			p.pos++
			return &node{kind: nodeLook, nullable: true, behind: true, negative: c == '!'}, false
		}
		return &node{kind: nodeGroup}, true
	}
	p.pos--
	p.fail("Invalid group")
	return nil, false
}

func (p *parser) groupName(index int) {
	p.hasNames = true
	name, ok := p.name()
	if !ok {
		p.fail("Invalid capture group name")
	}
	if slices.ContainsFunc(p.names, func(g Group) bool { return g.Name == name }) {
		p.fail("Duplicate capture group name")
	}
	p.names = append(p.names, Group{Name: name, Index: index})
}

// name reads a group's name and the ">" behind it, which V8 also takes
// escaped. Names are read by code points whatever the flags.
func (p *parser) name() (string, bool) {
	flags := p.flags
	p.flags |= unicode
	defer func() { p.flags = flags }()
	var name []rune
	for {
		c := p.current()
		if c == endOfPattern {
			return "", false
		}
		p.advance()
		if c == '\\' {
			if !p.eat('u') {
				return "", false
			}
			var ok bool
			if c, ok = p.unicodeEscape(); !ok {
				p.fail("Invalid Unicode escape")
			}
			if c == '\\' {
				return "", false
			}
		}
		switch {
		case c == '>' && len(name) > 0:
			return string(name), true
		case len(name) == 0 && !p.isNameStart(c), !p.isNamePart(c):
			return "", false
		}
		name = append(name, c)
	}
}

func (p *parser) isNameStart(c rune) bool {
	if c < 128 {
		return c == '$' || c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	p.loadNameSets()
	return p.nameStart.contains(c)
}

func (p *parser) isNamePart(c rune) bool {
	if c < 128 {
		return p.isNameStart(c) || isDigit(c)
	}
	p.loadNameSets()
	return p.namePart.contains(c) || c == 0x200C || c == 0x200D
}

func (p *parser) loadNameSets() {
	if p.nameStart == nil {
		p.nameStart, _ = lookUp("bin", "ID_Start")
		p.namePart, _ = lookUp("bin", "ID_Continue")
	}
}

// scan looks ahead, once, for the groups that are still to come.
func (p *parser) scan(inClass bool) {
	if p.scanned {
		return
	}
	p.scanned = true
	p.foreseen = p.groups
	src := p.src[min(p.pos, len(p.src)):]
	i := 0
	if inClass {
		i = classEnd(src, 0) + 1
	}
	for ; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(src, i+1)
		case '(':
			named, captures := groupAhead(src[i+1:])
			if captures {
				p.foreseen++
			}
			p.hasNames = p.hasNames || named
		}
	}
}

// classEnd is the index of the "]" that ends a class, from inside of it.
func classEnd(src []uint16, i int) int {
	for ; i < len(src) && src[i] != ']'; i++ {
		if src[i] == '\\' {
			i++
		}
	}
	return i
}

func groupAhead(src []uint16) (named, captures bool) {
	if len(src) == 0 || src[0] != '?' {
		return false, true
	}
	named = len(src) >= 2 && src[1] == '<' && !(len(src) >= 3 && (src[2] == '=' || src[2] == '!'))
	return named, named
}

func (p *parser) anyNames(inClass bool) bool {
	if !p.hasNames {
		p.scan(inClass)
	}
	return p.hasNames
}

// backref is a reference to group index. Inside the group itself nothing can
// have been captured yet, so it matches the empty string there.
func (p *parser) backref(index int) *node {
	if slices.Contains(p.open, index) {
		return emptyNode()
	}
	n := &node{kind: nodeBackref, index: index, at: p.pos, nullable: true}
	p.backrefs = append(p.backrefs, n)
	return n
}

// namedBackref reads \k<name>, from after the k.
func (p *parser) namedBackref() *node {
	offset := p.pos
	if !p.eat('<') {
		p.fail("Invalid named reference")
	}
	name, ok := p.name()
	if !ok {
		p.fail("Invalid named reference")
	}
	if i := slices.IndexFunc(p.names, func(g Group) bool { return g.Name == name }); i >= 0 {
		return p.backref(p.names[i].Index)
	}
	n := &node{kind: nodeBackref, at: offset, nullable: true}
	p.namedRefs = append(p.namedRefs, namedRef{node: n, name: name})
	return n
}

// backrefIndex reads the number of \1 and so on, from its first digit; it
// moves only when the pattern has that many groups.
func (p *parser) backrefIndex() (int, bool) {
	start := p.pos
	index, _ := p.count()
	if index > p.groups {
		p.scan(false)
		if index > p.foreseen {
			p.pos = start
			return 0, false
		}
	}
	return index, true
}

// pointAfter decodes the code point that starts at units[i].
func pointAfter(units []uint16, i int) (c rune, size int) {
	c = rune(units[i])
	if isLead(c) && i+1 < len(units) {
		if t := rune(units[i+1]); isTrail(t) {
			return utf16.DecodeRune(c, t), 2
		}
	}
	return c, 1
}

func isLead(c rune) bool  { return c>>10 == 0xD800>>10 }
func isTrail(c rune) bool { return c>>10 == 0xDC00>>10 }
func isDigit(c rune) bool { return '0' <= c && c <= '9' }
