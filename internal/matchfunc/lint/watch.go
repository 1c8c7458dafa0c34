package lint

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Expr notes what is known of an expression's value, and warns of what is wrong in it.
func (l *linter) Expr(n ast.Expression, k native.Known) any {
	return l.note(n, k, func() value {
		v := l.value(n, k)
		if k.Text != nil && v.words == nil {
			v.words = []string{*k.Text}
		}
		if k.Failed {
			v.yes, v.no, v.some = fact(anything), fact(anything), fact(anything)
		}
		return v
	})
}

// Property notes what a pattern reads.
func (l *linter) Property(from any, name string, n ast.Expression, k native.Known) any {
	return l.note(n, k, func() value { return l.property(noted(from), name, n.Idx0()) })
}

// note keeps what look finds out about n. Where n is compiled for several calls, only what is said at all of them is.
func (l *linter) note(n ast.Expression, k native.Known, look func() value) *value {
	said := len(l.found)
	v := look().known(k)
	if v.at == 0 {
		v.at = n.Idx0()
	}
	for i := range l.found[said:] {
		l.found[said+i].of = n
	}
	if l.values[n] != nil {
		again := slices.Clone(l.found[said:])
		l.found = slices.DeleteFunc(l.found[:said], func(f finding) bool {
			return f.of == n && !slices.Contains(again, f)
		})
	}
	l.values[n] = &v
	return &v
}

// of is what was noted of an expression's value; of one that wasn't compiled, nothing.
func (l *linter) of(e ast.Expression) value {
	if v := l.values[e]; v != nil {
		return *v
	}
	return value{}
}

// Element notes what a callback is given.
func (l *linter) Element(of any, k native.Known) any {
	on := noted(of)
	v := value{label: on.each, letters: on.letters, wrong: on.wrong}
	for i, e := range on.literals {
		one := l.of(e)
		v.absent = cmp.Or(v.absent, one.absent)
		if i == 0 || v.words != nil && one.words != nil {
			v.words = append(v.words, one.words...)
		} else {
			v.words = nil
		}
	}
	v = v.known(k)
	return &v
}

// Default notes what may be the value's default.
func (l *linter) Default(k native.Known) any {
	v := marked(k)
	v.words, v.enum, v.letters, v.literals = nil, false, anyLetters, nil
	return &v
}

// Named gives a value that has no path one, so that it is known again.
func (l *linter) Named(name string, k native.Known) any {
	v := marked(k)
	if v.path == "" {
		l.bindings++
		v.path = "#" + strconv.Itoa(l.bindings)
		v = v.noted()
	}
	if v.label == "" {
		v.label = name
	}
	return &v
}

// noted is the value that a mark stands for.
func noted(mark any) value {
	if v, ok := mark.(*value); ok {
		return *v
	}
	return value{}
}

// marked is the value that was noted before: that of a name or in a pattern.
func marked(k native.Known) value {
	v := noted(k.Mark)
	if k.Mark == nil && k.Type == message.RequestSchema {
		v = requestValue()
	}
	return v.known(k)
}

// known is the value with what the compiler knows of it. One that was found wrong isn't judged again.
func (v value) known(k native.Known) value {
	v.kinds, v.typ, v.fn = k.Kinds, k.Type, k.Func
	if v.wrong {
		v.kinds = native.Everything
	}
	return v
}
