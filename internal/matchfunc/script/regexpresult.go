package script

import (
	"github.com/dop251/goja"
)

// regexpResult makes the array of a match: RegExpBuiltinExec of ECMA-262 section 22.2.7.2, from step 22 on.
func (r *realm) regexpResult(c goja.FunctionCall) goja.Value {
	state, s, caps := r.regexp(c.Argument(0)), c.Argument(1).(goja.String), c.Argument(2).(*goja.Object)
	n := state.re.NumCaptures() + 1
	at := func(i int) int { return int(caps.Get(itoa(i)).ToInteger()) }
	items, indices := make([]any, n), make([]any, n)
	for i := range n {
		from, to := at(2*i), at(2*i+1)
		items[i], indices[i] = goja.Undefined(), goja.Undefined()
		if from >= 0 {
			items[i], indices[i] = s.Substring(from, to), r.vm.NewArray(from, to)
		}
	}
	out := r.vm.NewArray(items...)
	property(out, "index", r.vm.ToValue(at(0)))
	property(out, "input", s)
	property(out, "groups", r.groups(state, items))
	if hasFlag(state, 'd') {
		list := r.vm.NewArray(indices...)
		property(list, "groups", r.groups(state, indices))
		property(out, "indices", list)
	}
	return out
}

func hasFlag(s *regexpState, flag byte) bool {
	for _, c := range []byte(s.re.Flags()) {
		if c == flag {
			return true
		}
	}
	return false
}

func (r *realm) groups(state *regexpState, values []any) goja.Value {
	names := state.re.Names()
	if len(names) == 0 {
		return goja.Undefined()
	}
	out := r.vm.CreateObject(nil)
	for _, g := range names {
		v := values[g.Index].(goja.Value)
		if old := out.Get(g.Name); old != nil && goja.IsUndefined(v) {
			continue // of groups with one name, one took part at most
		}
		property(out, g.Name, v)
	}
	return out
}

func (r *realm) regexpSplit(c goja.FunctionCall) goja.Value {
	state, s := r.regexp(c.Argument(0)), c.Argument(1).(goja.String)
	limit := uint32(c.Argument(2).ToInteger())
	parts, err := state.re.Split(subject(s), min(limit, maxItems+1), r.budget())
	if err != nil {
		r.stopRegExp(err)
	}
	r.limitItems(len(parts))
	items := make([]any, len(parts))
	for i, p := range parts {
		items[i] = goja.Undefined()
		if p[0] >= 0 {
			items[i] = s.Substring(p[0], p[1])
		}
	}
	return r.vm.NewArray(items...)
}

// concat appends two strings to a third, within the limit on text.
func (r *realm) concat(c goja.FunctionCall) goja.Value {
	var b goja.StringBuilder
	n := 0
	for _, v := range c.Arguments {
		s := v.(goja.String)
		n += s.Length()
		r.limitText(n)
		b.WriteString(s)
	}
	return b.String()
}

func (r *realm) items(c goja.FunctionCall) goja.Value {
	r.limitItems(int(c.Argument(0).ToInteger()))
	return goja.Undefined()
}

// iterator and iteration keep the state of the iterators that matchAll returns.
func (r *realm) iterator(c goja.FunctionCall) goja.Value {
	state := r.vm.CreateObject(nil)
	for i, name := range []string{"matcher", "string", "global", "unicode"} {
		property(state, name, c.Argument(i+1))
	}
	property(state, "done", r.vm.ToValue(false))
	if r.iters == nil {
		r.iters = map[*goja.Object]goja.Value{}
	}
	r.iters[c.Argument(0).(*goja.Object)] = state
	return goja.Undefined()
}

func (r *realm) iteration(c goja.FunctionCall) goja.Value {
	if state := r.iters[c.Argument(0).(*goja.Object)]; state != nil {
		return state
	}
	return goja.Undefined()
}
