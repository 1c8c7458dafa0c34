// Package esregexp matches regular expressions of ECMAScript and gives V8's
// answers (Node 20): what V8 matches, captures and rejects. What it can't
// answer alike it refuses when the pattern is compiled, or stops with an
// error; it never gives a different answer in silence.
//
// Matching backtracks, as ECMA-262 prescribes, on a stack of its own and
// within a Budget of steps and memory. Package matchfunc uses it for the
// regular expressions in rules. A *Regexp never changes and may be used by
// many goroutines at once.
package esregexp

import (
	"math"
	"slices"
	"unicode/utf16"
)

// Regexp is a compiled pattern. Compile makes one; the zero Regexp is of no use.
type Regexp struct {
	code     []inst
	slots    int32
	flags    flagSet
	groups   int
	names    []Group
	fold     *caseFolding // nil without flag i
	anchored bool         // matches at index 0 or nowhere
	first    *firstUnits  // nil if a match can begin with anything, or be empty
	prefix   []byte       // ASCII that every match begins with
}

// Group is a named capturing group and its number, from 1.
type Group struct {
	Name  string
	Index int
}

// Compile parses a pattern, in UTF-16 code units, and its flags. It fails
// with a *SyntaxError for what V8 rejects and an *UnsupportedError for what
// this package can't match like V8.
func Compile(pattern []uint16, flags string) (*Regexp, error) {
	f, err := parseFlags(flags)
	if err != nil {
		return nil, err
	}
	p := &parser{src: pattern, flags: f}
	if f.has(ignoreCase) {
		p.fold = foldingFor(f)
	}
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	c := &compiler{flags: f, slots: int32(2 * (p.groups + 1)), words: newMatcherSet(p.words())}
	if f.has(global) {
		if ref := c.unsureBackref(tree); ref != nil {
			return nil, &UnsupportedError{Offset: ref.at,
				Msg: "backreference to a group that may not have taken part, with flag g"}
		}
	}
	c.node(tree)
	c.emit(inst{op: opMatch})
	re := &Regexp{code: c.code, slots: c.slots, flags: f, groups: p.groups, names: p.names, fold: p.fold}
	re.anchored = tree.anchored()
	re.setFirst(tree)
	return re, nil
}

// CompileString is Compile for a pattern in UTF-8.
func CompileString(pattern, flags string) (*Regexp, error) {
	return Compile(utf16.Encode([]rune(pattern)), flags)
}

// setFirst learns from tree how every match must begin.
func (re *Regexp) setFirst(tree *node) {
	var f firstUnits
	if f.add(tree) {
		re.first = &f
	}
	for _, n := range tree.row() {
		if n.kind == nodeAssert {
			continue
		}
		if n.kind != nodeSet || len(n.set) != 1 || n.set[0].lo != n.set[0].hi || n.set[0].lo > 127 {
			break
		}
		re.prefix = append(re.prefix, byte(n.set[0].lo))
	}
}

// NumCaptures is the number of capturing groups, the whole match not counted.
func (re *Regexp) NumCaptures() int { return re.groups }

// Names lists the named groups in the order of the pattern.
func (re *Regexp) Names() []Group { return slices.Clone(re.names) }

// Flags are the flags in the order of RegExp.prototype.flags.
func (re *Regexp) Flags() string { return re.flags.String() }

// Match looks for the first match at start or later; with flag y at start
// only. Into caps, which may be nil or short, it writes the start and end of
// the match and of each group in turn, -1 for a group that took no part. A
// nil budget stands for the defaults.
//
// An error means that there is no answer: errors.Is(err, ErrBudget).
func (re *Regexp) Match(s Subject, start int, caps []int, b *Budget) (bool, error) {
	if start < 0 || start > s.Len() {
		return false, nil
	}
	if s.Len() >= math.MaxInt32-1 {
		return false, ErrStack
	}
	if b == nil {
		b = &Budget{Steps: DefaultSteps}
	}
	m := re.newMachine(b)
	defer m.release()
	var at, end int
	var err error
	if s.wide != nil {
		at, end, err = search(m, s.wide, start)
	} else {
		at, end, err = search(m, s.narrow, start)
	}
	if err != nil || end < 0 {
		return false, err
	}
	m.slots[0], m.slots[1] = int32(at), int32(end)
	for i := range caps[:min(len(caps), 2*(re.groups+1))] {
		caps[i] = int(m.slots[i])
	}
	return true, nil
}

// Exec is RegExpBuiltinExec, ECMA-262 22.2.7.2: Match from lastIndex with
// flags g and y, from 0 without. next is the new value of lastIndex.
func (re *Regexp) Exec(s Subject, lastIndex int, caps []int, b *Budget) (next int, ok bool, err error) {
	moves := re.flags.has(global | sticky)
	start := lastIndex
	if !moves {
		start = 0
	}
	var span [2]int
	whole := caps
	if len(whole) < 2 {
		whole = span[:]
	}
	if ok, err = re.Match(s, start, whole, b); err != nil {
		return lastIndex, false, err
	}
	switch {
	case !moves:
		return lastIndex, ok, nil
	case !ok:
		return 0, false, nil
	}
	return whole[1], true, nil
}
