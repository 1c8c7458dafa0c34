package native

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// flow is where control goes from a list of statements: next is the value of the function if they end without a
// return, stop if they end with a break.
type flow struct{ next, stop *expr }

// statements compiles a list of statements, in a scope of their own, to the value of the function from there on.
func (c *compiler) statements(list []ast.Statement, to flow, function bool) *expr {
	if !c.hoist(list, function) {
		return to.next
	}
	return c.from(list, to)
}

// hoist declares the names of a block, so that what is used too early is found.
func (c *compiler) hoist(list []ast.Statement, function bool) bool {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.LexicalDeclaration:
			for _, b := range s.List {
				declareNames(c.scope, b.Target)
			}
		case *ast.VariableStatement:
			for _, b := range s.List {
				id, ok := b.Target.(*ast.Identifier)
				if !function || !ok || b.Initializer == nil || c.scope.own(id.Name.String()) != nil ||
					c.scope.outer.own(id.Name.String()) != nil {
					c.out(s, "var, but for one that is initialised once, in the function's own block")
					return false
				}
				declareNames(c.scope, b.Target)
			}
		case *ast.FunctionDeclaration:
			name := s.Function.Name.Name.String()
			if c.scope.own(name) != nil {
				c.out(s, "a function that is declared twice")
				return false
			}
			declared := c.scope.declare(name)
			own := *s.Function
			own.Name = nil // it is the block's variable
			declared.expr = c.named(name, c.function(&own))
		}
	}
	return true
}

// from compiles the statements of a block.
func (c *compiler) from(list []ast.Statement, to flow) *expr {
	if c.outside != nil || len(list) == 0 {
		return to.next
	}
	c.nodes++
	rest := list[1:]
	switch s := list[0].(type) {
	case *ast.EmptyStatement, *ast.FunctionDeclaration:
		return c.from(rest, to)
	case *ast.ExpressionStatement:
		e := c.expr(s.Expression)
		return after(e, c.from(rest, to))
	case *ast.LexicalDeclaration:
		return c.declaration(s.List, rest, to)
	case *ast.VariableStatement:
		return c.declaration(s.List, rest, to)
	case *ast.ReturnStatement:
		if s.Argument == nil {
			return constant(value{})
		}
		return c.expr(s.Argument)
	case *ast.BranchStatement:
		if s.Token == token.BREAK && s.Label == nil && to.stop != nil {
			return to.stop
		}
	case *ast.BlockStatement:
		then := c.later(rest, to)
		return c.block(s, flow{then, to.stop})
	case *ast.IfStatement:
		return c.branch(s, rest, to)
	case *ast.SwitchStatement:
		return c.choose(s, rest, to)
	case *ast.TryStatement:
		return c.try(s, rest, to)
	case *ast.ThrowStatement:
		return c.throw(s)
	}
	return c.out(list[0], "this statement")
}

// later compiles the statements behind one that has blocks of its own; what they declare isn't to be seen in those.
func (c *compiler) later(rest []ast.Statement, to flow) *expr {
	known := make([]*expr, len(c.scope.vars))
	for i, v := range c.scope.vars {
		known[i] = v.expr
	}
	out := c.from(rest, to)
	for i, v := range c.scope.vars[:len(known)] {
		v.expr = known[i]
	}
	return out
}

func (c *compiler) block(s ast.Statement, to flow) *expr {
	list := []ast.Statement{s}
	if b, ok := s.(*ast.BlockStatement); ok {
		list = b.List
	}
	return c.within(c.scope, func() *expr { return c.statements(list, to, false) })
}

func (c *compiler) declaration(list []*ast.Binding, rest []ast.Statement, to flow) *expr {
	var before []*expr
	for _, b := range list {
		e := constant(value{})
		if b.Initializer != nil {
			e = c.expr(b.Initializer)
		}
		before = append(before, c.bind(b.Target, e)...)
	}
	out := c.from(rest, to)
	for i := len(before) - 1; i >= 0; i-- {
		out = after(before[i], out)
	}
	return out
}

func (c *compiler) branch(s *ast.IfStatement, rest []ast.Statement, to flow) *expr {
	test := c.expr(s.Test)
	then := c.later(rest, to)
	yes := c.block(s.Consequent, flow{then, to.stop})
	no := then
	if s.Alternate != nil {
		no = c.block(s.Alternate, flow{then, to.stop})
	}
	return choice(test, yes, no)
}

// choose compiles a switch: a case's statements go on with the next one's.
func (c *compiler) choose(s *ast.SwitchStatement, rest []ast.Statement, to flow) *expr {
	on, before := c.hold(c.expr(s.Discriminant))
	then := c.later(rest, to)
	out := c.within(c.scope, func() *expr {
		bodies := make([]*expr, len(s.Body)+1)
		bodies[len(s.Body)] = then
		for i := len(s.Body) - 1; i >= 0; i-- {
			for _, stmt := range s.Body[i].Consequent {
				switch stmt.(type) {
				case *ast.LexicalDeclaration, *ast.FunctionDeclaration, *ast.VariableStatement, *ast.ClassDeclaration:
					return c.out(stmt, "a declaration in a case without a block")
				}
			}
			bodies[i] = c.from(s.Body[i].Consequent, flow{bodies[i+1], then})
		}
		out := then
		if s.Default >= 0 {
			out = bodies[s.Default]
		}
		for i := len(s.Body) - 1; i >= 0; i-- {
			if test := s.Body[i].Test; test != nil {
				out = choice(c.equal(test, on, c.expr(test)), bodies[i], out)
			}
		}
		return out
	})
	for i := len(before) - 1; i >= 0; i-- {
		out = after(before[i], out)
	}
	return out
}

// try compiles a try statement whose catch doesn't look at what was caught.
func (c *compiler) try(s *ast.TryStatement, rest []ast.Statement, to flow) *expr {
	if s.Finally != nil || s.Catch == nil || to.stop != nil {
		return c.out(s, "this form of try")
	}
	then := c.later(rest, to)
	through := newExpr(shapeOf(completed), facts{}, func(*message.Request, *frame) value {
		return value{kind: completed}
	})
	body := c.block(s.Body, flow{next: through})
	caught := c.within(c.scope, func() *expr {
		if s.Catch.Parameter != nil {
			declareNames(c.scope, s.Catch.Parameter) // without a value: to use it is outside
		}
		return c.block(s.Catch.Body, flow{next: through})
	})
	sh := body.join(caught.shape).without(1 << completed)
	completes := (body.kinds | caught.kinds).has(completed)
	if completes {
		sh = sh.join(then.shape)
	}
	fs := seen(caught, then)
	if !completes && caught.yes.never && !caught.wild && caught.touches == 0 {
		fs = facts{yes: body.yes}
		fs.yes.list = nil
		for _, n := range body.yes.list {
			n.touches = 0 // where one isn't there, what is thrown is caught
			fs.yes.list = append(fs.yes.list, n)
		}
	}
	return newExpr(sh, fs, func(r *message.Request, f *frame) value {
		if f.err != nil {
			return value{}
		}
		v := body.eval(r, f)
		if f.caught() {
			v = caught.eval(r, f)
		}
		if v.kind == completed {
			return then.eval(r, f)
		}
		return v
	})
}

// throw compiles the throwing of a new error with a constant message.
func (c *compiler) throw(s *ast.ThrowStatement) *expr {
	made, ok := s.Argument.(*ast.NewExpression)
	if !ok || len(made.ArgumentList) > 1 {
		return c.out(s, "throwing what isn't a new error")
	}
	class, ok := made.Callee.(*ast.Identifier)
	if !ok || c.scope.find(class.Name.String()) != nil || !errorClasses[class.Name.String()] {
		return c.out(s, "throwing what isn't a new error")
	}
	msg := ""
	if len(made.ArgumentList) == 1 {
		text, ok := c.expr(made.ArgumentList[0]).isText()
		if !ok {
			return c.out(s, "throwing an error whose message isn't constant")
		}
		msg = string(text)
	}
	return c.throwing(c.thrown(s, class.Name.String(), msg))
}

var errorClasses = newNames("Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError",
	"EvalError")

// caught takes back what was thrown, and reports whether there was something. Limits can't be caught.
func (f *frame) caught() bool {
	if _, ok := f.err.(*Thrown); !ok { //nolint:errorlint // throw records nothing that is wrapped
		return false
	}
	f.err = nil
	return true
}
