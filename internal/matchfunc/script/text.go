package script

import (
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
)

// thisText is RequireObjectCoercible and ToString of a method's receiver.
func (r *realm) thisText(c goja.FunctionCall) goja.String {
	if goja.IsUndefined(c.This) || goja.IsNull(c.This) {
		panic(r.vm.NewTypeError("the receiver is null or undefined"))
	}
	return r.text16(c.This)
}

// text16 is ToString.
func (r *realm) text16(v goja.Value) goja.String {
	if o, ok := v.(*goja.Object); ok {
		v = o.ToString()
	}
	switch v := v.(type) {
	case goja.String:
		return v
	case *goja.Symbol:
		panic(r.vm.NewTypeError("a Symbol has no text"))
	}
	return r.vm.ToValue(v.String()).(goja.String)
}

// isWellFormed is String.prototype.isWellFormed of ECMA-262 section 22.1.3.9.
func (r *realm) isWellFormed(c goja.FunctionCall) goja.Value {
	for _, u := range wellFormed(units(r.thisText(c))) {
		if u.replaced {
			return r.vm.ToValue(false)
		}
	}
	return r.vm.ToValue(true)
}

// toWellFormed is String.prototype.toWellFormed of ECMA-262 section 22.1.3.31.
func (r *realm) toWellFormed(c goja.FunctionCall) goja.Value {
	list := wellFormed(units(r.thisText(c)))
	out := make([]uint16, len(list))
	for i, u := range list {
		out[i] = u.unit
	}
	return goja.StringFromUTF16(out)
}

type wellFormedUnit struct {
	unit     uint16
	replaced bool
}

func wellFormed(in []uint16) []wellFormedUnit {
	out := make([]wellFormedUnit, len(in))
	for i, u := range in {
		lead := utf16.IsSurrogate(rune(u)) && u < 0xDC00
		trail := utf16.IsSurrogate(rune(u)) && !lead
		paired := lead && i+1 < len(in) && in[i+1]>>10 == 0xDC00>>10 || trail && i > 0 && in[i-1]>>10 == 0xD800>>10
		out[i] = wellFormedUnit{unit: u}
		if (lead || trail) && !paired {
			out[i] = wellFormedUnit{unit: 0xFFFD, replaced: true}
		}
	}
	return out
}

// collation is the order of ASCII in the root collation of CLDR, which V8 takes for en-US: each letter's lower case
// stands for both. The other control characters are ignored.
const collation = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

// localeCompare is String.prototype.localeCompare with one argument, for ASCII.
func (r *realm) localeCompare(c goja.FunctionCall) goja.Value {
	a := r.thisText(c)
	b := r.text16(c.Argument(0))
	if len(c.Arguments) > 1 && !goja.IsUndefined(c.Argument(1)) {
		panic(unavailable("localeCompare with a locale"))
	}
	if a.SameAs(b) {
		return r.vm.ToValue(0)
	}
	x, ok := ascii(a)
	y, ok2 := ascii(b)
	if !ok || !ok2 {
		panic(unavailable("localeCompare of text that isn't ASCII"))
	}
	return r.vm.ToValue(collate(x, y))
}

func collate(a, b string) int {
	a, b = collated(a), collated(b)
	x, y := strings.ToLower(a), strings.ToLower(b)
	for i := range max(len(x), len(y)) {
		v, w := -1, -1
		if i < len(x) {
			v = strings.IndexByte(collation, x[i])
		}
		if i < len(y) {
			w = strings.IndexByte(collation, y[i])
		}
		if v != w {
			return sign(v - w)
		}
	}
	for i := range len(a) {
		if a[i] != b[i] { // lower case comes first
			return sign(int(b[i]) - int(a[i]))
		}
	}
	return 0
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

func collated(s string) string {
	return strings.Map(func(c rune) rune {
		if c == 0x7F || c < ' ' && (c < '\t' || c > '\r') {
			return -1
		}
		return c
	}, s)
}
