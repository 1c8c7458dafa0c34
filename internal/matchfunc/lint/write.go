package lint

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// assigned looks at what an assignment writes to.
func (l *linter) assigned(target ast.Expression) {
	switch n := target.(type) {
	case *ast.DotExpression:
		l.store(l.base(n.Left), "."+n.Identifier.Name.String(), n.Identifier.Idx)
	case *ast.BracketExpression:
		l.store(l.base(n.Left), "[…]", n.Left.Idx0())
	case *ast.OptionalChain:
		l.assigned(n.Expression)
	case *ast.ArrayPattern:
		for _, e := range n.Elements {
			l.assigned(e)
		}
	}
}

// store warns of a write to a part of v, where that is a part of the message.
func (l *linter) store(v value, part string, at file.Idx) {
	if !v.is(ofRequest) || v.label == "" {
		return
	}
	l.writes = true
	message := "this writes to " + v.label + part +
		": that ends with the evaluation, what is forwarded stays as it came"
	l.found = append(l.found, finding{at: at, write: true, message: message})
}

// mutators are the methods that change the list that they are called on, and writers the functions of Object and
// Reflect that change what they are given.
var (
	mutators = strings.Fields("push pop shift unshift sort reverse splice fill copyWithin")
	writers  = strings.Fields("assign defineProperty defineProperties setPrototypeOf set deleteProperty")
)
