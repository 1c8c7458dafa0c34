package source

import (
	"regexp"
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// expr follows an expression's value, and remembers it.
func (t *tracker) expr(e ast.Expression) origin {
	if e == nil {
		return origin{}
	}
	o := t.plain(e)
	if was, seen := t.seen[e]; seen {
		o = was.join(o)
	}
	t.seen[e] = o
	return o
}

func (t *tracker) plain(e ast.Expression) origin {
	switch n := e.(type) {
	case *ast.Identifier:
		return t.identifier(n)
	case *ast.DotExpression:
		return t.property(t.expr(n.Left), n.Identifier.Name.String())
	case *ast.BracketExpression:
		return t.bracket(t.expr(n.Left), n.Member)
	case *ast.Optional:
		return t.expr(n.Expression)
	case *ast.OptionalChain:
		return t.expr(n.Expression)
	case *ast.CallExpression:
		return t.callExpr(n.Callee, n.ArgumentList)
	case *ast.BinaryExpression:
		return t.binary(n)
	case *ast.ConditionalExpression:
		test := t.expr(n.Test)
		var out origin
		t.under(test.reads, func() { out = t.escape(t.expr(n.Consequent)).join(t.escape(t.expr(n.Alternate))) })
		return out.with(test.reads)
	case *ast.SequenceExpression:
		var out origin
		for _, part := range n.Sequence {
			out = t.expr(part)
		}
		return out
	case *ast.AssignExpression:
		o := t.expr(n.Right)
		if n.Operator != token.ASSIGN {
			o = from(union(o.reads, t.expr(n.Left).reads))
		}
		t.bind(n.Left, o)
		return o
	case *ast.UnaryExpression:
		o := from(t.expr(n.Operand).reads)
		if n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
			t.bind(n.Operand, o)
		}
		return o
	case *ast.ArrowFunctionLiteral, *ast.FunctionLiteral:
		t.function(n)
		return origin{fn: n, reads: t.returned[n].reads}
	}
	return t.parts(e)
}

// parts is the origin of what is made of all that is below n.
func (t *tracker) parts(n ast.Node) origin {
	var reads []string
	Children(n, func(child ast.Node) {
		switch child := child.(type) {
		case ast.Expression:
			reads = union(reads, t.escape(t.expr(child)).reads)
		default:
			t.statement(child)
		}
	})
	if class, ok := n.(*ast.ClassLiteral); ok && class.Name != nil {
		t.declare(class.Name.Name.String(), from(reads))
	}
	return from(union(reads, t.heap))
}

func (t *tracker) identifier(n *ast.Identifier) origin {
	name := n.Name.String()
	if name == "arguments" {
		return from([]string{""})
	}
	o := t.names.find(name)
	switch {
	case o == nil:
		return origin{}
	case o.isPath:
		return *o
	}
	return o.with(t.heap)
}

func (t *tracker) property(base origin, name string) origin {
	if name == "length" || !base.isPath {
		return from(union(base.extent(), t.heap))
	}
	part := "." + name
	switch {
	case index.MatchString(name):
		part = "[" + name + "]"
	case !plain.MatchString(name):
		part = "[" + strconv.Quote(name) + "]"
	}
	return base.below(part).with(t.heap)
}

// index are the names of a list's elements, and plain those that a path holds as they are.
var index = regexp.MustCompile(`^(0|[1-9]\d*)$`)

var plain = regexp.MustCompile(`^[\w$-]+$`)

func (t *tracker) bracket(base origin, member ast.Expression) origin {
	switch m := member.(type) {
	case *ast.StringLiteral:
		return t.property(base, m.Value.String())
	case *ast.NumberLiteral:
		if i, ok := m.Value.(int64); ok && base.isPath {
			return base.below("[" + strconv.FormatInt(i, 10) + "]").with(t.heap)
		}
	}
	return from(union(union(base.reads, t.expr(member).reads), t.heap)) // of a list or a message: any part of it
}

// binary is what an operator makes; of && and the like it may be either side, chosen by the left one.
func (t *tracker) binary(n *ast.BinaryExpression) origin {
	a := t.escape(t.expr(n.Left))
	if !logical(n.Operator) {
		return from(union(a.reads, t.expr(n.Right).reads))
	}
	var b origin
	t.under(a.reads, func() { b = t.escape(t.expr(n.Right)) })
	return from(union(a.reads, b.reads))
}

// under follows what happens only where what stands at these places says so.
func (t *tracker) under(reads []string, do func()) {
	saved := t.control
	t.control = union(saved, reads)
	do()
	t.control = saved
}

// mutators are the methods that put their arguments into what they are called on, or into their first argument.
var mutators = set("push unshift splice fill copyWithin set add append assign defineProperty defineProperties " +
	"setPrototypeOf")

// walkers are the methods that show the elements of a list to a function, and nothing else of them.
var walkers = set("some every find findIndex findLast findLastIndex filter map flatMap forEach")

// elements are the methods that give one of the elements of a list, and parts those that give some of them.
var (
	elements = set("find findLast at pop shift")
	sublists = set("filter slice sort reverse toSorted toReversed")
)

func (t *tracker) callExpr(callee ast.Expression, list []ast.Expression) origin {
	if o, ok := callee.(*ast.Optional); ok {
		callee = o.Expression
	}
	dot, method := callee.(*ast.DotExpression)
	if !method {
		return t.plainCall(t.expr(callee), list)
	}
	left := dot.Left
	if o, ok := left.(*ast.Optional); ok {
		left = o.Expression
	}
	base, name := t.expr(left), dot.Identifier.Name.String()
	reads, shown := t.arguments(base, name, list)
	reads = union(reads, t.heap)
	if mutators[name] {
		t.put(union(union(base.reads, reads), t.control))
	}
	switch {
	case base.isPath && elements[name]:
		return base.below("[]").with(reads)
	case base.isPath && sublists[name]:
		return base.with(reads)
	}
	if shown {
		return from(union(base.extent(), reads))
	}
	return from(union(base.reads, reads))
}

// arguments follows what a method is given, and tells whether that is all which it looks at the elements of base with.
// A function among it is called with the elements of base, or of another argument.
func (t *tracker) arguments(base origin, name string, list []ast.Expression) (reads []string, shown bool) {
	var args []origin
	for _, a := range list {
		o := t.expr(a)
		args, reads = append(args, o), union(reads, o.reads)
	}
	all := from(union(base.reads, reads))
	elem, asked := all, all.reads
	if base.isPath {
		elem, asked = base.below("[]"), union(base.extent(), reads)
	}
	given := []origin{elem, all, base}
	switch name {
	case "reduce", "reduceRight":
		given = []origin{all, elem, all, base}
	case "sort", "toSorted":
		given = []origin{elem, elem}
	}
	for _, o := range args {
		if o.fn != nil {
			t.under(asked, func() { reads = union(reads, t.call(o.fn, given).reads) })
		}
	}
	return reads, walkers[name] && len(args) > 0 && args[0].fn != nil
}

// plainCall is a call of a function by its name, or of what isn't known.
func (t *tracker) plainCall(callee origin, list []ast.Expression) origin {
	var args []origin
	reads := callee.reads
	for _, a := range list {
		o := t.expr(a)
		args, reads = append(args, o), union(reads, o.reads)
	}
	if callee.fn != nil {
		return t.call(callee.fn, args).with(callee.reads)
	}
	for _, o := range args {
		t.escape(o)
	}
	return from(union(reads, t.heap))
}
