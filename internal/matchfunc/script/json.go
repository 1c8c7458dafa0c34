package script

import (
	"slices"

	"github.com/dop251/goja"
)

// setUpJSON bounds what JSON reads and writes.
func (r *realm) setUpJSON() {
	json := r.intrinsic("JSON")
	r.wrap(json, "parse", func(r *realm, c goja.FunctionCall) {
		if s, ok := c.Argument(0).(goja.String); ok {
			r.checkJSON(s)
		}
	})
	r.wrap(json, "stringify", func(r *realm, c goja.FunctionCall) {
		r.countJSON(c.Argument(0), nil, new(int))
	})
}

// checkJSON bounds a text's nesting, and refuses halves of surrogate pairs, which goja's reader takes for U+FFFD.
func (r *realm) checkJSON(s goja.String) {
	r.limitText(s.Length())
	depth, inString := 0, false
	for i := 0; i < s.Length(); i++ {
		c := s.CharAt(i)
		switch {
		case c >= 0xD800 && c < 0xE000:
			if c >= 0xDC00 || i+1 == s.Length() || s.CharAt(i+1)>>10 != 0xDC00>>10 {
				panic(unavailable("JSON with half a surrogate pair"))
			}
			i++
		case inString && c == '\\' && i+2 < s.Length() && s.CharAt(i+1) == 'u' && s.CharAt(i+2)|0x20 == 'd':
			panic(unavailable("JSON with escaped surrogates"))
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case (c == 'e' || c == 'E') && digits(s, i+1) > 2, digits(s, i) > 300:
			panic(unavailable("JSON with such a large number"))
		case c == '[' || c == '{':
			if depth++; depth > maxNest {
				panic(&stop{kind: Depth, message: "JSON nests too deep"})
			}
		case c == ']' || c == '}':
			depth--
		}
	}
}

// digits counts the digits, and the signs, that stand at i.
func digits(s goja.String, i int) int {
	n := 0
	for ; i+n < s.Length(); n++ {
		if c := s.CharAt(i + n); (c < '0' || c > '9') && c != '+' && c != '-' {
			break
		}
	}
	return n
}

// countJSON bounds what is to be written. What holds itself is left to stringify, which throws a TypeError, unless a
// replacer or toJSON has it written otherwise.
func (r *realm) countJSON(v goja.Value, within []*goja.Object, total *int) {
	*total += textLen(v) + 8
	r.limitText(*total)
	o, ok := v.(*goja.Object)
	if !ok || slices.Contains(within, o) {
		return
	}
	if len(within) > maxNest {
		panic(&stop{kind: Depth, message: "JSON nests too deep"})
	}
	within = append(within, o)
	switch o.ClassName() {
	case "Array":
		for i := range r.length(o) {
			r.countJSON(o.Get(itoa(i)), within, total)
		}
	case "Object":
		for _, key := range o.Keys() {
			*total += len(key)
			r.countJSON(o.Get(key), within, total)
		}
	}
}
