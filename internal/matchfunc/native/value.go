package native

import "github.com/fonoster/routr-dispatcher/internal/message"

// kind is what a value is at run time.
type kind uint8

const (
	undefined kind = iota
	null
	boolean   // num is 0 or 1
	number    // num
	text      // b: UTF-8 in which ill-formed sequences stand for U+FFFD, as the wire has it
	wide      // cell.units: UTF-16, which may have lone surrogates
	record    // the message at place, of type typ
	entry     // a message in a list: b its wire form, of type typ; num, place and field say whose and which
	list      // the entries of repeated field of place
	dict      // map field of place, or of an entry: then b is the entry's wire form and num its index
	array     // cell.items
	table     // cell.props: an object literal
	inherited // what a name that every object inherits leads to, such as Object.prototype.toString
	skipped   // what an optional chain that ended early has inside; undefined outside
	completed // a list of statements ended without return: a normal completion (ECMA-262 section 6.2.4)
	numKinds
)

// kinds is a set of them.
type kinds uint32

func of(all ...kind) (s kinds) {
	for _, k := range all {
		s |= 1 << k
	}
	return s
}

const (
	nullish    kinds = 1<<undefined | 1<<null
	strs       kinds = 1<<text | 1<<wide
	primitives kinds = nullish | strs | 1<<boolean | 1<<number
	records    kinds = 1<<record | 1<<entry
	arrays     kinds = 1<<list | 1<<array
	objects    kinds = records | arrays | 1<<dict | 1<<table | 1<<inherited
)

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }

// only reports whether s has nothing but what is in t.
func (s kinds) only(t kinds) bool { return s&^t == 0 }

// value is a JavaScript value. Which of its parts mean something depends on its kind.
type value struct {
	kind  kind
	ascii bool // of text: has only ASCII for sure
	place message.Place
	num   float64
	b     []byte
	field *message.Field
	typ   *message.Type
	cell  *cell
}

// cell is the part of rare kinds of values.
type cell struct {
	units []uint16
	items []value
	props []prop
}

// prop is a property of a table.
type prop struct {
	name  string
	value value
}

func numberOf(v float64) value { return value{kind: number, num: v} }

func boolOf(v bool) value {
	if v {
		return value{kind: boolean, num: 1}
	}
	return value{kind: boolean}
}

// textOf is the value of a string known when the rule is compiled, or of bytes of the wire.
func textOf(b []byte) value { return value{kind: text, b: b} }

func asciiOf(b []byte) value { return value{kind: text, b: b, ascii: true} }

// truthy is ToBoolean (ECMA-262 section 7.1.2).
func (v *value) truthy() bool {
	switch v.kind {
	case undefined, null, skipped, completed:
		return false
	case boolean:
		return v.num != 0
	case number:
		return v.num != 0 && v.num == v.num // NaN is not
	case text:
		return len(v.b) > 0
	case wide:
		return len(v.cell.units) > 0
	default:
		return true
	}
}

// typeofText is the typeof operator's answer.
func (v *value) typeofText() string {
	switch v.kind {
	case undefined, skipped, completed:
		return "undefined"
	case boolean:
		return "boolean"
	case number:
		return "number"
	case text, wide:
		return "string"
	default:
		return "object"
	}
}
