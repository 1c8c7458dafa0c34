package esregexp

import "slices"

// Limits on a pattern. A rule has no use for more; V8 itself gives up on
// patterns somewhat larger.
const (
	maxPattern = 1 << 15 // code units
	maxDepth   = 250     // groups and classes inside one another
	maxGroups  = 1000    // capturing groups
	maxSpans   = 1 << 17 // character ranges in all classes together
)

// endOfPattern is what current returns after the last character.
const endOfPattern rune = -1

// parser reads one pattern. Its decisions and their order follow V8's
// regexp-parser.cc, so that it accepts and rejects what V8 does.
type parser struct {
	src   []uint16
	pos   int
	flags flagSet
	fold  *caseFolding // nil without flag i
	depth int
	spans int

	groups    int        // capturing groups begun so far
	open      []int      // capturing groups begun and not ended
	names     []Group    // named groups, in order
	backrefs  []*node    // \1 and so on
	namedRefs []namedRef // \k<name> before the group

	nameStart, namePart charSet // ID_Start and ID_Continue, once needed

	scanned  bool // foreseen and hasNames are known
	foreseen int  // capturing groups in the whole pattern
	hasNames bool
}

// namedRef is a \k<name> whose group isn't known yet.
type namedRef struct {
	node *node
	name string
}

// parseFailure carries an error up to parse; the parser recovers no other panic.
type parseFailure struct{ err error }

func (p *parser) fail(msg string) {
	panic(parseFailure{&SyntaxError{Offset: p.pos, Msg: msg}})
}

func (p *parser) unsupported(msg string) {
	panic(parseFailure{&UnsupportedError{Offset: p.pos, Msg: msg}})
}

// parse reads the whole pattern.
func (p *parser) parse() (n *node, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(parseFailure)
			if !ok {
				panic(r)
			}
			n, err = nil, f.err
		}
	}()
	if len(p.src) > maxPattern {
		p.unsupported("pattern is too long")
	}
	n = p.disjunction()
	if p.current() == ')' {
		p.fail("Unmatched ')'")
	}
	p.resolveBackrefs()
	return n, nil
}

func (p *parser) unicode() bool { return p.flags.has(unicodeMode) }

// current is the character at pos: a code unit, in unicode mode a code point.
func (p *parser) current() rune { return p.at(p.pos) }

// next is the code unit after the one at pos; the current one is never a pair
// where it is asked for.
func (p *parser) next() rune {
	if p.pos+1 >= len(p.src) {
		return endOfPattern
	}
	return rune(p.src[p.pos+1])
}

func (p *parser) at(i int) rune {
	if i >= len(p.src) {
		return endOfPattern
	}
	if p.unicode() {
		c, _ := pointAfter(p.src, i)
		return c
	}
	return rune(p.src[i])
}

// advance steps over the current character.
func (p *parser) advance() {
	if p.current() > 0xFFFF {
		p.pos++
	}
	p.pos++
}

// eat steps over the code unit c if it is the current one.
func (p *parser) eat(c rune) bool {
	if p.current() == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.unsupported("nested too deeply")
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) disjunction() *node {
	p.enter()
	defer p.leave()
	kids := []*node{p.alternative()}
	for p.eat('|') {
		kids = append(kids, p.alternative())
	}
	return altNode(kids)
}

func (p *parser) alternative() *node {
	var kids []*node
	for {
		switch p.current() {
		case endOfPattern, '|', ')':
			return seqNode(kids)
		}
		from := p.groups
		n, quantifiable := p.term()
		if quantifiable {
			n = p.quantified(n, from)
		}
		kids = append(kids, n)
	}
}

// term reads one assertion or atom, without its quantifier.
func (p *parser) term() (n *node, quantifiable bool) {
	switch c := p.current(); c {
	case '*', '+', '?':
		p.fail("Nothing to repeat")
	case '^', '$':
		p.pos++
		return p.lineAssertion(c), false
	case '(':
		return p.group(), true
	case '[':
		return p.class(), true
	case '\\':
		if next := p.next(); next == 'b' || next == 'B' {
			p.pos += 2
			return assertNode(map[rune]assertKind{'b': assertWord, 'B': assertNotWord}[next]), false
		}
		return p.atomEscape(), true
	case '{':
		start := p.pos
		if _, _, ok := p.braces(); ok {
			p.pos = start
			p.fail("Nothing to repeat")
		}
		fallthrough
	case '}', ']':
		if p.unicode() {
			p.fail("Lone quantifier brackets")
		}
	case '.':
		p.pos++
		if p.flags.has(dotAll) {
			return setNode(anySet), true
		}
		return setNode(newlineSet.complement()), true
	}
	c := p.current()
	p.advance()
	return p.char(c), true
}

func assertNode(kind assertKind) *node {
	return &node{kind: nodeAssert, assert: kind, nullable: true}
}

func (p *parser) lineAssertion(c rune) *node {
	switch multi := p.flags.has(multiline); {
	case c == '^' && multi:
		return assertNode(assertLineStart)
	case c == '^':
		return assertNode(assertStart)
	case multi:
		return assertNode(assertLineEnd)
	}
	return assertNode(assertEnd)
}

// char is the node of one literal character.
func (p *parser) char(c rune) *node {
	return p.set(single(c))
}

// set is the node of one character out of s, or of its case variants.
func (p *parser) set(s charSet) *node {
	if p.fold != nil {
		s = p.fold.close(s)
	}
	return p.exactSet(s)
}

// exactSet is the node of one character out of s, whatever the case.
func (p *parser) exactSet(s charSet) *node {
	p.countSpans(s)
	return setNode(s)
}

func (p *parser) countSpans(s charSet) {
	if p.spans += len(s); p.spans > maxSpans {
		p.unsupported("character classes are too large")
	}
}

// quantified reads the quantifier after n, whose groups begin after from.
func (p *parser) quantified(n *node, from int) *node {
	q := &node{kind: nodeQuant, kids: []*node{n}, from: from + 1, to: p.groups + 1}
	switch p.current() {
	case '*':
		p.pos++
		q.min, q.max = 0, infinite
	case '+':
		p.pos++
		q.min, q.max = 1, infinite
	case '?':
		p.pos++
		q.min, q.max = 0, 1
	case '{':
		var ok bool
		if q.min, q.max, ok = p.braces(); !ok {
			if p.unicode() {
				p.fail("Incomplete quantifier")
			}
			return n
		}
		if q.max < q.min {
			p.fail("numbers out of order in {} quantifier")
		}
	default:
		return n
	}
	q.lazy = p.eat('?')
	if n.kind == nodeLook && (n.behind || p.unicode()) {
		p.fail("Invalid quantifier")
	}
	q.nullable = q.min == 0 || n.nullable
	return q
}

// braces reads {min}, {min,} or {min,max}; it moves only when it finds one.
func (p *parser) braces() (least, most int, ok bool) {
	start := p.pos
	p.pos++
	least, ok = p.count()
	if !ok {
		p.pos = start
		return 0, 0, false
	}
	most = least
	if p.eat(',') {
		if most, ok = p.count(); !ok {
			most = infinite
		}
	}
	if !p.eat('}') {
		p.pos = start
		return 0, 0, false
	}
	return least, most, true
}

func (p *parser) count() (n int, ok bool) {
	for isDigit(p.current()) {
		n = min(n*10+int(p.current()-'0'), infinite)
		p.pos++
		ok = true
	}
	return n, ok
}

// resolveBackrefs checks that the groups referred to exist: the count made
// ahead can be wrong in nested classes.
func (p *parser) resolveBackrefs() {
	for _, ref := range p.backrefs {
		if ref.index > p.groups {
			p.pos = ref.at
			p.unsupported("backreference to a group that does not exist")
		}
	}
	for _, ref := range p.namedRefs {
		i := slices.IndexFunc(p.names, func(g Group) bool { return g.Name == ref.name })
		if i < 0 {
			p.pos = ref.node.at
			p.fail("Invalid named capture referenced")
		}
		ref.node.index = p.names[i].Index
	}
}
