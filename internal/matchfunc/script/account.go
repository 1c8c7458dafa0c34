package script

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// madeName is the global that everything passes through that a rule with accounts makes; no source can spell it.
const madeName = "\x00made"

// What things take, about: a string its length, a list a pair of words an element, an object this.
const (
	itemSize   = 16
	objectSize = 200
)

// made adds what the rule has made to its account, and hands it on.
func (r *realm) made(c goja.FunctionCall) goja.Value {
	v := c.Argument(0)
	switch o := v.(type) {
	case goja.String:
		r.total += o.Length()
	case *goja.Object:
		r.total += objectSize
		if o.ClassName() == "Array" {
			if n := o.Get("length"); n != nil && goja.IsNumber(n) {
				r.total += itemSize * int(min(n.ToInteger(), maxMemory))
			}
		}
	}
	if r.total > maxMemory {
		panic(&stop{kind: Memory, message: tooMuchMemory})
	}
	return v
}

// keepAccounts lets everything that the rule makes pass through made. It changes the syntax tree for good.
func keepAccounts(src *source.Source) {
	var places []*ast.Expression
	inChain := map[ast.Expression]bool{}
	source.Walk(src.Expr, func(n ast.Node) bool {
		if chain, ok := n.(*ast.OptionalChain); ok {
			markChain(chain.Expression, inChain)
		}
		places = append(places, valuePlaces(n)...)
		places = append(places, effectPlaces(n)...)
		return true
	})
	for i := len(places) - 1; i >= 0; i-- { // inner ones first
		if p := places[i]; *p != nil && makes(*p) && !inChain[*p] {
			*p = &ast.CallExpression{
				Callee: &ast.Identifier{Name: madeName, Idx: (*p).Idx0()}, LeftParenthesis: (*p).Idx0(),
				ArgumentList: []ast.Expression{*p}, RightParenthesis: (*p).Idx1(),
			}
		}
	}
}

// markChain notes the parts of an optional chain: a call around one of them would end the chain there.
func markChain(e ast.Expression, in map[ast.Expression]bool) {
	for e != nil && !in[e] {
		in[e] = true
		switch n := e.(type) {
		case *ast.Optional:
			e = n.Expression
		case *ast.DotExpression:
			e = n.Left
		case *ast.BracketExpression:
			e = n.Left
		case *ast.CallExpression:
			e = n.Callee
		default:
			return
		}
	}
}

// effectPlaces returns the places directly below n whose expression is evaluated for what it does.
func effectPlaces(n ast.Node) []*ast.Expression {
	switch n := n.(type) {
	case *ast.ExpressionStatement:
		return []*ast.Expression{&n.Expression}
	case *ast.SequenceExpression:
		return pointers(n.Sequence)
	case *ast.ForStatement:
		return []*ast.Expression{&n.Update}
	case *ast.ForLoopInitializerExpression:
		return []*ast.Expression{&n.Expression}
	case *ast.BracketExpression:
		return []*ast.Expression{&n.Left, &n.Member}
	case *ast.SpreadElement:
		return []*ast.Expression{&n.Expression}
	case *ast.ThrowStatement:
		return []*ast.Expression{&n.Argument}
	case *ast.SwitchStatement:
		return []*ast.Expression{&n.Discriminant}
	case *ast.DoWhileStatement:
		return []*ast.Expression{&n.Test}
	}
	return nil
}

// makes reports whether an expression may make something large, or many a small thing.
func makes(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.BinaryExpression:
		return n.Operator == token.PLUS
	case *ast.AssignExpression:
		return n.Operator == token.PLUS
	case *ast.CallExpression:
		switch callee := n.Callee.(type) {
		case *ast.DotExpression, *ast.BracketExpression:
			return true
		case *ast.Identifier:
			return callee.Name == "Array"
		}
		return false
	case *ast.NewExpression, *ast.TemplateLiteral, *ast.ArrayLiteral, *ast.ObjectLiteral, *ast.OptionalChain:
		return true
	}
	return false
}
