package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// MaxOperands is how many operands of a rule are looked at.
const MaxOperands = 200

// Role says what an operand is to the part of the rule around it.
type Role uint8

// The roles of an operand.
const (
	Part  Role = iota // of && and the like, or what is returned
	Side              // of a comparison, or what ?: asks: evaluated whenever the part around it is
	Asked             // by an if statement
)

// Operand is one part of a rule's conditions: of the tree of &&, ||, ??, !, ?: and comparisons, what an if statement
// asks, and what is returned.
type Operand struct {
	Node     ast.Expression
	Role     Role
	From, To int // bytes of Text, To behind the last one
}

// Operands returns the rule's operands in the order of the source, an outer one before those within it.
func (s *Source) Operands() []Operand {
	f := operandFinder{roles: map[ast.Expression]Role{}}
	Walk(s.Expr, func(n ast.Node) bool {
		f.mark(n)
		if e, ok := n.(ast.Expression); ok && len(f.out) < MaxOperands {
			if role, marked := f.roles[e]; marked {
				from, to := s.extent(e)
				f.out = append(f.out, Operand{Node: e, Role: role, From: from, To: to})
			}
		}
		return true
	})
	return f.out
}

type operandFinder struct {
	roles map[ast.Expression]Role
	out   []Operand
}

// mark notes which expressions at and directly below n are operands.
func (f *operandFinder) mark(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpression:
		switch {
		case logical(n.Operator):
			f.add(n, Part)
			f.leaf(n.Left, Part)
			f.leaf(n.Right, Part)
		case comparison(n.Operator):
			f.add(n, Part)
			f.leaf(n.Left, Side)
			f.leaf(n.Right, Side)
		}
	case *ast.UnaryExpression:
		if n.Operator == token.NOT {
			f.add(n, Part)
			f.leaf(n.Operand, Part)
		}
	case *ast.ConditionalExpression:
		f.add(n, Part)
		f.leaf(n.Test, Side)
		f.leaf(n.Consequent, Part)
		f.leaf(n.Alternate, Part)
	case *ast.IfStatement:
		f.leaf(n.Test, Asked)
	case *ast.ReturnStatement:
		f.returned(n.Argument)
	case *ast.ExpressionBody:
		f.returned(n.Expression)
	}
}

func (f *operandFinder) add(e ast.Expression, role Role) {
	if _, known := f.roles[e]; !known {
		f.roles[e] = role
	}
}

// leaf adds what isn't plain to see from the text.
func (f *operandFinder) leaf(e ast.Expression, role Role) {
	if !literal(e) {
		f.add(e, role)
	}
}

// returned adds literals too: that one was reached says which way the rule went.
func (f *operandFinder) returned(e ast.Expression) {
	switch e.(type) {
	case nil, *ast.ArrowFunctionLiteral, *ast.FunctionLiteral, *ast.ClassLiteral, *ast.RegExpLiteral:
		return
	}
	f.add(e, Part)
}

func literal(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral, *ast.RegExpLiteral,
		*ast.ArrowFunctionLiteral, *ast.FunctionLiteral, *ast.ClassLiteral:
		return true
	case *ast.Identifier:
		return e.Name == "undefined"
	case *ast.TemplateLiteral:
		return len(e.Expressions) == 0 && e.Tag == nil
	case *ast.UnaryExpression:
		return e.Operator == token.MINUS && literal(e.Operand)
	}
	return false
}

func logical(op token.Token) bool {
	return op == token.LOGICAL_AND || op == token.LOGICAL_OR || op == token.COALESCE
}

func comparison(op token.Token) bool {
	switch op {
	case token.EQUAL, token.NOT_EQUAL, token.STRICT_EQUAL, token.STRICT_NOT_EQUAL, token.LESS, token.LESS_OR_EQUAL,
		token.GREATER, token.GREATER_OR_EQUAL, token.IN, token.INSTANCEOF:
		return true
	}
	return false
}

// extent returns where in Text an expression stands. The syntax tree knows nothing of parentheses around expressions,
// so the ends are moved to take in the other one of each that is within.
func (s *Source) extent(e ast.Expression) (from, to int) {
	from, to = int(start(e))-1-len(opening), int(e.Idx1())-1-len(opening)
	first, last := s.tokenUpTo(from), s.tokenUpTo(to-1)
	if first < 0 || last < first {
		return 0, len(s.Text)
	}
	for again := true; again; {
		again = false
		for i := first; i <= last; i++ {
			if m := s.tokens[i].mate; m >= 0 && m < first {
				first, again = m, true
			} else if m > last {
				last, again = m, true
			}
		}
	}
	return s.tokens[first].start, s.tokens[last].end
}

// tokenUpTo returns the token that has the byte at offset, or the last one before it; -1 where there is none.
func (s *Source) tokenUpTo(offset int) int {
	at := -1
	for i, t := range s.tokens {
		if t.start > offset {
			break
		}
		at = i
	}
	return at
}

// PlaceOf returns the line and the column, in characters, of a byte of Text; both count from 1.
func (s *Source) PlaceOf(offset int) (line, column int) { return s.place(offset) }
