package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// The names that a text and a list have, to be suggested.
var (
	textNames = append([]string{"length"}, source.TextNames...)
	listNames = append([]string{"length"}, source.ListNames...)
)

// bracket is the reading of a property whose name is an expression.
func (l *linter) bracket(n *ast.BracketExpression) value {
	on := l.base(n.Left)
	if name, at, ok := written(n.Member); ok {
		return l.property(on, name, at)
	}
	return chain(on, value{letters: on.letters})
}

// written returns the name that an expression in brackets writes down.
func written(key ast.Expression) (name string, at file.Idx, ok bool) {
	switch k := key.(type) {
	case *ast.StringLiteral:
		return k.Value.String(), k.Idx, true
	case *ast.NumberLiteral:
		return k.Literal, k.Idx, true
	case *ast.UnaryExpression:
		if n, ok := k.Operand.(*ast.NumberLiteral); ok && k.Operator == token.MINUS {
			return "-" + n.Literal, k.Idx, true
		}
	}
	return "", 0, false
}

// property is what reading a property of v gives, whose name is known.
func (l *linter) property(v value, name string, at file.Idx) value {
	out := l.member(v, name, at)
	out.at = at
	return chain(v, out)
}

// chain carries along what the optional chain before knew.
func chain(before, v value) value {
	v.ended = before.ended
	v.wrong = v.wrong || before.wrong
	v.some = v.some.and(before.some)
	v.yes = v.yes.and(before.some)
	return v
}

func (l *linter) member(v value, name string, at file.Idx) value {
	if slices.Contains(source.ObjectNames, name) {
		return value{}
	}
	i, err := strconv.Atoi(name)
	index := err == nil && i >= 0
	switch {
	case v.is(native.Message) && v.typ != nil:
		return l.ofMessage(v, name, at)
	case v.is(native.Map):
		return entry(v, name)
	case v.is(list) && index:
		return elementAt(v, i)
	case v.is(list) && strings.HasPrefix(name, "-"):
		l.warn(at, "an index counts from 0: "+l.name(v)+"["+name+"] is always undefined; at("+name+") counts from "+
			"the end")
	case v.is(native.Array) && slices.Contains(source.MatchNames, name):
	case v.is(list):
		return l.oneOfNames(v, name, at, listNames)
	case v.isText() && err != nil && !(v.enum && slices.Contains(source.NumberNames, name)):
		return l.oneOfNames(v, name, at, textNames)
	case v.isText():
	case v.is(native.Number):
		return l.oneOfNames(v, name, at, source.NumberNames)
	case v.is(native.Boolean):
		return l.oneOfNames(v, name, at, nil)
	default:
		return value{path: below(v.path, "."+name)}
	}
	return value{}
}

func (l *linter) ofMessage(v value, name string, at file.Idx) value {
	if field := v.typ.Field(name); field != nil {
		return fieldOf(v, field)
	}
	if name == message.MessageTypeKey && v.typ.Field("requestUri") != nil {
		return messageType(v)
	}
	var names []string
	for _, field := range v.typ.Fields {
		names = append(names, field.Name)
	}
	return l.oneOfNames(v, name, at, names)
}

// oneOfNames warns of a property that v doesn't have.
func (l *linter) oneOfNames(v value, name string, at file.Idx, has []string) value {
	if slices.Contains(has, name) {
		return value{}
	}
	what := l.name(v)
	if kind := kindName(v); !v.is(native.Message) && v.label != "" {
		what += ", " + kind + ","
	}
	l.warn(at, what+" has no "+strconv.Quote(name)+didYouMean(name, has))
	l.wrong = true
	return value{wrong: true}
}

// name is how a warning calls a value.
func (l *linter) name(v value) string {
	if v.label != "" {
		return v.label
	}
	if v.is(native.Message) && v.typ != nil {
		return "a " + v.typ.Name
	}
	return kindName(v)
}

func kindName(v value) string {
	for _, k := range []struct {
		kinds native.Kinds
		name  string
	}{
		{native.Undefined, "undefined"}, {native.Null, "null"}, {native.Boolean, "a boolean"},
		{native.Number, "a number"}, {native.Text, "a string"}, {list, "a list"}, {native.Function, "a function"},
		{nullish, "null or undefined"},
	} {
		if v.kinds&^k.kinds == 0 && v.kinds&k.kinds != 0 || v.is(k.kinds) {
			return k.name
		}
	}
	if v.enum {
		return "a string"
	}
	return "an object"
}
