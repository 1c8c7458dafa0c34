package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
)

// called is a call of a method.
type called struct {
	on   value
	name string
	args []value
	node *ast.CallExpression
}

func (l *linter) call(n *ast.CallExpression, f facts) value {
	callee, optional := n.Callee, false
	if o, ok := callee.(*ast.Optional); ok {
		callee, optional = o.Expression, true
	}
	dot, ok := callee.(*ast.DotExpression)
	if !ok {
		return l.plainCall(callee, n, f)
	}
	if id, ok := dot.Left.(*ast.Identifier); ok && (id.Name == "Object" || id.Name == "Reflect") {
		if _, bound := l.lookup(id.Name.String()); !bound {
			return l.builtin(dot.Identifier.Name.String(), n, f)
		}
	}
	on := l.base(dot.Left, f)
	l.member(on, dot.Identifier.Name.String(), dot.Identifier.Idx, f)
	c := called{on: on, name: dot.Identifier.Name.String(), node: n}
	c.args = l.callbacks(c, f)
	out := l.method(c)
	out.at, out.label = dot.Identifier.Idx, ""
	if on.label != "" {
		out.label = on.label + "." + c.name + "(…)"
	}
	out.path = below(on.path, "."+c.name+l.src.Text[int(n.LeftParenthesis)-2:int(n.RightParenthesis)-2])
	out = l.chain(on, out.noted())
	out.short = out.short || optional
	return out
}

// plainCall is a call of something else than a method.
func (l *linter) plainCall(callee ast.Expression, n *ast.CallExpression, f facts) value {
	fn := l.eval(callee, f)
	args := l.arguments(n.ArgumentList, f)
	id, ok := callee.(*ast.Identifier)
	if ok {
		_, bound := l.lookup(id.Name.String())
		if known, ok := globalCall(id.Name.String(), args); ok && !bound {
			return known
		}
		ok = !bound
	}
	out := unknown()
	if !ok { // a function of the rule's own may be the test that makes what follows safe
		out.yes, out.no, out.some = fact(anything), fact(anything), fact(anything)
	}
	out.short = fn.short
	return out
}

// askedOf is the value of a test of its operands by a function: either outcome may tell that they are there.
func askedOf(k kinds, operands ...value) value {
	out := of(k)
	for _, v := range operands {
		out.some = out.some.and(v.some)
	}
	out.yes, out.no = out.some, out.some
	return out
}

// globalCall is a call of a global function.
func globalCall(name string, args []value) (value, bool) {
	switch name {
	case "Number", "parseInt", "parseFloat":
		return askedOf(number, args...), true
	case "String":
		return askedOf(text, args...), true
	case "isNaN", "isFinite":
		return askedOf(boolean, args...), true
	case "Boolean":
		if len(args) == 1 {
			return value{kinds: boolean, yes: args[0].yes, no: args[0].no}, true
		}
		return of(boolean), true
	}
	return value{}, false
}

func (l *linter) arguments(list []ast.Expression, f facts) []value {
	var out []value
	for _, e := range list {
		out = append(out, l.eval(e, f))
	}
	return out
}

// callbacks evaluates the arguments of a call. A function that a list calls with its elements is evaluated with what is
// known of them, and stands for what it returns.
func (l *linter) callbacks(c called, f facts) []value {
	if len(c.node.ArgumentList) == 0 || !c.on.is(list) {
		return l.arguments(c.node.ArgumentList, f)
	}
	fn, ok := functionOf(c.node.ArgumentList[0])
	if !ok || fn.special || fn.refersToItself() {
		return l.arguments(c.node.ArgumentList, f)
	}
	elem := c.on.element()
	params := []value{elem, of(number), c.on}
	switch c.name {
	case "reduce", "reduceRight":
		params = []value{unknown(), elem, of(number), c.on}
	case "sort", "toSorted":
		params = []value{elem, elem}
	}
	result := l.function(fn, params, f)
	return append([]value{result}, l.arguments(c.node.ArgumentList[1:], f)...)
}

// method is what a method returns.
func (l *linter) method(c called) value {
	switch {
	case c.on.is(list):
		return l.listMethod(c)
	case c.on.isText():
		return l.textMethod(c)
	case c.on.is(other) && c.name == "has":
		l.oneOf(c)
		return of(boolean)
	}
	if l.asked[c.on.path] = c.on.path != ""; mutates(c.name) && !c.on.fresh || indirect(c.name) {
		l.unsure = true
	}
	if c.name == "hasOwnProperty" {
		return value{kinds: boolean, yes: fact(anything), no: fact(anything)}
	}
	return askedOf(everything, c.args...)
}

func (l *linter) listMethod(c called) value {
	if mutates(c.name) && !(c.on.fresh && rearranges(c.name)) {
		l.store(c.on, "", c.node.Callee.Idx0())
	}
	elem := c.on.element()
	found := elem
	found.kinds |= undefined
	if c.on.req && !l.asked[c.on.path] {
		found.absent = "no element may fit"
	}
	// Whatever was asked of a list may have told that an element is there.
	if !slices.Contains([]string{"find", "findLast", "at"}, c.name) && c.on.path != "" {
		l.asked[c.on.path] = true
	}
	switch c.name {
	case "find", "findLast", "at", "pop", "shift":
		return found
	case "filter", "slice", "toSorted", "toReversed", "sort", "reverse":
		return value{kinds: list, elem: c.on.elem, fresh: !slices.Contains([]string{"sort", "reverse"}, c.name)}
	case "map":
		if len(c.args) > 0 && !c.args[0].is(callable) {
			result := c.args[0]
			result.path, result.label, result.absent = "", "", ""
			return listOf(result)
		}
		return value{kinds: list, fresh: true}
	case "some", "every", "includes":
		l.oneOf(c)
		out := of(boolean)
		if !c.on.req {
			out.yes, out.no = fact(anything), fact(anything)
		}
		if c.name == "includes" && len(c.args) > 0 {
			out.yes = c.args[0].some
		}
		return out
	case "indexOf", "lastIndexOf", "findIndex", "findLastIndex":
		l.oneOf(c)
		return of(number)
	case "join":
		return of(text)
	}
	return unknown()
}

// oneOf compares the argument of includes and its like with the elements, where those are written down.
func (l *linter) oneOf(c called) {
	if len(c.args) == 0 || !slices.Contains([]string{"includes", "indexOf", "lastIndexOf", "has"}, c.name) {
		return
	}
	for _, e := range c.on.literals {
		switch n := e.(type) {
		case *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
			v, _ := l.literal(n, nil)
			v.at = n.Idx0()
			l.sameOrWarn(comparison{at: v.at, left: c.args[0], right: v, what: "this element is never found"})
		}
	}
}

var (
	textResults = strings.Fields("concat charAt slice substring substr replace replaceAll padEnd padStart repeat " +
		"normalize toWellFormed")
	numberResults  = strings.Fields("indexOf lastIndexOf search charCodeAt localeCompare")
	booleanResults = strings.Fields("includes startsWith endsWith isWellFormed")
	comparing      = strings.Fields("includes startsWith endsWith indexOf lastIndexOf")
)

func (l *linter) textMethod(c called) value {
	if slices.Contains(comparing, c.name) && len(c.args) > 0 && c.args[0].kinds == text && len(c.args[0].words) == 1 {
		if want := c.args[0].words[0]; !c.on.letters.allow(want) {
			l.warn(c.args[0].at, wrongCase(c.on, want))
		}
	}
	switch c.name {
	case "toLowerCase":
		return changedCase(c.on, noUpper, strings.ToLower)
	case "toUpperCase":
		return changedCase(c.on, noLower, strings.ToUpper)
	case "trim", "trimStart", "trimEnd":
		return value{kinds: text, letters: c.on.letters}
	case "toString", "valueOf":
		return value{kinds: text, words: c.on.words, letters: c.on.letters}
	case "split":
		return listOf(value{kinds: text, letters: c.on.letters})
	case "at":
		return of(text | undefined)
	}
	switch {
	case slices.Contains(textResults, c.name):
		return of(text)
	case slices.Contains(numberResults, c.name):
		return of(number)
	case slices.Contains(booleanResults, c.name):
		return of(boolean)
	}
	return unknown()
}

// changedCase is what toLowerCase or toUpperCase returns.
func changedCase(v value, to letters, change func(string) string) value {
	out := value{kinds: text, letters: to}
	for _, w := range v.words {
		if strconv.QuoteToASCII(w) != strconv.Quote(w) {
			return value{kinds: text, letters: to} // Go and JavaScript may differ
		}
		out.words = append(out.words, change(w))
	}
	return out
}
