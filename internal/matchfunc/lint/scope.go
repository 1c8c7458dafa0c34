package lint

import (
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// scope holds the names that a block or a function declares.
type scope struct {
	parent *scope
	names  map[string]value
}

func (l *linter) lookup(name string) (value, bool) {
	for s := l.scope; s != nil; s = s.parent {
		if v, ok := s.names[name]; ok {
			return v, true
		}
	}
	return unknown(), false
}

// within runs do in a scope of its own.
func (l *linter) within(do func()) {
	l.scope = &scope{parent: l.scope, names: map[string]value{}}
	do()
	l.scope = l.scope.parent
}

// declare binds a name in the innermost scope. A variable that changes is unknown, and may stand for any condition.
func (l *linter) declare(name string, v value) {
	if l.assigned[name] {
		v = unknown()
		v.yes, v.no, v.some = fact(anything), fact(anything), fact(anything)
	} else if v.path == "" {
		l.bindings++
		v.path = "#" + strconv.Itoa(l.bindings)
		v = v.noted()
	}
	if v.label == "" {
		v.label = name
	}
	l.scope.names[name] = v
}

// hoist declares what a block declares further down, so that it hides what has the same name outside.
func (l *linter) hoist(list []ast.Statement) {
	for _, stmt := range list {
		switch n := stmt.(type) {
		case *ast.FunctionDeclaration:
			l.declare(n.Function.Name.Name.String(), unknown())
		case *ast.ClassDeclaration:
			l.declare(n.Class.Name.Name.String(), unknown())
		case *ast.LexicalDeclaration:
			l.hoistBindings(n.List)
		}
	}
}

func (l *linter) hoistBindings(list []*ast.Binding) {
	for _, b := range list {
		source.EachName(b.Target, func(name string) { l.declare(name, unknown()) })
	}
}

// assignedNames returns the names of variables whose value changes or depends on when they are read: those that are
// assigned to anywhere in the source, that start out undefined, and those that var declares in more than one place.
func assignedNames(root ast.Node) map[string]bool {
	out := map[string]bool{}
	add := func(name string) { out[name] = true }
	declared, byVar := map[string]int{}, map[string]bool{}
	source.Walk(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignExpression:
			source.EachName(n.Left, add)
		case *ast.UnaryExpression:
			if n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
				source.EachName(n.Operand, add)
			}
		case *ast.ForIntoExpression:
			source.EachName(n.Expression, add)
		case *ast.Binding:
			source.EachName(n.Target, func(name string) { declared[name]++ })
		default:
			eachDeclared(n, func(b *ast.Binding, isVar bool) {
				source.EachName(b.Target, func(name string) {
					byVar[name] = byVar[name] || isVar
					out[name] = out[name] || b.Initializer == nil
				})
			})
		}
		return true
	})
	for name := range byVar {
		out[name] = out[name] || byVar[name] && declared[name] > 1
	}
	return out
}

// eachDeclared calls do for what a declaration with var, let or const declares.
func eachDeclared(n ast.Node, do func(b *ast.Binding, isVar bool)) {
	var list []*ast.Binding
	isVar := true
	switch n := n.(type) {
	case *ast.VariableStatement:
		list = n.List
	case *ast.ForLoopInitializerVarDeclList:
		list = n.List
	case *ast.LexicalDeclaration:
		list, isVar = n.List, false
	}
	for _, b := range list {
		do(b, isVar)
	}
}
