package script

import (
	_ "embed"
	"math"
	"strings"

	"github.com/dop251/goja"
)

//go:embed date.js
var dateSource string

var dateProgram = goja.MustCompile("date.js", dateSource, true)

// localSetters write a date in the zone of the process.
var localSetters = strings.Fields("setDate setFullYear setHours setMilliseconds setMinutes setMonth setSeconds")

// setUpDate keeps a rule from the text of a date, too, which it may ask for without naming toString: as a key, by join
// or by a variable that is put in a text.
func (r *realm) setUpDate(n *needs) {
	proto := r.intrinsic("Date.prototype")
	if !n.has("toString") {
		r.trap(proto, "toString")
	}
	install, err := r.vm.RunProgram(dateProgram)
	if err != nil {
		panic(err)
	}
	abort := r.vm.ToValue(func(goja.FunctionCall) goja.Value {
		panic(unavailable("a date in another form than 2006-01-02 or 2006-01-02T15:04:05Z"))
	})
	set := r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		hidden(r.vm.GlobalObject(), "Date", c.Argument(0))
		return goja.Undefined()
	})
	var setters []any
	for _, name := range localSetters {
		if n.has(name) {
			setters = append(setters, name)
		}
	}
	r.call(install, goja.Undefined(), r.intrinsic("Date"), abort, set, r.vm.NewArray(setters...))
	r.amend(proto, "getTimezoneOffset", wholeMinutes)
	r.amend(proto, "toISOString", wideYear)
}

// amend has what a builtin returns put right.
func (r *realm) amend(o *goja.Object, name string, f func(*realm, goja.Value) goja.Value) {
	original, _ := goja.AssertFunction(o.Get(name))
	r.replace(o, name, func(c goja.FunctionCall) goja.Value {
		return f(r, r.invoke(original, c.This, c.Arguments...))
	})
}

// wholeMinutes is the offset that V8 has of times before standard time, which differ from UTC by seconds, too.
func wholeMinutes(r *realm, v goja.Value) goja.Value { return r.vm.ToValue(math.Trunc(v.ToFloat())) }

// wideYear writes a year before 0 or after 9999 with six digits (ECMA-262 section 21.4.1.32.1), of which goja writes as
// many as there are.
func wideYear(r *realm, v goja.Value) goja.Value {
	text := v.String()
	if year, rest, ok := strings.Cut(text[1:], "-"); ok && strings.Contains("+-", text[:1]) && len(year) < 6 {
		return r.vm.ToValue(text[:1] + strings.Repeat("0", 6-len(year)) + year + "-" + rest)
	}
	return v
}
