package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// localTime are the methods of a date that read or write it in the zone of the process.
var localTime = map[string]bool{
	"getDate": true, "getDay": true, "getFullYear": true, "getHours": true, "getMinutes": true, "getMonth": true,
	"getSeconds": true, "getTimezoneOffset": true, "getYear": true,
	"setDate": true, "setFullYear": true, "setHours": true, "setMinutes": true, "setMonth": true, "setSeconds": true,
	"setYear": true, "toDateString": true, "toTimeString": true,
}

// LocalTime returns where the source first reads a date in the zone of the process, by the names that it uses; no place
// where it doesn't.
func (s *Source) LocalTime() (line, column int, ok bool) {
	at := file.Idx(0)
	Walk(s.Expr, func(n ast.Node) bool {
		if at == 0 && readsLocalTime(n) {
			at = n.Idx0()
		}
		return at == 0
	})
	if at == 0 {
		return 0, 0, false
	}
	line, column = s.Position(at)
	return line, column, true
}

func readsLocalTime(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.DotExpression:
		return localTime[n.Identifier.Name.String()]
	case *ast.BracketExpression:
		name, ok := n.Member.(*ast.StringLiteral)
		return ok && localTime[name.Value.String()]
	case *ast.NewExpression: // new Date(2024, 0, 1)
		return makesDate(n) && len(n.ArgumentList) > 1
	}
	return false
}
