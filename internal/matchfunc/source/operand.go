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
	Part     Role = iota // of && and the like
	Side                 // of a comparison, or what ?: asks: evaluated whenever the part around it is
	Asked                // by an if statement
	Returned             // by a function
)

// Operand is one part of a rule's conditions: of the tree of &&, ||, ??, !, ?: and comparisons, what an if statement
// asks, and what is returned.
type Operand struct {
	Node     ast.Expression
	Role     Role
	From, To int    // bytes of Text, To behind the last one
	Parent   int    // the index of the operand that it is a part of; -1 for none
	Op       string // its operator, or "call", "path" of a read of req, "name", "literal", "value"
	Own      bool   // it is a part of the rule's function itself, and not of one within that
	// Path is the place in the request that it reads, such as message.via[0].host; empty where it is more than such a
	// read. An element of a list whose index isn't known is written as [].
	Path string
	// Reads are the places in the request that its value was derived from, ascending: see Origins.
	Reads []string
}

// Operands returns the rule's operands in the order of the source, an outer one before those within it.
func (s *Source) Operands() []Operand {
	f := operandFinder{src: s, roles: map[ast.Expression]Role{}}
	f.walk(s.Expr, -1, 0)
	return f.out
}

type operandFinder struct {
	src   *Source
	roles map[ast.Expression]Role
	out   []Operand
}

// walk adds the operands at and below n, which is a part of the operand parent and stands in so many functions.
func (f *operandFinder) walk(n ast.Node, parent, depth int) {
	f.mark(n)
	switch n := n.(type) {
	case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral:
		depth++
	case ast.Expression:
		if role, marked := f.roles[n]; marked && len(f.out) < MaxOperands {
			from, to := f.src.extent(n)
			f.out = append(f.out, Operand{
				Node: n, Role: role, From: from, To: to, Parent: parent, Op: operator(n), Own: depth == 1,
			})
			parent = len(f.out) - 1
		}
	}
	Children(n, func(child ast.Node) { f.walk(child, parent, depth) })
}

// operator says what an operand does.
func operator(e ast.Expression) string {
	switch n := e.(type) {
	case *ast.BinaryExpression:
		return n.Operator.String()
	case *ast.UnaryExpression:
		return n.Operator.String()
	case *ast.ConditionalExpression:
		return "?:"
	case *ast.CallExpression:
		return "call"
	case *ast.OptionalChain:
		return operator(n.Expression)
	case *ast.Identifier:
		return "name"
	case *ast.TemplateLiteral:
		return "template"
	case *ast.AssignExpression:
		return "="
	}
	if literal(e) {
		return "literal"
	}
	return "value"
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
	f.add(e, Returned)
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

// TextOf returns the text of an expression.
func (s *Source) TextOf(e ast.Expression) string {
	from, to := s.extent(e)
	return s.Text[from:to]
}

// Only returns those of a rule's operands that have these indices, ascending, each a part of the nearest one that is
// left.
func Only(operands []Operand, indices []int) []Operand {
	at, out := map[int]int{-1: -1}, make([]Operand, 0, len(indices))
	for i, kept := range indices {
		at[kept] = i
	}
	for _, kept := range indices {
		o := operands[kept]
		for known := false; !known; {
			if _, known = at[o.Parent]; !known {
				o.Parent = operands[o.Parent].Parent
			}
		}
		o.Parent = at[o.Parent]
		out = append(out, o)
	}
	return out
}
