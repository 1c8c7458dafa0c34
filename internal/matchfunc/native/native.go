// Package native compiles the part of JavaScript that most matchFuncs are written in to Go closures that read a
// message's fields from its wire bytes. A rule compiled here gives V8's answer, and costs about what the same
// condition written in Go would; a rule outside of the subset is left to the JavaScript engine.
//
// Package matchfunc calls Compile once for every rule when a configuration loads. A Program never changes and is safe
// for concurrent use; the message that it runs over belongs to one goroutine.
//
// The compiler walks the syntax tree once. Of every expression it knows which kinds of values it can have (shape) and
// what its outcome depends on (facts), and takes an operation only if it answers it exactly for all of those kinds.
// Functions within a rule are compiled into the place that they are called from, constants and message fields are
// read where they are used.
package native

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Program is a compiled rule.
type Program struct {
	test       testFunc
	slots      int
	frameless  bool // runs without a frame
	conditions []Condition
}

// Compile compiles a rule, or says which construct keeps it out.
func Compile(src *source.Source) (*Program, *Outside) {
	return compile(src.Expr, src.Position)
}

func compile(root ast.Expression, position func(file.Idx) (int, int)) (*Program, *Outside) {
	c := &compiler{position: position}
	body := c.rule(root)
	if c.outside != nil {
		return nil, c.outside
	}
	return &Program{test: body.test, slots: c.slots, frameless: body.light, conditions: body.conditions()}, nil
}

// Match reports whether the rule returns a truthy value for the message, within the budget of all rules, which may be
// nil. The error is a *Thrown, an *Exceeded or work.ErrGone.
func (p *Program) Match(req *message.Request, b *work.Budget) (bool, error) {
	if p.frameless {
		return p.test(req, nil), nil
	}
	f := newFrame(p.slots, b)
	matched := p.test(req, f)
	err := f.err
	f.charge()
	f.release()
	if err != nil {
		return false, err
	}
	return matched, nil
}

// Necessary returns conditions each of which a message must satisfy for the rule to match; none where none is known.
func (p *Program) Necessary() []Condition { return p.conditions }

// rule compiles the expression that yields the rule's function to a call of it with the message.
func (c *compiler) rule(root ast.Expression) *expr {
	c.scope = &scope{}
	fn := c.expr(root)
	if c.outside != nil {
		return fn
	}
	if fn.fn == nil {
		return c.out(root, "the rule isn't a function written in place")
	}
	return c.inline(fn.fn, []*expr{placeExpr(&path{place: message.Root})}, root)
}
