package lint

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// kinds is a set of the kinds of values that JavaScript has.
type kinds uint16

const (
	undefined kinds = 1 << iota
	null
	boolean
	number
	text
	record // a message, a part of req
	list
	dict // a map field
	callable
	other // any other object, a BigInt or a symbol

	everything = 1<<iota - 1
	nullish    = undefined | null
)

// letters says which letters of A to Z a text can't have.
type letters uint8

const (
	anyLetters letters = iota
	noUpper            // what toLowerCase returns
	noLower            // what toUpperCase returns
)

// value is what is known of the values that an expression can have.
type value struct {
	kinds    kinds
	typ      *message.Type    // of a record
	elem     *value           // of a list's elements; nil where unknown
	words    []string         // all that a text can be; nil where that is open
	enum     *message.Field   // a text or number is one of its values
	letters  letters          // of a text
	literals []ast.Expression // of an array that was written down, or of a Set made of it
	label    string           // how to call it, "" where it has no name
	path     string           // the same for all expressions with the same value, "" where unknown
	at       file.Idx         // where it was read
	req      bool             // it is an object within req
	fresh    bool             // it is an object that the rule has made
	absent   string           // why real messages may lack it; "" where a rule needn't expect that
	chained  string           // absent, of what the optional chain so far may have ended at
	short    bool             // the optional chain so far may have ended early

	yes  facts // what holds where it is truthy
	no   facts // where it is falsy
	some facts // where it is neither null nor undefined
}

func unknown() value { return value{kinds: everything} }

func of(k kinds) value { return value{kinds: k} }

// word is a text that is known.
func word(known string) value { return value{kinds: text, words: []string{known}} }

func listOf(elem value) value { return value{kinds: list, elem: &elem, fresh: true} }

// is reports whether the value, where it isn't null or undefined, can only be of this kind.
func (v value) is(k kinds) bool { return v.kinds&^nullish == k }

// isText reports whether the value, where it isn't null or undefined, is a text, or an enum's: that is one but for
// numbers which have no name.
func (v value) isText() bool { return v.is(text) || v.enum != nil && v.is(text|number) }

// noted is the value with the fact that it is there where it is tested; only of values that may be missing is that
// worth knowing.
func (v value) noted() value {
	if v.absent != "" {
		v.some = v.some.and(fact(v.path))
		v.yes = v.yes.and(fact(v.path))
	}
	return v
}

func (v value) element() value {
	if v.elem == nil {
		return unknown()
	}
	return *v.elem
}

// join is what is known of a value that is either of the two.
func join(a, b value) value {
	switch {
	case a.kinds == 0:
		return b
	case b.kinds == 0:
		return a
	}
	out := value{kinds: a.kinds | b.kinds, typ: a.typ, req: a.req || b.req, fresh: a.fresh && b.fresh}
	if out.absent = a.absent; a.absent == "" {
		out.absent = b.absent
	}
	if a.kinds&record == 0 {
		out.typ = b.typ
	} else if b.kinds&record != 0 && a.typ != b.typ {
		out.kinds, out.typ = out.kinds|other, nil
	}
	if a.elem != nil && b.elem != nil {
		elem := join(*a.elem, *b.elem)
		out.elem = &elem
	}
	out.words = joinWords(a, b)
	if a.letters == b.letters {
		out.letters = a.letters
	}
	return out
}

func joinWords(a, b value) []string {
	switch {
	case a.kinds&text == 0:
		return b.words
	case b.kinds&text == 0:
		return a.words
	case a.words == nil || b.words == nil:
		return nil
	}
	return slices.Concat(a.words, b.words)
}

// orElse is a || b, or a ?? b.
func orElse(a, b value) value {
	a.kinds &^= nullish
	a.absent = ""
	return join(a, b)
}

// andThen is a && b.
func andThen(a, b value) value {
	a.kinds &^= record | list | dict | callable
	if a.kinds&text != 0 {
		a.words = []string{""}
	}
	a.enum = nil
	return join(a, b)
}

// facts are the paths of values that are known to be there, so that reading from them is safe. A nil facts is empty.
// They are never changed, and hold wherever they are known: what they speak of doesn't change during an evaluation.
type facts map[string]bool

// anything is a fact that stands for all of them: a condition that isn't understood may say what it likes.
const anything = "*"

func fact(path string) facts {
	if path == "" {
		return nil
	}
	return facts{path: true}
}

func (f facts) has(path string) bool { return f[path] || f[anything] }

// and returns what is known where both are.
func (f facts) and(g facts) facts {
	switch {
	case g.within(f):
		return f
	case f.within(g):
		return g
	}
	out := make(facts, len(f)+len(g))
	for path := range f {
		out[path] = true
	}
	for path := range g {
		out[path] = true
	}
	return out
}

// within reports whether g holds all of f.
func (f facts) within(g facts) bool {
	if len(f) > len(g) {
		return false
	}
	for path := range f {
		if !g[path] {
			return false
		}
	}
	return true
}

// or returns what is known where one of them is.
func (f facts) or(g facts) facts {
	if len(f) == 0 || len(g) == 0 {
		return nil
	}
	out := facts{}
	for path := range f {
		if g.has(path) {
			out[path] = true
		}
	}
	for path := range g {
		if f.has(path) {
			out[path] = true
		}
	}
	return out
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
