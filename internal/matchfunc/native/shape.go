package native

import (
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// shape is what is known of an expression's value beforehand: a wider one than necessary is never wrong.
type shape struct {
	kinds kinds
	types []*message.Type // of records
	elem  *shape          // of arrays: one for all of their elements
	props []namedShape    // of tables
}

type namedShape struct {
	name  string
	shape shape
}

func shapeOf(k ...kind) shape { return shape{kinds: of(k...)} }

func stringShape() shape { return shape{kinds: strs} }

func arrayOfShape(elem shape) shape { return shape{kinds: 1 << array, elem: &elem} }

// join is the shape of a value that has either.
func (s shape) join(o shape) shape {
	out := shape{kinds: s.kinds | o.kinds, types: slices.Clone(s.types), elem: s.elem}
	for _, t := range o.types {
		if !slices.Contains(out.types, t) {
			out.types = append(out.types, t)
		}
	}
	if out.elem == nil {
		out.elem = o.elem
	} else if o.elem != nil {
		both := s.elem.join(*o.elem)
		out.elem = &both
	}
	out.props = slices.Clone(s.props)
	for _, p := range o.props {
		if i := slices.IndexFunc(out.props, func(q namedShape) bool { return q.name == p.name }); i >= 0 {
			out.props[i].shape = out.props[i].shape.join(p.shape)
		} else {
			out.props = append(out.props, p)
		}
	}
	return out
}

// same reports whether two shapes say the same; it may be wrong in saying no.
func (s shape) same(o shape) bool {
	if s.kinds != o.kinds || len(s.types) != len(o.types) || len(s.props) != len(o.props) {
		return false
	}
	if s.elem == nil || o.elem == nil {
		return s.elem == o.elem
	}
	return s.elem.same(*o.elem)
}

// without is the shape less these kinds.
func (s shape) without(k kinds) shape {
	s.kinds &^= k
	return s
}

// element is the shape of one of the array's elements.
func (s shape) element() shape {
	if s.elem == nil {
		return shape{}
	}
	return *s.elem
}

// shapeOfField is what reading field gives where its message is there.
func shapeOfField(f *message.Field) shape {
	var s shape
	switch {
	case f.Map:
		return shapeOf(dict)
	case f.Kind == message.String:
		s = shapeOf(text)
	case f.Kind == message.Enum:
		s = shapeOf(text, number)
	case f.Kind == message.Bool:
		s = shapeOf(boolean)
	case f.Kind == message.Message:
		s = shape{kinds: records, types: []*message.Type{f.Type}}
		if f.Repeated {
			s.kinds = 1 << entry
		} else {
			s.kinds |= 1 << null
		}
	default:
		s = shapeOf(number)
	}
	if f.Repeated {
		return shape{kinds: 1 << list, elem: &s}
	}
	if f.Oneof {
		s.kinds = s.kinds&^(1<<null) | 1<<undefined
	}
	return s
}

// objectNames are the names of what every object inherits, and inheritedNames those of what strings, arrays, numbers
// and booleans do. To read one of them is outside of the subset; to call it need not be.
var (
	objectNames    = newNames(source.ObjectNames...)
	inheritedNames = newNames(slices.Concat(source.ObjectNames, source.TextNames, source.ListNames,
		source.NumberNames)...)
)

// globals are the names that JavaScript, or V8, defines. Reading another one throws.
var globals = newNames(
	"Object", "Function", "Array", "Number", "parseFloat", "parseInt", "Infinity", "NaN", "undefined", "Boolean",
	"String", "Symbol", "Date", "Promise", "RegExp", "Error", "AggregateError", "EvalError", "RangeError",
	"ReferenceError", "SyntaxError", "TypeError", "URIError", "globalThis", "JSON", "Math", "Intl", "ArrayBuffer",
	"Atomics", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array",
	"Float64Array", "Uint8ClampedArray", "BigUint64Array", "BigInt64Array", "DataView", "Map", "BigInt", "Set",
	"WeakMap", "WeakSet", "WeakRef", "Proxy", "Reflect", "FinalizationRegistry", "decodeURI", "decodeURIComponent",
	"encodeURI", "encodeURIComponent", "escape", "unescape", "eval", "isFinite", "isNaN", "console",
	"SharedArrayBuffer", "Iterator", "WebAssembly", "arguments",
)

func newNames(all ...string) map[string]bool {
	names := make(map[string]bool, len(all))
	for _, n := range all {
		names[n] = true
	}
	return names
}
