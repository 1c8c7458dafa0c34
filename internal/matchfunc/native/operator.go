package native

import (
	"math"
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/exact"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

var (
	nan      = math.NaN()
	infinity = math.Inf(1)
)

func (c *compiler) binary(n *ast.BinaryExpression) *expr {
	a, b := c.expr(n.Left), c.expr(n.Right)
	if c.outside != nil {
		return a
	}
	if e := membership(n.Operator, a, b); e != nil {
		return e
	}
	switch n.Operator {
	case token.LOGICAL_AND:
		return and(a, b)
	case token.LOGICAL_OR:
		return or(a, b)
	case token.COALESCE:
		return coalesce(a, b)
	case token.STRICT_EQUAL:
		return c.equal(n, a, b)
	case token.STRICT_NOT_EQUAL:
		return not(c.equal(n, a, b))
	case token.EQUAL:
		return c.loose(n, a, b)
	case token.NOT_EQUAL:
		return not(c.loose(n, a, b))
	case token.LESS, token.GREATER, token.LESS_OR_EQUAL, token.GREATER_OR_EQUAL:
		return c.relational(n, a, b)
	case token.IN:
		return c.in(n, a, b)
	case token.PLUS:
		return c.plus(n, a, b)
	case token.EXPONENT:
		return c.power(n, a, b)
	}
	return c.arithmetic(n, a, b)
}

// power compiles 2 ** b. Where engines differ in the last digit of the result, the evaluation fails.
func (c *compiler) power(n ast.Expression, base, exponent *expr) *expr {
	if base.lit == nil || base.lit.kind != number {
		return c.out(n, "a power but of 2")
	}
	of := base.lit.num
	if _, ok := exact.PowerOfTwo(of); !ok {
		return c.out(n, "a power but of 2")
	}
	e := c.toNumber(n, exponent)
	return newExpr(shapeOf(number), seen(e), func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		result, ok := exact.Power(of, v.num)
		if !ok {
			return f.throw(errPower)
		}
		return numberOf(result)
	})
}

// membership recognises the comparisons of indexOf that ask whether something was found; nil for others.
func membership(op token.Token, a, b *expr) *expr {
	if a.member == nil || b.lit == nil || b.lit.kind != number {
		return nil
	}
	switch n := b.lit.num; {
	case n == -1 && (op == token.GREATER || op == token.NOT_EQUAL || op == token.STRICT_NOT_EQUAL), n == 0 &&
		op == token.GREATER_OR_EQUAL:
		return a.member
	case n == -1 && (op == token.EQUAL || op == token.STRICT_EQUAL), n == 0 && op == token.LESS:
		return not(a.member)
	}
	return nil
}

func (c *compiler) loose(n *ast.BinaryExpression, a, b *expr) *expr {
	simple := func(x, y *expr) bool { return x.kinds&objects == 0 || y.kinds.only(objects|nullish) }
	if !simple(a, b) || !simple(b, a) {
		return c.out(n, "comparing an object with a string or a number by ==")
	}
	// An enum's value without a name is a number, which may be == a string.
	for _, e := range []*expr{a, b} {
		if lit, ok := e.isText(); ok && !math.IsNaN(parseNumber(string(lit))) {
			return generalEqual(a, b, lenient)
		}
	}
	if a.kinds.only(strs|1<<undefined) && b.kinds.only(strs) || b.kinds.only(strs|1<<undefined) && a.kinds.only(strs) ||
		a.code != nil && b.lit != nil && b.kinds.only(strs) || b.code != nil && a.lit != nil && a.kinds.only(strs) {
		return c.equal(n, a, b)
	}
	if a.kinds&b.kinds&made != 0 {
		return c.out(n, "comparing objects or functions that the rule makes")
	}
	return generalEqual(a, b, lenient)
}

// Which operator is compiled.
const (
	strict  = true
	lenient = false
)

func generalEqual(a, b *expr, strictly bool) *expr {
	if b.path != nil && a.lit != nil { // anything else is evaluated in the order of the text: both may throw
		a, b = b, a
	}
	if a.path != nil && b.lit != nil && b.kinds.only(nullish) && a.path.place != message.Root {
		k := absentKind(a.path.place)
		if !a.kinds.has(skipped) && (!strictly || b.lit.kind == k) {
			return not(&expr{facts: a.facts, test: a.test, light: a.light})
		}
	}
	return newTest(seen(a, b), func(r *message.Request, f *frame) bool {
		x := a.eval(r, f)
		y := b.eval(r, f)
		if strictly {
			return strictEqual(f, &x, &y)
		}
		return looseEqual(f, &x, &y)
	})
}

// equal compiles a === b.
func (c *compiler) equal(n ast.Node, a, b *expr) *expr {
	if a.kinds&b.kinds&made != 0 {
		return c.out(n, "comparing objects or functions that the rule makes")
	}
	if a.lit != nil {
		a, b = b, a
	}
	lit, ok := b.isText()
	if !ok || !clean(lit) {
		return generalEqual(a, b, strict)
	}
	if a.lower != nil && message.IsASCII(lit) {
		return equalLower(a, string(lit))
	}
	return equalText(a, [][]byte{lit})
}

// equalLower compiles s.toLowerCase() === want, for a want in ASCII.
func equalLower(a *expr, want string) *expr {
	read := a.lower.text
	return newTest(seen(a), func(r *message.Request, f *frame) bool {
		b, ok := read(r, f)
		if !ok {
			return false
		}
		if len(b) == len(want) && message.IsASCII(b) {
			for i, c := range b {
				if c >= 'A' && c <= 'Z' {
					c |= 0x20
				}
				if c != want[i] {
					return false
				}
			}
			return true
		}
		v := lower(f, textOf(b))
		w := textOf([]byte(want))
		return sameText(f, &v, &w)
	})
}

// made are the kinds of values whose identity isn't kept.
const made kinds = 1<<array | 1<<table | 1<<inherited

// equalText compiles the question whether a is one of some clean strings.
func equalText(a *expr, all [][]byte) *expr {
	fs := seen(a)
	if a.field != nil && !a.wild && !a.field.Map && !a.field.Repeated {
		n := need{place: a.place, field: a.field, touches: a.touches}
		for _, b := range all {
			n.values = append(n.values, string(b))
		}
		if a.field.Kind == message.String || a.field.Kind == message.Enum {
			fs.yes.list = []need{n}
		}
		fs.known = placesOf(a.place) | ancestors(a.place)
	}
	var out *expr
	switch {
	case a.code != nil:
		out = newTest(fs, a.codeIn(all))
	case a.text != nil && len(all) == 1:
		want, read := string(all[0]), a.text
		out = newTest(fs, func(r *message.Request, f *frame) bool {
			b, ok := read(r, f)
			return ok && string(b) == want
		})
	case a.text != nil:
		out = newTest(fs, textIn(a.text, all))
	default:
		return newTest(fs, valueIn(a, all))
	}
	out.light = a.light
	return out
}

// codeIn tests whether the enum's value is one of some names.
func (e *expr) codeIn(names [][]byte) testFunc {
	var set uint64 // the contract's enums have less than 64 names
	for n, name := range e.enum.Names {
		if slices.ContainsFunc(names, func(b []byte) bool { return string(b) == name }) {
			set |= 1 << uint(n) // not negative
		}
	}
	if e.field != nil && e.place == message.Root {
		at := e.field
		return func(r *message.Request, _ *frame) bool {
			n := uint32(r.Int(message.Root, at)) // a negative one is large
			return n < 64 && set>>n&1 != 0
		}
	}
	read := e.code
	return func(r *message.Request, f *frame) bool {
		n, ok := read(r, f)
		return ok && uint32(n) < 64 && set>>uint32(n)&1 != 0 // a negative one is large
	}
}

// maxLinear is from how many strings on a hash is quicker than trying one after the other.
const maxLinear = 8

func textIn(read textFunc, all [][]byte) testFunc {
	if len(all) > maxLinear {
		set := make(map[string]bool, len(all))
		for _, b := range all {
			set[string(b)] = true
		}
		return func(r *message.Request, f *frame) bool {
			b, ok := read(r, f)
			return ok && set[string(b)]
		}
	}
	return func(r *message.Request, f *frame) bool {
		b, ok := read(r, f)
		if !ok {
			return false
		}
		for _, want := range all {
			if string(b) == string(want) {
				return true
			}
		}
		return false
	}
}

func valueIn(a *expr, all [][]byte) testFunc {
	wanted := make([]value, len(all))
	for i, b := range all {
		wanted[i] = value{kind: text, b: b, ascii: message.IsASCII(b)}
	}
	return func(r *message.Request, f *frame) bool {
		v := a.eval(r, f)
		for i := range wanted {
			if strictEqual(f, &v, &wanted[i]) {
				return true
			}
		}
		return false
	}
}

func (c *compiler) relational(n *ast.BinaryExpression, a, b *expr) *expr {
	if !(a.kinds | b.kinds).only(primitives) {
		return c.out(n, "comparing objects by <, >, <= or >=")
	}
	holds := relation(n.Operator)
	if b.lit != nil && b.lit.kind == number && a.kinds.only(of(number)) {
		want := b.lit.num
		return newTest(seen(a), func(r *message.Request, f *frame) bool {
			v := a.eval(r, f)
			switch {
			case v.num < want:
				return holds(less)
			case v.num > want:
				return holds(more)
			}
			return v.num == want && holds(same)
		})
	}
	return newTest(seen(a, b), func(r *message.Request, f *frame) bool {
		x := a.eval(r, f)
		y := b.eval(r, f)
		return holds(compare(f, &x, &y))
	})
}

func relation(op token.Token) func(order) bool {
	switch op {
	case token.LESS:
		return func(o order) bool { return o == less }
	case token.GREATER:
		return func(o order) bool { return o == more }
	case token.LESS_OR_EQUAL:
		return func(o order) bool { return o == less || o == same }
	default:
		return func(o order) bool { return o == more || o == same }
	}
}

// plus compiles the operator +.
func (c *compiler) plus(n *ast.BinaryExpression, a, b *expr) *expr {
	switch {
	case !(a.kinds | b.kinds).only(primitives):
		return c.out(n, "adding objects")
	case a.kinds.only(strs) || b.kinds.only(strs):
		return c.concat(c.toText(n, a), c.toText(n, b))
	case (a.kinds|b.kinds)&strs == 0:
		return c.arithmetic(n, a, b)
	}
	s := shape{kinds: strs | 1<<number}
	return newExpr(s, seen(a, b), func(r *message.Request, f *frame) value {
		x := a.eval(r, f)
		y := b.eval(r, f)
		if of(x.kind, y.kind)&strs == 0 {
			return numberOf(x.toNumber(f) + y.toNumber(f))
		}
		return concat(f, x.toText(f), y.toText(f))
	})
}

// arithmetic compiles the operators on two numbers.
func (c *compiler) arithmetic(n *ast.BinaryExpression, a, b *expr) *expr {
	op := arithmeticOf(n.Operator)
	if op == nil {
		return c.out(n, "the operator "+n.Operator.String())
	}
	a, b = c.toNumber(n.Left, a), c.toNumber(n.Right, b)
	if a.lit != nil && b.lit != nil {
		return constant(numberOf(op(a.lit.num, b.lit.num)))
	}
	return newExpr(shapeOf(number), seen(a, b), func(r *message.Request, f *frame) value {
		x := a.eval(r, f)
		y := b.eval(r, f)
		return numberOf(op(x.num, y.num))
	})
}

func arithmeticOf(op token.Token) func(a, b float64) float64 {
	switch op {
	case token.PLUS:
		return func(a, b float64) float64 { return a + b }
	case token.MINUS:
		return func(a, b float64) float64 { return a - b }
	case token.MULTIPLY:
		return func(a, b float64) float64 { return a * b }
	case token.SLASH:
		return func(a, b float64) float64 { return a / b }
	case token.REMAINDER:
		return math.Mod
	case token.AND:
		return func(a, b float64) float64 { return float64(toInt32(a) & toInt32(b)) }
	case token.OR:
		return func(a, b float64) float64 { return float64(toInt32(a) | toInt32(b)) }
	case token.EXCLUSIVE_OR:
		return func(a, b float64) float64 { return float64(toInt32(a) ^ toInt32(b)) }
	case token.SHIFT_LEFT:
		return func(a, b float64) float64 { return float64(toInt32(a) << (toUint32(b) & 31)) }
	case token.SHIFT_RIGHT:
		return func(a, b float64) float64 { return float64(toInt32(a) >> (toUint32(b) & 31)) }
	case token.UNSIGNED_SHIFT_RIGHT:
		return func(a, b float64) float64 { return float64(toUint32(a) >> (toUint32(b) & 31)) }
	}
	return nil
}

// in compiles the operator in.
func (c *compiler) in(n *ast.BinaryExpression, a, b *expr) *expr {
	if !a.kinds.only(primitives) || b.kinds&^(nullish|records|1<<dict|1<<table) != 0 {
		return c.out(n, "the operator in but on messages, maps and literals")
	}
	at := c.spot(n, "")
	name := c.toText(n, a)
	fs := seen(a, b)
	fs.wild = fs.wild || b.kinds&nullish != 0
	return newTest(fs, func(r *message.Request, f *frame) bool {
		k := name.eval(r, f)
		v := b.eval(r, f)
		if of(v.kind).only(nullish) {
			if f.err == nil {
				f.throw(at.thrown("Cannot use 'in' operator to search for '" + k.words(f) + "' in " + v.words(f)))
			}
			return false
		}
		return hasKey(r, f, &v, &k)
	})
}

// hasKey reports whether an object has a property of a name, its own or not.
func hasKey(r *message.Request, f *frame, v, name *value) bool {
	if k, ok := name.plainKey(f); ok {
		if objectNames[k] {
			return true
		}
		switch v.kind {
		case record, entry:
			fld := v.typ.Field(k)
			if fld == nil && k == message.MessageTypeKey {
				got := get(r, f, v, newKey(k))
				return got.kind != undefined
			}
			return fld != nil && (!fld.Oneof || r.Has(v.place, fld))
		case table:
			return slices.ContainsFunc(v.cell.props, func(p prop) bool { return p.name == k })
		}
	}
	return v.kind == dict && hasEntry(r, f, v, name)
}

// plainKey is a property's name if it is ASCII, as those of messages and literals are.
func (v *value) plainKey(f *frame) (string, bool) {
	if !v.isASCII(f) {
		return "", false
	}
	return string(v.b), true
}

func hasEntry(r *message.Request, f *frame, v, name *value) bool {
	all := entries(r, v)
	f.spend(all.Size() / 8)
	for {
		e, ok := all.Next()
		if !ok || !f.spend(8) {
			return false
		}
		b, _ := message.Entry(e)
		k := textOf(b)
		if sameText(f, &k, name) {
			return true
		}
	}
}
