package script

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/dop251/goja"
)

// What a single builtin may make or walk through. A builtin can't be interrupted, so what one call can do is bounded.
const (
	maxText  = 1 << 20 // characters of a string
	maxItems = 1 << 16 // elements of an array; V8 takes about twice as many arguments
	maxNest  = 200     // lists within lists
)

func itoa(i int) string { return strconv.Itoa(i) }

func (r *realm) limitText(n int) {
	if n > maxText {
		panic(&stop{kind: Memory, message: "the rule made a string of more than 1048576 characters"})
	}
}

// limitTime ends the evaluation when its time is up, in loops that goja can't interrupt.
func (r *realm) limitTime() {
	if why := r.watch.reason.Load(); why != nil {
		panic(why)
	}
}

func (r *realm) limitItems(n int) {
	if n > maxItems {
		panic(&stop{kind: Memory, message: "the rule made a list of more than 65536 elements"})
	}
}

// guard stops a call of a builtin that would take too long or too much.
type guard func(r *realm, c goja.FunctionCall)

var textGuards = map[string]guard{
	"repeat": func(r *realm, c goja.FunctionCall) {
		r.limitText(textLen(c.This) * max(0, min(number(c, 0), maxText+1)))
	},
	"padStart": func(r *realm, c goja.FunctionCall) { r.limitText(number(c, 0)) },
	"padEnd":   func(r *realm, c goja.FunctionCall) { r.limitText(number(c, 0)) },
	"concat": func(r *realm, c goja.FunctionCall) {
		n := textLen(c.This)
		for _, a := range c.Arguments {
			n += textLen(a)
		}
		r.limitText(n)
	},
	"normalize":   wholePairs,
	"toLowerCase": wholePairs,
	"toUpperCase": wholePairs,
	"trim":        wholePairs,
	"trimStart":   wholePairs,
	"trimEnd":     wholePairs,
	"split": func(r *realm, c goja.FunctionCall) {
		if sep, ok := c.Argument(0).(goja.String); ok {
			r.limitItems(min(occurrences(c.This, sep), limitOf(c.Argument(1))))
		}
	},
	"indexOf":     search,
	"lastIndexOf": search,
	"includes":    search,
}

// wholePairs stops where goja would take half a surrogate pair for U+FFFD.
func wholePairs(r *realm, c goja.FunctionCall) {
	s, ok := c.This.(goja.String)
	if !ok {
		return
	}
	r.limitText(s.Length() / 4)
	if _, plain := ascii(s); plain {
		return
	}
	r.limitText(s.Length() * 4) // goja takes its time for these, and more than once
	text := units(s)
	for _, u := range wellFormed(text) {
		if u.replaced {
			panic(unavailable("this method on text with half a surrogate pair"))
		}
	}
	for _, c := range utf16.Decode(text) {
		if unicode.Is(newer, c) {
			panic(unavailable("this method on characters of Unicode 16 and later"))
		}
	}
}

// newer are the characters whose case or normal forms Node 20 doesn't know, because Unicode 16 or 17 added them.
var newer = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x019B, Hi: 0x019B, Stride: 1}, {Lo: 0x0264, Hi: 0x0264, Stride: 1}, {Lo: 0x1C89, Hi: 0x1C8A, Stride: 1},
		{Lo: 0xA7CB, Hi: 0xA7CF, Stride: 1}, {Lo: 0xA7D2, Hi: 0xA7D5, Stride: 1}, {Lo: 0xA7DA, Hi: 0xA7DC, Stride: 1},
		{Lo: 0xA7F1, Hi: 0xA7F1, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x105C0, Hi: 0x105FF, Stride: 1}, {Lo: 0x10D40, Hi: 0x10D8F, Stride: 1},
		{Lo: 0x11380, Hi: 0x113FF, Stride: 1},
		{Lo: 0x16100, Hi: 0x1613F, Stride: 1}, {Lo: 0x16D40, Hi: 0x16D7F, Stride: 1},
		{Lo: 0x16EA0, Hi: 0x16EDF, Stride: 1},
		{Lo: 0x1CC00, Hi: 0x1CCFF, Stride: 1},
	},
}

// int32Of is what ToInt32 makes of numbers beyond 64 bits, which goja takes for 0. Others it leaves alone.
func (r *realm) int32Of(c goja.FunctionCall) goja.Value {
	v := c.Argument(0)
	if !goja.IsNumber(v) {
		return v
	}
	n := v.ToFloat()
	if math.Abs(n) < 1<<62 || math.IsInf(n, 0) || math.IsNaN(n) {
		return v
	}
	return r.vm.ToValue(math.Mod(math.Trunc(n), 1<<32))
}

func smallNumbers(_ *realm, c goja.FunctionCall) {
	for _, v := range c.Arguments {
		if goja.IsNumber(v) && math.Abs(v.ToFloat()) >= 1<<62 && !math.IsInf(v.ToFloat(), 0) {
			panic(unavailable("this function of such a large number"))
		}
	}
}

// search bounds the naive search that goja makes in strings that aren't ASCII.
func search(r *realm, c goja.FunctionCall) {
	if n := textLen(c.This) * textLen(c.Argument(0)); n > 1<<27 {
		panic(&stop{kind: Timeout, message: "the rule searches for a long string in a long string"})
	}
}

func limitOf(v goja.Value) int {
	if goja.IsNumber(v) {
		return int(uint32(v.ToInteger()))
	}
	return maxItems + 1
}

// textLen returns a string's length, and of other values nothing: their text is short, or limited where it is made.
func textLen(v goja.Value) int {
	if s, ok := v.(goja.String); ok {
		return s.Length()
	}
	return 0
}

func occurrences(in goja.Value, of goja.String) int {
	s, ok := in.(goja.String)
	switch {
	case !ok:
		return 0
	case of.Length() == 0:
		return s.Length()
	}
	return strings.Count(s.String(), of.String())
}

func number(c goja.FunctionCall, i int) int {
	if v := c.Argument(i); goja.IsNumber(v) {
		return int(max(-1, min(v.ToInteger(), maxText*2)))
	}
	if _, ok := c.Argument(i).(*goja.Object); ok {
		panic(unavailable("a length that isn't a number"))
	}
	return 0
}

// listNames are the methods of arrays that walk through all that length says.
var listNames = strings.Fields("concat copyWithin every fill filter find findIndex findLast findLastIndex flat " +
	"flatMap forEach includes " +
	"indexOf join lastIndexOf map reduce reduceRight reverse shift slice some sort splice toReversed toSorted " +
	"toSpliced unshift values " +
	"with push pop keys entries")

func (r *realm) limitLength(v goja.Value) {
	o, ok := v.(*goja.Object)
	if !ok {
		return
	}
	if n := o.Get("length"); n != nil && goja.IsNumber(n) {
		r.limitItems(int(min(n.ToInteger(), maxItems+1)))
	}
}

func listGuard(r *realm, c goja.FunctionCall) {
	r.limitLength(c.This)
	for _, a := range c.Arguments {
		if o, ok := a.(*goja.Object); ok && o.ClassName() == "Array" {
			r.limitLength(a)
		}
	}
}

// wrap puts a guard before a builtin.
func (r *realm) wrap(o *goja.Object, name string, g guard) {
	original, ok := goja.AssertFunction(o.Get(name))
	if !ok {
		return
	}
	r.replace(o, name, func(c goja.FunctionCall) goja.Value {
		g(r, c)
		return r.invoke(original, c.This, c.Arguments...)
	})
}

// replace puts a function in the place of a builtin, with its name and length.
func (r *realm) replace(o *goja.Object, name string, f func(goja.FunctionCall) goja.Value) {
	fn := r.vm.ToValue(f).(*goja.Object)
	length := r.vm.ToValue(0)
	if old, ok := o.Get(name).(*goja.Object); ok {
		length = old.Get("length")
	}
	fixed(fn, "name", r.vm.ToValue(name))
	fixed(fn, "length", length)
	hidden(o, name, fn)
}

// fixed defines a property as functions have their name.
func fixed(o *goja.Object, name string, v goja.Value) {
	if err := o.DefineDataProperty(name, v, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// trap makes the reading of a property end the evaluation.
func (r *realm) trap(o *goja.Object, name string) {
	get := r.vm.ToValue(func(goja.FunctionCall) goja.Value { panic(unavailable(name)) })
	if err := o.DefineAccessorProperty(name, get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}
