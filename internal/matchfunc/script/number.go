package script

import (
	"math"
	"strings"
	"unicode"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/exact"
)

// exponentName is the global that the exponent of ** passes through; no source can spell it.
const exponentName = "\x00exponent"

// broken is what is said of a power that engines have other last digits for.
const broken = "a power whose last digits differ between engines, as of a base other than 2 or with a broken exponent,"

// exponent hands on the exponent of a power of two, which is exact where the exponent is whole.
func (r *realm) exponent(c goja.FunctionCall) goja.Value {
	v := c.Argument(0).ToNumber()
	if f := v.ToFloat(); f != math.Trunc(f) && !math.IsNaN(f) {
		panic(unavailable(broken))
	}
	return v
}

// wrapExponent lets the exponent of a power pass through exponent, unless it is written down.
func (n *needs) wrapExponent(set func(*ast.Expression), node *ast.BinaryExpression) {
	if _, literal := node.Right.(*ast.NumberLiteral); !literal {
		n.powers = true
		set(&node.Right)
	}
}

// power is Math.pow, where engines agree.
func (r *realm) power(c goja.FunctionCall) goja.Value {
	base, exponent := c.Argument(0).ToNumber(), c.Argument(1).ToNumber()
	result, ok := exact.Power(base.ToFloat(), exponent.ToFloat())
	if !ok {
		panic(unavailable(broken))
	}
	return r.vm.ToValue(result)
}

// numberToString is Number.prototype.toString of ECMA-262 section 21.1.3.6, with V8's digits.
func (r *realm) numberToString(original goja.Callable) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		v := c.This
		if o, ok := v.(*goja.Object); ok && o.ClassName() == "Number" {
			v = r.vm.ToValue(o.Export())
		}
		base := c.Argument(0)
		if goja.IsUndefined(base) || !goja.IsNumber(v) {
			return r.invoke(original, c.This, c.Arguments...)
		}
		n := base.ToNumber().ToInteger()
		if f := v.ToFloat(); n >= 2 && n <= 36 && n != 10 && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return r.vm.ToValue(exact.Radix(f, int(n)))
		}
		return r.invoke(original, c.This, r.vm.ToValue(n))
	}
}

// parseInt is the function parseInt, in which goja loses the sign of zero.
func (r *realm) parseInt(original goja.Callable) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		text := c.Argument(0).ToString()
		v := r.invoke(original, goja.Undefined(), text, c.Argument(1))
		if v.ToFloat() == 0 && strings.HasPrefix(strings.TrimLeftFunc(text.String(), isSpace), "-") {
			return r.vm.ToValue(math.Copysign(0, -1))
		}
		return v
	}
}

// isSpace tells the white space and the ends of lines of ECMA-262 sections 12.2 and 12.3.
func isSpace(c rune) bool {
	return unicode.Is(unicode.Zs, c) || strings.ContainsRune("\t\n\v\f\r\u2028\u2029\uFEFF", c)
}

// numeric are the builtins whose arguments are all numbers.
var numeric = map[string][]string{
	"":                 {"isFinite", "isNaN"},
	"Math":             strings.Fields("abs ceil clz32 floor fround imul max min round sign sqrt trunc"),
	"Number.prototype": {"toExponential", "toFixed", "toPrecision"},
	"String.prototype": strings.Fields("at charAt charCodeAt codePointAt repeat slice substr substring"),
	"Array.prototype":  {"at", "slice"},
}

// readNumbers has text in the place of a number read as ECMA-262 section 7.1.4.1 has it. Goja takes all text that isn't
// ASCII for no number, but there is other white space than ASCII's.
func (r *realm) readNumbers(n *needs) {
	for path, names := range numeric {
		for _, name := range names {
			if !n.has(name) {
				continue
			}
			o := r.vm.GlobalObject()
			if path != "" {
				o = r.intrinsic(path)
			}
			if name == "sign" {
				r.wrap(o, name, firstNumber)
			} else {
				r.wrap(o, name, numbers)
			}
		}
	}
}

// firstNumber replaces an argument by its number, which goja's Math.sign doesn't do to an object: it hands it back.
func firstNumber(_ *realm, c goja.FunctionCall) {
	if len(c.Arguments) > 0 {
		c.Arguments[0] = c.Arguments[0].ToNumber()
	}
}

// numbers replaces arguments that are text by the numbers that they say.
func numbers(_ *realm, c goja.FunctionCall) {
	for i, v := range c.Arguments {
		if _, ok := v.(goja.String); ok {
			c.Arguments[i] = v.ToNumber()
		}
	}
}
