package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
)

// comparison is one that is meant to find two values equal now and then.
type comparison struct {
	at          file.Idx // of what is to blame where types don't fit
	left, right value
	loose       bool
	what        string // what follows from them never being equal
}

// equality is a === b and its like.
func (l *linter) equality(n *ast.BinaryExpression, a, b value) value {
	negated := n.Operator == token.STRICT_NOT_EQUAL || n.Operator == token.NOT_EQUAL
	c := comparison{
		at: b.at, left: a, right: b, what: "this is always false",
		loose: n.Operator == token.EQUAL || n.Operator == token.NOT_EQUAL,
	}
	if negated {
		c.what = "this is always true"
	}
	l.sameOrWarn(c)
	var out value
	out.yes, out.no = c.facts()
	if bit, ok := booleanOf(n.Left, n.Right); ok {
		other := pick(isBoolean(n.Left), b, a)
		out.yes = pick(bit, other.yes, other.no).and(out.yes)
		out.no = pick(bit, facts(nil), out.no)
		if other.kinds == native.Boolean {
			out.no = pick(bit, other.no, other.yes)
		}
	}
	if negated {
		out.yes, out.no = out.no, out.yes
	}
	return out
}

func isBoolean(e ast.Expression) bool {
	_, ok := e.(*ast.BooleanLiteral)
	return ok
}

// booleanOf returns the value of the operand that is true or false.
func booleanOf(a, b ast.Expression) (bit, ok bool) {
	for _, e := range []ast.Expression{a, b} {
		if n, is := e.(*ast.BooleanLiteral); is {
			return n.Value, true
		}
	}
	return false, false
}

// facts returns what is known where the two are equal, and where they aren't.
func (c comparison) facts() (equal, different facts) {
	for _, pair := range [][2]value{{c.left, c.right}, {c.right, c.left}} {
		x, y := pair[0], pair[1]
		switch {
		case y.kinds&^nullish == 0: // compared with null or undefined
			equal = equal.and(x.no)
			if missing := x.kinds & nullish; c.loose || missing&^y.kinds == 0 {
				different = different.and(x.some)
			}
		case y.kinds&nullish == 0:
			equal = equal.and(x.some)
		}
		if x.path == messageTypePath && len(y.words) == 1 {
			is, isnt := requestURIPath, responseTypePath
			if y.words[0] == "responseType" {
				is, isnt = isnt, is
			}
			return fact(is), fact(isnt)
		}
		if x.some.has(anything) {
			different = different.and(fact(anything))
		}
	}
	return equal, different
}

// relation is a < b and its like.
func (l *linter) relation(a, b value) value {
	var out value
	for _, pair := range [][2]value{{a, b}, {b, a}} {
		x, y := pair[0], pair[1]
		if x.is(native.Message) && y.is(native.Number) {
			l.warn(x.at, l.name(x)+" is an object, not a number"+inside(x))
		}
		if x.kinds&native.Null == 0 { // undefined is neither less nor more than anything
			out.yes = out.yes.and(x.some)
		}
		if x.some.has(anything) {
			out.no = fact(anything)
		}
	}
	return out
}

// inside suggests the field of a message like Expires that holds what the message is there for.
func inside(v value) string {
	name := v.label[strings.LastIndexByte(v.label, '.')+1:]
	if v.typ == nil || name == "" || v.typ.Field(name) == nil {
		return ""
	}
	return ": did you mean " + v.label + "." + name + "?"
}

// sameOrWarn warns where two values that are compared can't be equal, whatever the message.
func (l *linter) sameOrWarn(c comparison) {
	x, y := c.left, c.right
	if len(x.words) == 1 && len(y.words) != 1 || x.kinds&^nullish == 0 {
		x, y = y, x
	}
	switch shared := x.kinds & y.kinds; {
	case c.loose && y.kinds&^nullish == 0 && x.kinds&(nullish|native.Object) == 0,
		!c.loose && shared == 0 && y.kinds&^nullish == 0:
		l.warn(c.at, l.name(x)+" is never "+kindName(y)+unset(x))
	case c.loose && (x.kinds != native.Text || y.kinds != native.Text):
		l.wordsOrWarn(x, y)
	case shared == 0 && kindName(x) == kindName(y):
		l.warn(c.at, c.what+": these are different objects")
	case shared == 0:
		l.warn(c.at, c.what+": "+l.name(x)+" is "+kindName(x)+", never "+kindName(y)+inside(x))
	case shared == native.Text:
		l.wordsOrWarn(x, y)
	}
}

// unset says what a field of the message is where it isn't set.
func unset(v value) string {
	if !strings.HasPrefix(v.path, "req.") || strings.ContainsAny(v.path, "([") || v.enum {
		return ""
	}
	for _, k := range []struct {
		kinds native.Kinds
		value string
	}{{native.Null, "null"}, {native.Undefined, "undefined"}, {native.Text, `""`}, {native.Number, "0"},
		{native.Boolean, "false"}, {native.List, "[]"}, {native.Map, "{}"}} {
		if v.kinds&k.kinds != 0 {
			return ": it is " + k.value + " when unset"
		}
	}
	return ""
}

// wordsOrWarn warns where y is a text that x can't be.
func (l *linter) wordsOrWarn(x, y value) {
	if len(y.words) != 1 || y.kinds != native.Text || x.kinds&native.Text == 0 {
		return
	}
	want := y.words[0]
	switch {
	case x.words != nil && slices.Contains(x.words, want):
		return
	case x.words != nil && x.kinds&^(native.Text|nullish|native.Number) == 0 && (x.enum || x.kinds&native.Number == 0):
		l.warn(y.at, l.name(x)+" is never "+strconv.Quote(want)+choices(x.words, want))
	case x.words == nil && x.kinds&^(native.Text|nullish) == 0 && !x.letters.allow(want):
		l.warn(y.at, wrongCase(x, want))
	}
}

// choices says which of a few words it could be, or which of many is near.
func choices(words []string, wrong string) string {
	const few = 3
	if len(words) > few {
		return didYouMean(wrong, words)
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	return ": it is " + strings.Join(quoted, " or ")
}

// allow reports whether a text with these letters may be s.
func (l letters) allow(s string) bool {
	switch l {
	case noUpper:
		return !strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	case noLower:
		return !strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz")
	}
	return true
}

func wrongCase(v value, want string) string {
	if v.letters == noUpper {
		return "a text in lower case is never " + strconv.Quote(want) + ": did you mean " +
			strconv.Quote(strings.ToLower(want)) + "?"
	}
	return "a text in upper case is never " + strconv.Quote(want) + ": did you mean " +
		strconv.Quote(strings.ToUpper(want)) + "?"
}
