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
		eachName(b.Target, func(name string) { l.declare(name, unknown()) })
	}
}

// eachName calls do for every name that a target of a declaration or an assignment binds.
func eachName(target ast.Node, do func(string)) {
	switch n := target.(type) {
	case *ast.Identifier:
		do(n.Name.String())
	case *ast.AssignExpression:
		eachName(n.Left, do)
	case *ast.Binding:
		eachName(n.Target, do)
	case *ast.PropertyShort:
		do(n.Name.Name.String())
	case *ast.PropertyKeyed:
		eachName(n.Value, do)
	case *ast.ArrayPattern, *ast.ObjectPattern:
		source.Children(n, func(child ast.Node) { eachName(child, do) })
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
			eachName(n.Left, add)
		case *ast.UnaryExpression:
			if n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
				eachName(n.Operand, add)
			}
		case *ast.ForIntoExpression:
			eachName(n.Expression, add)
		case *ast.Binding:
			eachName(n.Target, func(name string) { declared[name]++ })
		default:
			eachDeclared(n, func(b *ast.Binding, isVar bool) {
				eachName(b.Target, func(name string) {
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
