package native

import (
	"math"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// stringMethod is a method of strings. Its arguments are primitives, and undefined where there is none.
type stringMethod struct {
	args  int // how many it takes
	gives shape
	do    func(f *frame, s, a, b value) value
}

var stringMethods = newStringMethods()

func newStringMethods() map[string]stringMethod {
	str, num, truth := stringShape(), shapeOf(number), shapeOf(boolean)
	maybe := str.join(shapeOf(undefined))
	return map[string]stringMethod{
		"startsWith":  {2, truth, startsWith},
		"endsWith":    {2, truth, endsWith},
		"includes":    {2, truth, includesText},
		"indexOf":     {2, num, indexOf},
		"lastIndexOf": {1, num, lastIndexOf},
		"slice":       {2, str, slice},
		"substring":   {2, str, substring},
		"charAt":      {1, str, charAt},
		"charCodeAt":  {1, num, charCodeAt},
		"at":          {1, maybe, atText},
		"trim":        {0, str, func(f *frame, s, _, _ value) value { return trim(f, s, true, true) }},
		"trimStart":   {0, str, func(f *frame, s, _, _ value) value { return trim(f, s, true, false) }},
		"trimEnd":     {0, str, func(f *frame, s, _, _ value) value { return trim(f, s, false, true) }},
		"toLowerCase": {0, str, func(f *frame, s, _, _ value) value { return lower(f, s) }},
		"toUpperCase": {0, str, func(f *frame, s, _, _ value) value { return upper(f, s) }},
		"concat":      {1, str, func(f *frame, s, a, _ value) value { return concat(f, s, a.toText(f)) }},
		"padStart":    {2, str, func(f *frame, s, a, b value) value { return pad(f, s, a, b, true) }},
		"padEnd":      {2, str, func(f *frame, s, a, b value) value { return pad(f, s, a, b, false) }},
		"repeat":      {1, str, repeat},
		"replace":     {2, str, func(f *frame, s, a, b value) value { return replace(f, s, a, b, false) }},
		"replaceAll":  {2, str, func(f *frame, s, a, b value) value { return replace(f, s, a, b, true) }},
		"split":       {2, arrayOfShape(str), split},
	}
}

// textMethod compiles the call of a method of a string.
func (c *compiler) textMethod(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool) *expr {
	name := callee.Identifier.Name.String()
	m, ok := stringMethods[name]
	if !ok {
		return c.out(n, name+" but with a regular expression")
	}
	args := c.arguments(n, 2)
	given := min(len(n.ArgumentList), 2)
	if given > m.args || name == "concat" && given == 0 {
		return c.out(n, name+" with that many arguments")
	}
	for _, a := range args {
		if c.outside == nil && !a.kinds.only(primitives) {
			return c.out(n, name+" of an object")
		}
	}
	if c.outside != nil {
		return base
	}
	if name == "repeat" && !constantWithin(args[0], 0, 1000) {
		return c.out(n, "repeat but for a constant from 0 to 1000")
	}
	rc := c.receiver(callee, base, optional, strs, args[:given])
	fs, skips := rc.facts()
	s := m.gives
	s.kinds |= skips
	a, b := args[0], args[1]
	e := newExpr(s, fs, func(r *message.Request, f *frame) value {
		v, ok := rc.value(r, f)
		if !ok {
			return v
		}
		x := a.eval(r, f)
		return m.do(f, v, x, b.eval(r, f))
	})
	c.quicken(e, name, base, args, given)
	return e
}

// constantWithin reports whether e is a number that is known, from least to most; NaN isn't.
func constantWithin(e *expr, least, most float64) bool {
	return e.lit != nil && e.lit.kind == number && e.lit.num >= least && e.lit.num <= most
}

// quicken gives the most frequent calls a test that makes no values.
func (c *compiler) quicken(e *expr, name string, base *expr, args []*expr, given int) {
	if base.text == nil || !base.kinds.only(1<<text|1<<skipped) {
		return
	}
	switch name {
	case "toLowerCase":
		e.lower = base
	case "toUpperCase":
		e.upper = base
	}
	needle, ok := args[0].isText()
	if given != 1 || !ok || !clean(needle) {
		return
	}
	found := finder(name, needle)
	if found == nil {
		return
	}
	read := base.text
	e.test = func(r *message.Request, f *frame) bool {
		b, ok := read(r, f)
		return ok && f.spend(len(b)/8) && found(b)
	}
}

// position is an argument that is an index, within 0 and length.
func position(f *frame, v value, length int, none int) int {
	if v.kind == undefined {
		return none
	}
	n := toInteger(v.toNumber(f))
	return int(math.Min(math.Max(n, 0), float64(length)))
}

// relative is an argument that is an index, which counts from the end where it is negative.
func relative(f *frame, v value, length int, none int) int {
	if v.kind == undefined {
		return none
	}
	n := toInteger(v.toNumber(f))
	if n < 0 {
		n += float64(length)
	}
	return int(math.Min(math.Max(n, 0), float64(length)))
}

func startsWith(f *frame, s, a, b value) value {
	want := a.toText(f)
	if b.kind == undefined {
		return boolOf(hasPrefix(f, &s, &want))
	}
	s.markASCII(f)
	n := s.length(f)
	rest := cut(f, s, position(f, b, n, 0), n)
	return boolOf(hasPrefix(f, &rest, &want))
}

func endsWith(f *frame, s, a, b value) value {
	want := a.toText(f)
	if b.kind == undefined {
		return boolOf(hasSuffix(f, &s, &want))
	}
	s.markASCII(f)
	n := s.length(f)
	rest := cut(f, s, 0, position(f, b, n, n))
	return boolOf(hasSuffix(f, &rest, &want))
}

func includesText(f *frame, s, a, b value) value {
	want := a.toText(f)
	if b.kind == undefined {
		return boolOf(containsText(f, &s, &want))
	}
	s.markASCII(f)
	return boolOf(indexFrom(f, s, want, position(f, b, s.length(f), 0)) >= 0)
}

func indexOf(f *frame, s, a, b value) value {
	want := a.toText(f)
	s.markASCII(f)
	return numberOf(float64(indexFrom(f, s, want, position(f, b, s.length(f), 0))))
}

func lastIndexOf(f *frame, s, a, _ value) value {
	return numberOf(float64(lastIndexFrom(f, s, a.toText(f), math.MaxInt32)))
}

func slice(f *frame, s, a, b value) value {
	s.markASCII(f)
	n := s.length(f)
	from, to := relative(f, a, n, 0), relative(f, b, n, n)
	return cut(f, s, from, max(from, to))
}

func substring(f *frame, s, a, b value) value {
	s.markASCII(f)
	n := s.length(f)
	from, to := position(f, a, n, 0), position(f, b, n, n)
	return cut(f, s, min(from, to), max(from, to))
}

func charAt(f *frame, s, a, _ value) value {
	c := at(nil, f, &s, toInteger(a.toNumberOr0(f)))
	if c.kind == undefined {
		return asciiOf(nil)
	}
	return c
}

// toNumberOr0 is ToNumber, in which undefined is 0 as in ToIntegerOrInfinity.
func (v *value) toNumberOr0(f *frame) float64 {
	if v.kind == undefined {
		return 0
	}
	return v.toNumber(f)
}

func charCodeAt(f *frame, s, a, _ value) value {
	i := toInteger(a.toNumberOr0(f))
	s.markASCII(f)
	if i < 0 || i >= float64(s.length(f)) {
		return numberOf(nan)
	}
	if s.ascii {
		return numberOf(float64(s.b[int(i)]))
	}
	u := s.unitsOf(f)
	if int(i) >= len(u) {
		return value{}
	}
	return numberOf(float64(u[int(i)]))
}

func atText(f *frame, s, a, _ value) value {
	i := toInteger(a.toNumberOr0(f))
	s.markASCII(f)
	if i < 0 {
		i += float64(s.length(f))
	}
	return at(nil, f, &s, i)
}
