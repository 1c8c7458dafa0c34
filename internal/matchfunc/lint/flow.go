package lint

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// tested is what was noted of an expression's value; one that the compiler didn't come to may tell anything.
func (l *linter) tested(e ast.Expression) value {
	if v := l.values[e]; v != nil {
		return *v
	}
	return unclear()
}

// body follows the body of a function that is called where f is known.
func (l *linter) body(fn function, f facts) {
	for _, p := range fn.parameters.List {
		l.flow(p, f)
	}
	switch body := fn.body.(type) {
	case *ast.ExpressionBody:
		l.flow(body.Expression, f)
	case *ast.BlockStatement:
		l.statements(body.List, f)
	}
}

// flow follows an expression, or what another construct consists of, in the order of evaluation, and warns of reads
// from values that may be missing.
func (l *linter) flow(n ast.Node, f facts) {
	l.visited++
	switch n := n.(type) {
	case *ast.DotExpression:
		l.read(n.Left, f)
		if n.Identifier.Name == "length" {
			l.ask(l.base(n.Left))
		}
	case *ast.BracketExpression:
		l.read(n.Left, f)
		l.flow(n.Member, f)
	case *ast.CallExpression:
		l.calls(n, f)
	case *ast.BinaryExpression:
		l.operands(n, f)
	case *ast.ConditionalExpression:
		l.flow(n.Test, f)
		test := l.tested(n.Test)
		l.flow(n.Consequent, f.and(test.yes))
		l.flow(n.Alternate, f.and(test.no))
	case *ast.ArrowFunctionLiteral, *ast.FunctionLiteral: // followed where it is called
	case *ast.ObjectPattern, *ast.ArrayPattern:
		l.mustBeThere(l.of(n.(ast.Expression)), f)
		l.children(n, f)
	default:
		l.children(n, f)
	}
}

func (l *linter) children(n ast.Node, f facts) {
	source.Children(n, func(child ast.Node) {
		if s, ok := child.(ast.Statement); ok {
			l.statement(s, f)
			return
		}
		l.flow(child, f)
	})
}

// read follows what a property is read from.
func (l *linter) read(e ast.Expression, f facts) {
	if o, optional := e.(*ast.Optional); optional {
		l.flow(o.Expression, f)
		return
	}
	l.flow(e, f)
	l.mustBeThere(l.of(e), f)
}

func (l *linter) operands(n *ast.BinaryExpression, f facts) {
	l.flow(n.Left, f)
	switch a := l.tested(n.Left); n.Operator {
	case token.LOGICAL_AND:
		f = f.and(a.yes)
	case token.LOGICAL_OR:
		f = f.and(a.no)
	}
	l.flow(n.Right, f)
	if n.Operator == token.IN {
		l.ask(l.of(n.Right))
	}
}

// calls follows a call, and into the function where it is the rule's.
func (l *linter) calls(n *ast.CallExpression, f facts) {
	dot, method := n.Callee.(*ast.DotExpression)
	if method {
		l.read(dot.Left, f)
	} else {
		l.flow(n.Callee, f)
	}
	for _, a := range n.ArgumentList {
		l.flow(a, f)
		l.into(l.of(a).fn, f)
	}
	switch {
	case !method:
		l.into(l.of(n.Callee).fn, f)
	case !finds(dot.Identifier.Name.String()):
		l.ask(l.base(dot.Left))
		if len(n.ArgumentList) > 0 && dot.Identifier.Name == "keys" {
			l.ask(l.of(n.ArgumentList[0]))
		}
	}
}

// maxVisited is from how many visited expressions on calls aren't followed any more: a function of 20 lines may stand
// for a million.
const maxVisited = 50_000

// into follows the body of the function n that is called; nil where none is known.
func (l *linter) into(n ast.Node, f facts) {
	e, _ := n.(ast.Expression)
	fn, ok := functionOf(e)
	if !ok || l.active[n] || l.visited > maxVisited {
		return
	}
	l.active[n] = true
	l.body(fn, f)
	delete(l.active, n)
}

// ask notes that the rule asked a list or a map about its content: it may know what is in there.
func (l *linter) ask(v value) {
	if v.path != "" && !v.is(native.Message) {
		l.asked[v.path] = true
	}
}

// mustBeThere warns of v being read from although messages may lack it.
func (l *linter) mustBeThere(v value, f facts) {
	missing := v.absent != "" && v.kinds&nullish != 0
	if !missing || l.lenient > 0 || f.has(v.path) || l.reported[v.label] || v.within != "" && l.asked[v.within] {
		return
	}
	if v.ended != nil && f.has(v.ended.path) {
		return
	}
	l.reported[v.label] = true
	nothing := "null"
	if v.kinds&native.Null == 0 {
		nothing = "undefined"
	}
	l.warn(v.at, l.name(v)+" may be "+nothing+": "+v.absent+"; test it first, or read from it with ?.")
}
