package source

import "github.com/dop251/goja/ast"

// recursive reports whether functions of the source may call each other in a circle. V8 throws a RangeError that a
// rule can catch when such calls go too deep; here they end the evaluation.
func (s *Source) recursive() bool {
	calls := map[string]map[string]bool{} // by function name: the names used within
	define := func(name *ast.Identifier, body ast.Node) {
		if name == nil {
			return
		}
		used := calls[name.Name.String()]
		if used == nil {
			used = map[string]bool{}
			calls[name.Name.String()] = used
		}
		Walk(body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Identifier); ok && id != name {
				used[id.Name.String()] = true
			}
			return true
		})
	}
	Walk(s.Expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FunctionLiteral:
			define(n.Name, n)
		case *ast.Binding:
			if id, ok := n.Target.(*ast.Identifier); ok && n.Initializer != nil {
				define(id, n.Initializer)
			}
		case *ast.AssignExpression:
			if id, ok := n.Left.(*ast.Identifier); ok {
				define(id, n.Right)
			}
		}
		return true
	})
	return circular(calls)
}

func circular(calls map[string]map[string]bool) bool {
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(name string) bool
	visit = func(name string) bool {
		state[name] = visiting
		for next := range calls[name] {
			if state[next] == visiting || state[next] == 0 && calls[next] != nil && visit(next) {
				return true
			}
		}
		state[name] = done
		return false
	}
	for name := range calls {
		if state[name] == 0 && visit(name) {
			return true
		}
	}
	return false
}
