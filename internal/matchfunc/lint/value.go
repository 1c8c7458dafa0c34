package lint

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// The kinds of values that are spoken of.
const (
	nullish = native.Undefined | native.Null
	list    = native.List | native.Array
	// ofRequest are parts of the message.
	ofRequest = native.Message | native.List | native.Map
)

// letters says which letters of A to Z a text can't have.
type letters uint8

const (
	anyLetters letters = iota
	noUpper            // what toLowerCase returns
	noLower            // what toUpperCase returns
)

// value is what is known of the values that an expression can have. Their kinds are the compiler's.
type value struct {
	kinds    native.Kinds
	wrong    bool             // a warning says that it isn't there
	typ      *message.Type    // of a message
	fn       ast.Node         // of a function that is written in the rule
	words    []string         // all that a text can be; nil where that is open
	enum     bool             // a text or number is an enum's, whose names are the words
	letters  letters          // of a text, or of the texts in a list
	literals []ast.Expression // of an array that was written down
	label    string           // how to call it, "" where it has no name
	each     string           // how to call its elements
	path     string           // the same for all expressions with the same value, "" where unknown
	at       file.Idx         // where it was read
	absent   string           // why real messages may lack it; "" where a rule needn't expect that
	within   string           // the path of the list or map that may lack it
	ended    *value           // the first that the optional chain so far may have ended at

	yes  facts // what holds where it is truthy
	no   facts // where it is falsy
	some facts // where it is neither null nor undefined
}

// unclear is a value that may stand for any condition.
func unclear() value {
	return value{kinds: native.Everything, yes: fact(anything), no: fact(anything), some: fact(anything)}
}

// is reports whether the value, where it isn't null or undefined, can only be of these kinds.
func (v value) is(k native.Kinds) bool { return v.kinds&^nullish != 0 && v.kinds&^nullish&^k == 0 }

// isText reports whether the value, where it isn't null or undefined, is a text, or an enum's: that is one but for
// numbers which have no name.
func (v value) isText() bool { return v.is(native.Text) || v.enum && v.is(native.Text|native.Number) }

// noted is the value with the fact that it is there where it is tested; only of values that may be missing is that
// worth knowing.
func (v value) noted() value {
	if v.absent != "" {
		v.some = v.some.and(fact(v.path))
		v.yes = v.yes.and(fact(v.path))
	}
	return v
}
