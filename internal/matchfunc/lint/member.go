package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// The names that a text and a list have, to be suggested.
var (
	textNames = append([]string{"length"}, source.TextNames...)
	listNames = append([]string{"length"}, source.ListNames...)
)

// base evaluates what a property is read from and makes sure that it is there.
func (l *linter) base(e ast.Expression, f facts) value {
	o, optional := e.(*ast.Optional)
	if !optional {
		v := l.eval(e, f)
		l.mustBeThere(v, f)
		return v
	}
	v := l.eval(o.Expression, f)
	if v.kinds&nullish != 0 {
		v.short, v.label = true, v.label+"?"
		if !f.has(v.path) {
			v.chained = v.absent
		}
	}
	v.absent = ""
	return v
}

// mustBeThere warns of v being read from although messages may lack it.
func (l *linter) mustBeThere(v value, f facts) {
	missing := v.absent != "" && v.kinds&nullish != 0
	if !missing || l.lenient > 0 || f.has(v.path) || l.reported[v.label] {
		return
	}
	l.reported[v.label] = true
	nothing := "null"
	if v.kinds&null == 0 {
		nothing = "undefined"
	}
	l.warn(v.at, v.label+" may be "+nothing+": "+v.absent+"; test it first, or read from it with ?.")
}

// property reads a property whose name is an expression.
func (l *linter) property(v value, key ast.Expression, f facts) value {
	switch k := key.(type) {
	case *ast.StringLiteral:
		return l.member(v, k.Value.String(), k.Idx, f)
	case *ast.NumberLiteral:
		return l.member(v, k.Literal, k.Idx, f)
	case *ast.UnaryExpression:
		if n, ok := k.Operand.(*ast.NumberLiteral); ok && k.Operator == token.MINUS {
			return l.member(v, "-"+n.Literal, k.Idx, f)
		}
	}
	l.eval(key, f)
	switch {
	case v.is(list):
		out := v.element()
		out.kinds |= undefined
		out.short, out.chained = v.short, v.chained
		return out
	case v.is(dict), v.isText():
		return l.chain(v, of(text|undefined|callable|number))
	}
	return l.chain(v, unknown())
}

// member reads a property whose name is known.
func (l *linter) member(v value, name string, at file.Idx, f facts) value {
	out := l.plainMember(v, name, at)
	out.at = at
	out = l.chain(v, out)
	if name == "length" && v.path != "" {
		l.asked[v.path] = true
	}
	if l.asked[v.path] && (v.is(list) || v.is(dict)) {
		out.absent = ""
	}
	return out
}

// chain carries along what the optional chain before knew.
func (l *linter) chain(before, v value) value {
	v.short, v.chained = before.short, before.chained
	v.some = v.some.and(before.some)
	v.yes = v.yes.and(before.some)
	return v
}

func (l *linter) plainMember(v value, name string, at file.Idx) value {
	if slices.Contains(source.ObjectNames, name) {
		return unknown()
	}
	switch {
	case v.is(record) && v.typ != nil:
		return l.recordMember(v, name, at)
	case v.is(dict):
		return entry(v, name)
	case v.is(list):
		return l.listMember(v, name, at)
	case v.isText():
		return l.textMember(v, name, at)
	case v.is(number), v.is(boolean):
		if !v.is(number) || !slices.Contains(source.NumberNames, name) {
			l.missing(v, name, at, source.NumberNames)
		}
	}
	return value{kinds: everything, path: below(v.path, "."+name)}
}

func (l *linter) recordMember(v value, name string, at file.Idx) value {
	if field := v.typ.Field(name); field != nil {
		return fieldValue(v, field)
	}
	if name == message.MessageTypeKey && v.typ.Field("requestUri") != nil {
		return messageType(v)
	}
	var names []string
	for _, field := range v.typ.Fields {
		names = append(names, field.Name)
	}
	l.missing(v, name, at, names)
	return unknown()
}

func (l *linter) listMember(v value, name string, at file.Idx) value {
	if i, err := strconv.Atoi(name); err == nil && i >= 0 {
		return elementAt(v, i)
	}
	switch {
	case name == "length":
		return of(number)
	case slices.Contains(listNames, name):
		return unknown()
	case strings.HasPrefix(name, "-"):
		l.warn(at, "an index counts from 0: "+l.name(v)+"["+name+"] is always undefined; at("+name+") counts from "+
			"the end")
		return of(undefined)
	}
	l.missing(v, name, at, listNames)
	return unknown()
}

func (l *linter) textMember(v value, name string, at file.Idx) value {
	switch _, err := strconv.Atoi(name); {
	case err == nil:
		return of(text | undefined)
	case name == "length":
		return of(number)
	case v.enum != nil && slices.Contains(source.NumberNames, name):
	case !slices.Contains(textNames, name):
		l.missing(v, name, at, textNames)
	}
	return unknown()
}

// missing warns of a property that v doesn't have.
func (l *linter) missing(v value, name string, at file.Idx, has []string) {
	what := l.name(v)
	if kind := kindName(v); !v.is(record) && v.label != "" {
		what += ", " + kind + ","
	}
	l.warn(at, what+" has no "+strconv.Quote(name)+didYouMean(name, has))
}

// name is how a warning calls a value.
func (l *linter) name(v value) string {
	if v.label != "" {
		return v.label
	}
	if v.is(record) && v.typ != nil {
		return "a " + v.typ.Name
	}
	return kindName(v)
}

func kindName(v value) string {
	for _, k := range []struct {
		kinds kinds
		name  string
	}{
		{undefined, "undefined"}, {null, "null"}, {boolean, "a boolean"}, {number, "a number"}, {text, "a string"},
		{list, "a list"}, {callable, "a function"}, {null | undefined, "null or undefined"},
	} {
		if v.kinds == k.kinds || v.kinds&^nullish == k.kinds {
			return k.name
		}
	}
	if v.enum != nil {
		return "a string"
	}
	return "an object"
}
