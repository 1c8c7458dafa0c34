package native

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Watcher is told what the compiler knows of a rule's values. What it returns is its mark on the value: the compiler
// shows it wherever it shows the same value again, such as by the name of a constant.
type Watcher interface {
	// Expr is told of an expression after those in it, and of a pattern before. Those in a function's body are told of
	// once for each of its calls.
	Expr(n ast.Expression, v Known) any
	// Property is told of what a pattern reads from the value with the mark from; n is where.
	Property(from any, name string, n ast.Expression, v Known) any
	// Element is told of an element of the list with this mark, which a callback is given.
	Element(list any, v Known) any
	// Default is told of a value in the place of which a default stands where it is undefined.
	Default(v Known) any
	// Named is told of the value that a name stands for.
	Named(name string, v Known) any
}

// Known is what is known of a value beforehand.
type Known struct {
	Kinds  Kinds
	Type   *message.Type // of a Message; nil where there are several
	Text   *string       // of a constant string
	Func   ast.Node      // of a function written in the rule
	Mark   any           // what the watcher said of it; nil where it didn't
	Failed bool          // this is what keeps the rule out of the subset: nothing else is told
}

// Kinds is a set of kinds of values, as a person tells them apart.
type Kinds uint16

// The kinds. Message, List and Map are parts of the message, Array is a list that the rule makes.
const (
	Undefined Kinds = 1 << iota
	Null
	Boolean
	Number
	Text
	Message
	List
	Map
	Array
	Function
	Object // any other

	Everything = 1<<iota - 1
)

var kindsOf = [numKinds]Kinds{
	undefined: Undefined, null: Null, boolean: Boolean, number: Number, text: Text, wide: Text, record: Message,
	entry: Message, list: List, dict: Map, array: Array, table: Object, inherited: Everything,
}

// Watch compiles a rule for w to be told of its values, and returns where the first construct that is outside of the
// subset ends; 0 where there is none. What stands behind that was compiled in part, in another order than it is run in.
func Watch(src *source.Source, w Watcher) (end file.Idx) {
	c := &compiler{position: src.Position, watch: &watch{Watcher: w, marks: map[*expr]any{}}}
	c.rule(src.Expr)
	return c.watch.end
}

// watch is what a compiler keeps for a Watcher.
type watch struct {
	Watcher
	marks  map[*expr]any
	failed bool     // it was told of the construct that is outside
	end    file.Idx // of that
}

func (w *watch) known(e *expr) Known {
	k := Known{Mark: w.marks[e]}
	for i, kinds := range kindsOf {
		if e.kinds.has(kind(i)) {
			k.Kinds |= kinds
		}
	}
	switch {
	case e.fn != nil:
		k.Kinds, k.Func = Function, e.fn.node
	case e.re != nil:
		k.Kinds = Object
	case k.Kinds == 0 || e.throws:
		k.Kinds = Everything
	}
	if len(e.types) == 1 {
		k.Type = e.types[0]
	}
	if b, ok := e.isText(); ok {
		s := string(b)
		k.Text = &s
	}
	return k
}

// marked is e with the mark; a copy, where e has another one.
func (w *watch) marked(e *expr, mark any) *expr {
	if _, has := w.marks[e]; has {
		other := *e
		e = &other
	}
	w.marks[e] = mark
	return e
}

// watched tells of an expression that was compiled, unless it is around the one that is outside of the subset.
func (c *compiler) watched(n ast.Expression, e *expr) *expr {
	if c.watch == nil || c.watch.failed {
		return e
	}
	k := c.watch.known(e)
	if c.outside != nil {
		c.watch.failed = true
		k = Known{Kinds: Everything, Failed: true}
	}
	return c.watch.marked(e, c.watch.Expr(n, k))
}

// told is e, of which say told the watcher.
func (c *compiler) told(e *expr, say func(w *watch, k Known) any) *expr {
	if c.watch == nil || c.outside != nil {
		return e
	}
	return c.watch.marked(e, say(c.watch, c.watch.known(e)))
}

// carry gives the mark of from to e, which has the same value.
func (c *compiler) carry(from, e *expr) *expr {
	return c.told(e, func(w *watch, _ Known) any { return w.marks[from] })
}

// assignment is outside of the subset. Whoever watches is told of what is written to.
func (c *compiler) assignment(n, target ast.Expression) *expr {
	if c.watch != nil {
		c.written(target)
	}
	return c.out(n, "assignments")
}

// written compiles what the target of an assignment is a part of.
func (c *compiler) written(target ast.Expression) {
	switch t := target.(type) {
	case *ast.DotExpression:
		c.base(t.Left)
	case *ast.BracketExpression:
		c.base(t.Left)
	case *ast.OptionalChain:
		c.written(t.Expression)
	case *ast.ArrayPattern:
		for _, e := range t.Elements {
			c.written(e)
		}
	}
}
