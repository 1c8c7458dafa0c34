package script

import (
	"strings"

	"github.com/dop251/goja"
)

// generatorProgram yields the prototype of generator functions, whose constructor makes functions from text.
var generatorProgram = goja.MustCompile("", "Object.getPrototypeOf(function* () {})", true)

// extra are properties that goja has and V8 of Node 20 hasn't.
var extra = map[string][]string{
	"Set.prototype": {"difference", "intersection", "isDisjointFrom", "isSubsetOf", "isSupersetOf",
		"symmetricDifference", "union"},
	"Error":            {"isError"},
	"JSON":             {"isRawJSON", "rawJSON"},
	"BigInt.prototype": {"length", "name"},
}

// missing are properties that V8 has and goja hasn't, or has with other results, and that rules do without.
var missing = map[string][]string{
	"String.prototype": strings.Fields("anchor big blink bold fixed fontcolor fontsize italics link small strike " +
		"sub sup " +
		"toLocaleLowerCase toLocaleUpperCase"),
	"Number.prototype": {"toLocaleString"},
	"BigInt.prototype": {"toLocaleString"},
	"BigInt":           {"asIntN", "asUintN"},
	"Array.prototype":  {"toLocaleString"},
	"Object.prototype": {"toLocaleString"},
	"Error":            {"captureStackTrace", "stackTraceLimit"},
	"Date.prototype": strings.Fields("getYear setYear toGMTString toString toTimeString toLocaleString " +
		"toLocaleDateString " +
		"toLocaleTimeString"),
	"Math": strings.Fields("acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p " +
		"log2 sin sinh " +
		"tan tanh"),
}

// setUp installs what the rule needs. It runs before the rule's own code, in a realm that nobody has touched.
func (r *realm) setUp() {
	n := &r.program.needs
	array := r.intrinsic("Array.prototype")
	r.replace(array, "join", r.join)
	if n.names["GoError"] {
		_ = r.vm.GlobalObject().Delete("GoError")
	}
	r.setUpNames(n)
	if n.usesRegExp() {
		r.setUpRegExp()
	} else if n.dynamic {
		for _, name := range []string{"match", "matchAll", "search", "replaceAll"} {
			r.trap(r.intrinsic("String.prototype"), name)
		}
	}
	if r.program.traced {
		r.setUpNotes()
	}
	if r.program.accounts {
		hidden(r.vm.GlobalObject(), madeName, r.vm.ToValue(r.made))
	}
	if n.equals {
		hidden(r.vm.GlobalObject(), equalsName, r.vm.ToValue(r.looseEquals))
	}
	if n.bits {
		hidden(r.vm.GlobalObject(), int32Name, r.vm.ToValue(r.int32Of))
	}
	if n.powers {
		hidden(r.vm.GlobalObject(), exponentName, r.vm.ToValue(r.exponent))
	}
	r.setUpNumbers(n)
	r.setUpText(n)
	r.setUpLists(n, array)
	r.readNumbers(n) // above the others' guards, which look at numbers
	if n.names["JSON"] {
		r.setUpJSON()
	}
	if n.names["Date"] {
		r.setUpDate(n)
	}
}

// intrinsic returns an object of the realm by its path.
func (r *realm) intrinsic(path string) *goja.Object {
	o := r.vm.GlobalObject()
	for _, name := range strings.Split(path, ".") {
		o = o.Get(name).(*goja.Object)
	}
	return o
}

func (r *realm) setUpNames(n *needs) {
	for path, names := range extra {
		for _, name := range names {
			if n.has(name) {
				_ = r.intrinsic(path).Delete(name)
			}
		}
	}
	for path, names := range missing {
		for _, name := range names {
			if n.has(name) {
				r.trap(r.intrinsic(path), name)
			}
		}
	}
}

func (r *realm) setUpNumbers(n *needs) {
	if n.has("toString") {
		proto := r.intrinsic("Number.prototype")
		original, _ := goja.AssertFunction(proto.Get("toString"))
		r.replace(proto, "toString", r.numberToString(original))
	}
	if n.has("parseInt") {
		global, number := r.vm.GlobalObject(), r.intrinsic("Number")
		original, _ := goja.AssertFunction(global.Get("parseInt"))
		r.replace(global, "parseInt", r.parseInt(original))
		hidden(number, "parseInt", global.Get("parseInt"))
	}
	if n.has("pow") {
		r.replace(r.intrinsic("Math"), "pow", r.power)
	}
	for _, name := range []string{"clz32", "imul"} {
		if n.has(name) {
			r.wrap(r.intrinsic("Math"), name, smallNumbers)
		}
	}
	if n.names["BigInt"] || n.bigInt {
		r.guardBigInt()
	}
	if n.has("constructor") {
		r.trap(r.intrinsic("Function.prototype"), "constructor")
	}
	if n.generators {
		proto, err := r.vm.RunProgram(generatorProgram)
		if err != nil {
			panic(err)
		}
		r.trap(proto.(*goja.Object), "constructor")
	}
}

// maxDigits is the longest text that BigInt takes: reading one costs the square of its length.
const maxDigits = 1000

func (r *realm) guardBigInt() {
	global := r.vm.GlobalObject()
	original := r.intrinsic("BigInt")
	proto := original.Get("prototype")
	r.wrap(global, "BigInt", func(_ *realm, c goja.FunctionCall) {
		if _, ok := c.Argument(0).(*goja.Object); ok {
			panic(unavailable("BigInt of an object"))
		}
		if textLen(c.Argument(0)) > maxDigits {
			panic(&stop{kind: Memory, message: "the rule made a BigInt of more than 1000 digits"})
		}
	})
	fn := r.intrinsic("BigInt")
	if err := fn.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	for _, name := range missing["BigInt"] {
		r.trap(fn, name)
	}
	hidden(proto.(*goja.Object), "constructor", fn)
}

func (r *realm) setUpText(n *needs) {
	text := r.intrinsic("String.prototype")
	for name, g := range textGuards {
		if n.has(name) {
			r.wrap(text, name, g)
		}
	}
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"isWellFormed": r.isWellFormed, "toWellFormed": r.toWellFormed, "localeCompare": r.localeCompare,
	} {
		if n.has(name) {
			r.replace(text, name, f)
		}
	}
	if n.iterates {
		r.guardTextIterator(text)
	}
	if n.has("fromCodePoint") || n.has("raw") {
		r.wrap(r.intrinsic("String"), "raw", func(r *realm, c goja.FunctionCall) {
			if o, ok := c.Argument(0).(*goja.Object); ok {
				r.limitLength(o.Get("raw"))
			}
		})
	}
}

// guardTextIterator bounds what a spread, a Set or a pattern takes from a string: it can't be interrupted while it
// does.
func (r *realm) guardTextIterator(text *goja.Object) {
	original, ok := goja.AssertFunction(text.GetSymbol(goja.SymIterator))
	if !ok {
		return
	}
	fn := r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		r.limitItems(textLen(c.This))
		return r.invoke(original, c.This)
	}).(*goja.Object)
	fixed(fn, "name", r.vm.ToValue("[Symbol.iterator]"))
	if err := text.DefineDataPropertySymbol(goja.SymIterator, fn, goja.FLAG_TRUE, goja.FLAG_TRUE,
		goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

func (r *realm) setUpLists(n *needs, array *goja.Object) {
	if n.has("sort") {
		r.replaceSort(array)
	}
	if n.has("flat") {
		r.wrap(array, "flat", func(r *realm, c goja.FunctionCall) { r.countNested(c.This, 0, new(int)) })
	}
	if n.sparse {
		for _, name := range listNames {
			if name != "join" {
				r.wrap(array, name, listGuard)
			}
		}
		if err := array.DefineDataPropertySymbol(goja.SymIterator, array.Get("values"), goja.FLAG_TRUE, goja.FLAG_TRUE,
			goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
	if n.has("from") {
		r.wrap(r.intrinsic("Array"), "from", func(r *realm, c goja.FunctionCall) { r.limitLength(c.Argument(0)) })
	}
	if n.has("fill") && !n.sparse {
		r.wrap(array, "fill", listGuard)
	}
	if n.has("apply") {
		r.wrap(r.intrinsic("Function.prototype"), "apply",
			func(r *realm, c goja.FunctionCall) { r.limitLength(c.Argument(1)) })
	}
	if n.names["Reflect"] {
		for name, i := range map[string]int{"apply": 2, "construct": 1} {
			r.wrap(r.intrinsic("Reflect"), name, func(r *realm, c goja.FunctionCall) { r.limitLength(c.Argument(i)) })
		}
	}
}
