package script

import (
	_ "embed"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

//go:embed regexp.js
var regexpSource string

var regexpProgram = goja.MustCompile("regexp.js", regexpSource, true)

// regexpState is what a RegExp object is made of; goja's object is only its outside.
type regexpState struct {
	re     *esregexp.Regexp
	source goja.Value
	flags  goja.Value
}

// setUpRegExp puts a RegExp over package esregexp in the place of goja's.
func (r *realm) setUpRegExp() {
	vm := r.vm
	carrier := vm.GlobalObject().Get("RegExp").(*goja.Object)
	r.regexps = map[*goja.Object]*regexpState{}
	r.source = r.sourceGetter(carrier.Get("prototype").(*goja.Object))
	install, err := vm.RunProgram(regexpProgram)
	if err != nil {
		panic(err)
	}
	native := vm.NewObject()
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"is":        func(c goja.FunctionCall) goja.Value { return vm.ToValue(r.regexp(c.Argument(0)) != nil) },
		"source":    func(c goja.FunctionCall) goja.Value { return r.regexp(c.Argument(0)).source },
		"flags":     func(c goja.FunctionCall) goja.Value { return r.regexp(c.Argument(0)).flags },
		"init":      r.regexpInit,
		"match":     r.regexpMatch,
		"result":    r.regexpResult,
		"split":     r.regexpSplit,
		"concat":    r.concat,
		"items":     r.items,
		"iterator":  r.iterator,
		"iteration": r.iteration,
		"statics":   func(goja.FunctionCall) goja.Value { return vm.ToValue(r.program.needs.statics) },
		"abort":     func(c goja.FunctionCall) goja.Value { panic(unavailable(c.Argument(0).String())) },
	} {
		property(native, name, vm.ToValue(f))
	}
	setup := vm.ToValue(func(c goja.FunctionCall) goja.Value {
		hidden(vm.GlobalObject(), "RegExp", c.Argument(0))
		return goja.Undefined()
	})
	r.call(install, goja.Undefined(), native, carrier, setup)
	if r.program.needs.statics {
		r.setUpStatics()
	}
}

func unavailable(what string) *stop {
	return &stop{kind: Unavailable, message: what + " is not available in rules"}
}

// hidden defines a property as builtins are: writable and configurable, not enumerable.
func hidden(o *goja.Object, name string, v goja.Value) {
	if err := o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// regexp returns the state of a RegExp object, nil where v isn't one. A literal's state is found by the number that
// stands in the place of its pattern.
func (r *realm) regexp(v goja.Value) *regexpState {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "RegExp" {
		return nil
	}
	if s := r.regexps[o]; s != nil {
		return s
	}
	number := r.invoke(r.source, o).String()
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(r.program.needs.patterns) {
		return nil
	}
	p := r.program.needs.patterns[i]
	s := &regexpState{re: p.re, source: goja.StringFromUTF16(escapeUnits(utf16.Encode([]rune(p.source)))),
		flags: r.vm.ToValue(p.re.Flags())}
	r.regexps[o] = s
	return s
}

func (r *realm) sourceGetter(proto *goja.Object) goja.Callable {
	object := r.vm.GlobalObject().Get("Object").(*goja.Object)
	d := r.call(object.Get("getOwnPropertyDescriptor"), object, proto, r.vm.ToValue("source")).(*goja.Object)
	f, _ := goja.AssertFunction(d.Get("get"))
	return f
}

// regexpInit makes a new object a RegExp: RegExpInitialize of ECMA-262 section 22.2.3.3.
func (r *realm) regexpInit(c goja.FunctionCall) goja.Value {
	text, flags := units(c.Argument(1)), c.Argument(2).String()
	if len(text) > maxPattern {
		panic(&stop{kind: Memory, message: "a regular expression is longer than 4096 characters"})
	}
	re, err := esregexp.Compile(text, flags)
	var unsupported *esregexp.UnsupportedError
	if errors.As(err, &unsupported) {
		panic(&stop{kind: Unavailable, message: err.Error()})
	}
	if err != nil {
		ctor := r.vm.GlobalObject().Get("SyntaxError")
		e, newErr := r.vm.New(ctor, r.vm.ToValue(err.Error()))
		if newErr != nil {
			panic(newErr)
		}
		panic(e)
	}
	o := c.Argument(0).(*goja.Object)
	r.regexps[o] = &regexpState{re: re, source: goja.StringFromUTF16(escapeUnits(text)),
		flags: r.vm.ToValue(re.Flags())}
	return goja.Undefined()
}

// maxPattern is the longest pattern that a rule may compile while it runs.
const maxPattern = 4096

// escapeUnits is EscapeRegExpPattern of ECMA-262 section 22.2.6.13.1, as V8 has it.
func escapeUnits(text []uint16) []uint16 {
	if len(text) == 0 {
		return utf16.Encode([]rune("(?:)"))
	}
	var out []uint16
	class, escaped := false, false
	for _, c := range text {
		with := ""
		switch {
		case c == '\n':
			with = "n"
		case c == '\r':
			with = "r"
		case c == 0x2028:
			with = "u2028"
		case c == 0x2029:
			with = "u2029"
		case c == '/' && !class && !escaped:
			with = "/"
		}
		if with != "" {
			if !escaped {
				out = append(out, '\\')
			}
			for _, w := range with {
				out = append(out, uint16(w))
			}
		} else {
			out = append(out, c)
		}
		switch {
		case escaped:
			escaped = false
			continue
		case c == '\\':
			escaped = true
		case c == '[':
			class = true
		case c == ']':
			class = false
		}
	}
	return out
}

// regexpMatch returns the indices of a match and its groups, or null.
func (r *realm) regexpMatch(c goja.FunctionCall) goja.Value {
	s := r.regexp(c.Argument(0))
	caps := make([]int, 2*(s.re.NumCaptures()+1))
	ok, err := s.re.Match(subject(c.Argument(1)), int(c.Argument(2).ToInteger()), caps, r.budget())
	if err != nil {
		r.stopRegExp(err)
	}
	if !ok {
		return goja.Null()
	}
	if r.program.needs.statics {
		r.last = lastMatch{c.Argument(1).(goja.String), caps}
	}
	items := make([]any, len(caps))
	for i, n := range caps {
		items[i] = n
	}
	return r.vm.NewArray(items...)
}

// budget lets a match go on as long as the evaluation may.
func (r *realm) budget() *esregexp.Budget {
	return &esregexp.Budget{Steps: math.MaxInt64, Interrupt: func() bool { return r.watch.reason.Load() != nil }}
}

// stopRegExp ends the evaluation within a regular expression.
func (r *realm) stopRegExp(err error) {
	r.limitTime()
	panic(&stop{kind: Timeout, message: "a regular expression took too long: " + err.Error()})
}

func subject(v goja.Value) esregexp.Subject {
	s := v.(goja.String)
	if text, ok := ascii(s); ok {
		return esregexp.ASCII(text)
	}
	return esregexp.UTF16(units(s))
}

// units returns a string's UTF-16 code units.
func units(v goja.Value) []uint16 {
	s := v.(goja.String)
	out := make([]uint16, s.Length())
	for i := range out {
		out[i] = s.CharAt(i)
	}
	return out
}

// ascii returns the text of a string that has only ASCII characters.
func ascii(s goja.String) (string, bool) {
	if text, ok := s.Export().(string); ok && len(text) == s.Length() && isASCII(text) {
		return text, true
	}
	return "", false
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
