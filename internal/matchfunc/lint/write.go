package lint

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
)

// assignment is an assignment to variables, which are unknown from the start, or to properties.
func (l *linter) assignment(n *ast.AssignExpression, f facts) value {
	l.assign(n.Left, f)
	v := l.eval(n.Right, f)
	if n.Operator != token.ASSIGN {
		return unknown()
	}
	return v
}

// assign looks at what is written to.
func (l *linter) assign(target ast.Expression, f facts) {
	switch n := target.(type) {
	case *ast.DotExpression:
		l.store(l.base(n.Left, f), "."+n.Identifier.Name.String(), n.Identifier.Idx)
	case *ast.BracketExpression:
		on := l.base(n.Left, f)
		l.eval(n.Member, f)
		l.store(on, "[…]", n.Left.Idx0())
	case *ast.OptionalChain:
		l.assign(n.Expression, f)
	case *ast.AssignExpression:
		l.assign(n.Left, f)
		l.eval(n.Right, f)
	case *ast.PropertyKeyed:
		l.assign(n.Value, f)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			l.assign(p, f)
		}
		l.assign(n.Rest, f)
	case *ast.ArrayPattern:
		for _, e := range n.Elements {
			l.assign(e, f)
		}
		l.assign(n.Rest, f)
	}
}

// store notes a write to a part of v.
func (l *linter) store(v value, part string, at file.Idx) {
	switch {
	case v.req:
		l.writes = true
		message := "this writes to " + l.name(v) + part +
			": that ends with the evaluation, what is forwarded stays as it came"
		l.found = append(l.found, finding{at: at, write: true, message: message})
	case v.fresh && v.elem != nil: // its elements may be of other kinds from now on
		l.unsure = true
	case !v.fresh && v.kinds&^(text|number|boolean|nullish) != 0:
		l.unsure = true
	}
}

var mutators = strings.Fields("push pop shift unshift sort reverse splice fill copyWithin")

// mutates reports whether a method of this name changes the list that it is called on.
func mutates(name string) bool { return slices.Contains(mutators, name) }

// rearranges reports whether such a method leaves the kinds of elements as they are.
func rearranges(name string) bool {
	return name != "push" && name != "unshift" && name != "splice" && name != "fill"
}

// indirect reports whether a method of this name calls another one on what it is given.
func indirect(name string) bool { return name == "call" || name == "apply" || name == "bind" }

var (
	readers = strings.Fields("keys values entries is hasOwn has get ownKeys getOwnPropertyNames " +
		"getOwnPropertyDescriptor " +
		"getPrototypeOf isFrozen isSealed isExtensible fromEntries groupBy")
	writers = strings.Fields("assign defineProperty defineProperties setPrototypeOf set deleteProperty")
)

// builtin is a call of a function of Object or Reflect.
func (l *linter) builtin(name string, n *ast.CallExpression, f facts) value {
	args := l.arguments(n.ArgumentList, f)
	switch {
	case len(args) == 0:
	case slices.Contains(writers, name):
		l.store(args[0], "", args[0].at)
	case slices.Contains(readers, name):
		l.asked[args[0].path] = args[0].path != ""
	default:
		l.unsure = true
	}
	out := unknown()
	out.yes, out.no, out.some = fact(anything), fact(anything), fact(anything)
	return out
}
