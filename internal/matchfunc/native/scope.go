package native

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// closure is a function whose calls are compiled in place.
type closure struct {
	params *ast.ParameterList
	body   ast.ConciseBody
	scope  *scope // where it was written
	node   ast.Node
	active bool // being compiled: a call would be recursive
}

// variable is what a name stands for.
type variable struct {
	name string
	expr *expr // how to read it; nil before its declaration
}

// scope holds the variables of a block.
type scope struct {
	outer *scope
	vars  []*variable
}

func (s *scope) declare(name string) *variable {
	v := &variable{name: name}
	s.vars = append(s.vars, v)
	return v
}

func (s *scope) own(name string) *variable {
	for _, v := range s.vars {
		if v.name == name {
			return v
		}
	}
	return nil
}

func (s *scope) find(name string) *variable {
	for ; s != nil; s = s.outer {
		if v := s.own(name); v != nil {
			return v
		}
	}
	return nil
}

// compiler compiles one rule.
type compiler struct {
	position func(file.Idx) (line, column int)
	outside  *Outside // the first construct that is outside of the subset
	scope    *scope
	at       file.Idx // of the expression that is being compiled
	slots    int      // of variables
	trace    *tracer  // nil where nobody wants to know what operands gave
	watch    *watch   // nil where nobody wants to know what is known of values
	nodes    int      // compiled so far: calls are compiled in place, so there may be more than the source has
}

// maxNodes bounds the size of a program.
const maxNodes = 50_000

// out records that a construct is outside of the subset. What it returns serves to go on until that is noticed.
func (c *compiler) out(n ast.Node, reason string) *expr {
	if e, ok := n.(ast.Expression); ok && c.watch != nil && c.outside == nil {
		c.watch.end = e.Idx1()
	}
	return c.outAt(n.Idx0(), reason)
}

func (c *compiler) outAt(at file.Idx, reason string) *expr {
	if c.outside == nil {
		line, column := c.position(at)
		if c.watch != nil {
			c.watch.end = max(c.watch.end, at)
		}
		c.outside = &Outside{Line: line, Column: column, Reason: reason}
	}
	e := constant(value{})
	e.lit = nil
	return e
}

// thrown is an exception that may be thrown at n.
func (c *compiler) thrown(n ast.Node, name, msg string) *Thrown {
	return &Thrown{Name: name, Message: msg, From: source.Offset(n.Idx0()), To: source.Offset(n.Idx1())}
}

// within compiles in a new scope inside outer.
func (c *compiler) within(outer *scope, compile func() *expr) *expr {
	saved := c.scope
	c.scope = &scope{outer: outer}
	defer func() { c.scope = saved }()
	return compile()
}

// newSlot makes room for a variable's value.
func (c *compiler) newSlot() int {
	c.slots++
	return c.slots - 1
}
