package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// called is a call of a method.
type called struct {
	on   value
	name string
	args []value
	node *ast.CallExpression
}

func (l *linter) call(n *ast.CallExpression) value {
	var args []value
	for _, a := range n.ArgumentList {
		args = append(args, l.of(a))
	}
	dot, ok := n.Callee.(*ast.DotExpression)
	if !ok {
		return l.function(n.Callee, args)
	}
	if id, ok := dot.Left.(*ast.Identifier); ok {
		if _, known := l.values[id]; !known {
			return l.static(id.Name.String(), dot.Identifier.Name.String(), args)
		}
	}
	c := called{on: l.base(dot.Left), name: dot.Identifier.Name.String(), node: n, args: args}
	c.on.wrong = c.on.wrong || l.member(c.on, c.name, dot.Identifier.Idx).wrong
	out := l.method(c)
	out.at, out.label = dot.Identifier.Idx, below(c.on.label, "."+c.name+"(…)")
	arguments := l.src.Text[source.Offset(n.LeftParenthesis):source.Offset(n.RightParenthesis)]
	out.path = below(c.on.path, "."+c.name+arguments)
	return chain(c.on, out.noted())
}

// function is a call of something else than a method.
func (l *linter) function(callee ast.Expression, args []value) value {
	if _, known := l.values[callee]; known { // one of the rule's own may be the test that makes what follows safe
		out := unclear()
		out.wrong = l.wrong // what it gives may come from what isn't there
		return out
	}
	if id, ok := callee.(*ast.Identifier); ok && id.Name == "Boolean" && len(args) == 1 {
		return value{yes: args[0].yes, no: args[0].no}
	}
	return askedOf(args...)
}

// static is a call of a function of a global object.
func (l *linter) static(object, name string, args []value) value {
	if (object == "Object" || object == "Reflect") && len(args) > 0 {
		if slices.Contains(writers, name) {
			l.store(args[0], "", args[0].at)
		}
		return unclear()
	}
	return askedOf(args...)
}

// method is what a method returns.
func (l *linter) method(c called) value {
	switch {
	case c.on.is(list):
		return l.listMethod(c)
	case c.on.isText():
		return l.textMethod(c)
	case c.name == "hasOwnProperty":
		return value{yes: fact(anything), no: fact(anything)}
	}
	return askedOf(c.args...)
}

// finds reports whether a method of lists gives an element.
func finds(method string) bool { return slices.Contains([]string{"find", "findLast", "at"}, method) }

func (l *linter) listMethod(c called) (out value) {
	if slices.Contains(mutators, c.name) {
		l.store(c.on, "", c.node.Callee.Idx0())
	}
	switch c.name {
	case "find", "findLast", "at", "pop", "shift":
		out.letters = c.on.letters
		if c.on.is(native.List) {
			out.absent, out.within = "no element may fit", c.on.path
		}
	case "map", "flatMap", "reduce":
		out.wrong = l.wrong
	case "filter", "slice", "toSorted", "toReversed", "sort", "reverse":
		return value{each: c.on.each, letters: c.on.letters}
	case "some", "every", "includes", "indexOf", "lastIndexOf":
		l.oneOf(c)
		// Asking a list of the rule's own may be a test of anything: [req.message.contact, …].every(Boolean).
		if known := c.on.is(native.List) || c.on.some.has(anything); !known && !strings.HasSuffix(c.name, "ndexOf") {
			out.yes, out.no = fact(anything), fact(anything)
		}
		if c.name == "includes" && len(c.args) > 0 {
			out.yes = c.args[0].some
		}
	}
	return out
}

// oneOf compares the argument of includes and its like with the elements, where those are written down.
func (l *linter) oneOf(c called) {
	if len(c.args) == 0 || c.name == "some" || c.name == "every" {
		return
	}
	for _, e := range c.on.literals {
		switch e.(type) {
		case *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
			v := l.of(e)
			l.sameOrWarn(comparison{at: v.at, left: c.args[0], right: v, what: "this element is never found"})
		}
	}
}

var comparing = strings.Fields("includes startsWith endsWith indexOf lastIndexOf")

func (l *linter) textMethod(c called) value {
	if slices.Contains(comparing, c.name) && len(c.args) > 0 && len(c.args[0].words) == 1 {
		if want := c.args[0].words[0]; c.args[0].kinds == native.Text && !c.on.letters.allow(want) {
			l.warn(c.args[0].at, wrongCase(c.on, want))
		}
	}
	switch c.name {
	case "toLowerCase":
		return changedCase(c.on, noUpper, strings.ToLower)
	case "toUpperCase":
		return changedCase(c.on, noLower, strings.ToUpper)
	case "trim", "trimStart", "trimEnd", "split":
		return value{letters: c.on.letters}
	}
	return value{}
}

// changedCase is what toLowerCase or toUpperCase returns.
func changedCase(v value, to letters, change func(string) string) value {
	out := value{letters: to}
	for _, w := range v.words {
		if strconv.QuoteToASCII(w) != strconv.Quote(w) {
			return value{letters: to} // Go and JavaScript may differ
		}
		out.words = append(out.words, change(w))
	}
	return out
}
