package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
)

// check applies the early errors of ECMA-262 that neither goja's parser nor its compiler knows, and then refuses what
// would get a different answer than V8's.
func (s *Source) check() (err error) {
	Walk(s.Expr, func(n ast.Node) bool {
		if err == nil {
			err = s.early(n)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return s.checkRefused()
}

// early returns the first early error at n.
func (s *Source) early(n ast.Node) error {
	switch n := n.(type) {
	case *ast.RegExpLiteral:
		return s.checkPattern(n)
	case *ast.FieldDefinition:
		if _, ok := n.Initializer.(*ast.SequenceExpression); ok {
			return s.ErrorAt(Syntax, n.Idx0(), "a field has one initializer")
		}
	case *ast.LabelledStatement:
		if !s.is(s.tokenAt(n.Label.Idx)+1, ":") {
			return s.ErrorAt(Syntax, n.Label.Idx, "a label may not stand in parentheses")
		}
	case *ast.BinaryExpression:
		return s.checkMixed(n)
	case *ast.Optional:
		if callee, ok := n.Expression.(*ast.NewExpression); ok && callee.RightParenthesis == 0 &&
			!s.is(s.tokenAt(callee.New)-1, "(") {
			return s.ErrorAt(Syntax, callee.New, "new may not be used with an optional chain")
		}
	case *ast.FunctionLiteral:
		return s.checkParameters(n.ParameterList, n.Body, n.Function)
	case *ast.ArrowFunctionLiteral:
		body, _ := n.Body.(*ast.BlockStatement)
		return s.checkParameters(n.ParameterList, body, n.Start)
	case *ast.ForIntoExpression:
		open := s.tokenAt(start(n.Expression)) - 1
		if _, ok := n.Expression.(ast.Pattern); ok && !s.is(open-1, "for") {
			return s.ErrorAt(Syntax, start(n.Expression), "parentheses are not allowed here")
		}
	}
	return s.checkDestructuring(n)
}

// checkPattern makes a regular expression literal what its token says: goja's parser lets its flags begin after a
// comment, and takes keywords for something else.
func (s *Source) checkPattern(n *ast.RegExpLiteral) error {
	i := s.tokenAt(n.Idx)
	if i == len(s.tokens) || s.tokens[i].kind != pattern {
		return s.ErrorAt(Refused, n.Idx, "put this regular expression in parentheses")
	}
	t := s.tokens[i]
	if slash := t.start + 1 + len(n.Pattern); s.Text[slash+1:t.end] != n.Flags {
		return s.ErrorAt(Syntax, n.Idx, "invalid regular expression flags")
	}
	return nil
}

// checkMixed forbids a ?? b || c without parentheses.
func (s *Source) checkMixed(n *ast.BinaryExpression) error {
	for _, operand := range []ast.Expression{n.Left, n.Right} {
		child, ok := operand.(*ast.BinaryExpression)
		if ok && mixed(n.Operator, child.Operator) && !s.parenthesised(n, child) {
			return s.ErrorAt(Syntax, start(child), "?? and || or && need parentheses between them")
		}
	}
	return nil
}

func mixed(a, b token.Token) bool {
	logical := func(t token.Token) bool { return t == token.LOGICAL_AND || t == token.LOGICAL_OR }
	return a == token.COALESCE && logical(b) || b == token.COALESCE && logical(a)
}

func (s *Source) checkParameters(list *ast.ParameterList, body *ast.BlockStatement, from file.Idx) error {
	for i, b := range list.List {
		at := start(b.Target)
		open := s.tokenAt(at) - 1
		if at == from || !s.is(open, "(") {
			continue
		}
		opening := s.tokens[open].start + 1 + len(opening)
		if i > 0 || opening != int(list.Opening) && opening != int(from) {
			return s.ErrorAt(Syntax, at, "a parameter may not stand in parentheses of its own")
		}
	}
	if list.Rest != nil && body != nil && useStrict(body) {
		return s.ErrorAt(Syntax, body.LeftBrace, "'use strict' is not allowed in a function with such parameters")
	}
	return nil
}

// useStrict reports whether a function's body has the directive 'use strict'.
func useStrict(body *ast.BlockStatement) bool {
	for _, stmt := range body.List {
		e, ok := stmt.(*ast.ExpressionStatement)
		if !ok {
			return false
		}
		text, ok := e.Expression.(*ast.StringLiteral)
		if !ok {
			return false
		}
		if text.Value == "use strict" {
			return true
		}
	}
	return false
}

// checkDestructuring forbids parentheses around the targets of a pattern. V8 allows them around some.
func (s *Source) checkDestructuring(n ast.Node) error {
	var targets []ast.Expression
	switch n := n.(type) {
	case *ast.ArrayPattern:
		targets = append(append(targets, n.Elements...), n.Rest)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			if keyed, ok := p.(*ast.PropertyKeyed); ok {
				targets = append(targets, keyed.Value)
			}
		}
		if n.Rest != nil && s.is(s.tokenAt(n.RightBrace)-1, ",") {
			return s.ErrorAt(Syntax, n.RightBrace, "a comma may not follow the rest element")
		}
		targets = append(targets, n.Rest)
	}
	for _, t := range targets {
		if t != nil && s.is(s.tokenAt(start(t))-1, "(") {
			return s.ErrorAt(Syntax, start(t), "parentheses are not allowed around a destructuring target")
		}
	}
	return nil
}
