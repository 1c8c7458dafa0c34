package source

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// globalNames are the names that ECMA-262 gives a value everywhere. Those that rules can't have are refused apart.
var globalNames = set("undefined NaN Infinity globalThis isFinite isNaN parseFloat parseInt decodeURI " +
	"decodeURIComponent encodeURI " +
	"encodeURIComponent escape unescape AggregateError Array BigInt Boolean Date Error EvalError Map Number Object " +
	"RangeError " +
	"ReferenceError RegExp Set String Symbol SyntaxError TypeError URIError WeakMap WeakSet JSON Math Reflect")

// elsewhere are names that mean something in Node or in a browser, with what to do without them.
var elsewhere = globals(map[string]string{
	"process": "there is no process in rules: write the value into the rule, or have a middleware put it into " +
		"req.metadata",
	"require module exports __dirname __filename": "a rule can't load other code: write what it needs " +
		"into the rule",
	"Buffer TextEncoder TextDecoder atob btoa crypto": "binary data is not available in rules: strings " +
		"have charCodeAt and codePointAt",
	"setTimeout setInterval setImmediate queueMicrotask": "a rule answers at once: there are no timers",
	"fetch XMLHttpRequest WebSocket": "a rule has no network: have a middleware look it " +
		"up and put it into req.metadata",
	"global window self document": "a rule has no global object: it knows its " +
		"parameter and what it declares",
	"URL URLSearchParams structuredClone performance Iterator": "it is not part of ECMAScript as rules have it: use " +
		"req's own properties and string methods",
})

// scope is the names that a function, or the source itself, declares.
type scope map[string]bool

// scopeOf returns the names that n declares for what is within, nil where n is no function and no class.
func scopeOf(n ast.Node) scope {
	s := scope{}
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		s["arguments"] = true
		s.add(n.Name)
		s.declare(n.ParameterList)
		s.declare(n.Body)
	case *ast.ArrowFunctionLiteral:
		s.declare(n.ParameterList)
		s.declare(n.Body)
	case *ast.ClassLiteral:
		s.add(n.Name)
	default:
		return nil
	}
	return s
}

func (s scope) add(name *ast.Identifier) {
	if name != nil {
		s[name.Name.String()] = true
	}
}

// declare adds what is declared at and below n, but within the functions there.
func (s scope) declare(n ast.Node) {
	Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FunctionDeclaration:
			s.add(n.Function.Name)
			return false
		case *ast.ClassDeclaration:
			s.add(n.Class.Name)
			return false
		case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ClassLiteral:
			return false
		case *ast.Binding:
			s.target(n.Target)
		case *ast.ParameterList:
			s.target(n.Rest)
		case *ast.ForDeclaration:
			s.target(n.Target)
		case *ast.CatchStatement:
			s.target(n.Parameter)
		}
		return true
	})
}

func (s scope) target(target ast.Node) {
	EachName(target, func(name string) { s[name] = true })
}

// EachName calls do for every name that a target of a declaration or an assignment binds.
func EachName(target ast.Node, do func(string)) {
	switch n := target.(type) {
	case *ast.Identifier:
		do(n.Name.String())
	case *ast.AssignExpression:
		EachName(n.Left, do)
	case *ast.Binding:
		EachName(n.Target, do)
	case *ast.PropertyShort:
		do(n.Name.Name.String())
	case *ast.PropertyKeyed:
		EachName(n.Value, do)
	case *ast.ArrayPattern, *ast.ObjectPattern:
		Children(n, func(child ast.Node) { EachName(child, do) })
	}
}

// asked returns the names that the source asks typeof of: they needn't be there.
func asked(root ast.Node) map[string]bool {
	names := map[string]bool{}
	Walk(root, func(n ast.Node) bool {
		if u, ok := n.(*ast.UnaryExpression); ok && u.Operator == token.TYPEOF {
			if id, ok := u.Operand.(*ast.Identifier); ok {
				names[id.Name.String()] = true
			}
		}
		return true
	})
	return names
}

// bound reports whether a name stands for something where the refuser is.
func (r *refuser) bound(name string) bool {
	for _, s := range r.scopes {
		if s[name] {
			return true
		}
	}
	return globalNames[name] || r.asked[name]
}

// free refuses a name that stands for nothing: V8 throws a ReferenceError for it at each evaluation.
func (r *refuser) free(n *ast.Identifier) {
	name := n.Name.String()
	if r.bound(name) || refused[name] != "" {
		return
	}
	why := elsewhere[name]
	if why == "" {
		why = "nothing has this name: a rule knows its parameter, what it declares and the built-in objects of " +
			"ECMAScript"
		if near := r.near(name); near != "" {
			why += `; did you mean "` + near + `"?`
		}
	}
	r.refuse(n.Idx, "free name", name+": "+why)
}

// near returns a known name that differs in the case of letters alone.
func (r *refuser) near(name string) string {
	best := ""
	for _, s := range append([]scope{globalNames}, r.scopes...) {
		for known := range s {
			if strings.EqualFold(known, name) && (best == "" || known < best) {
				best = known
			}
		}
	}
	return best
}
