package source

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/exact"
)

// refused are the globals of V8 that a rule may not name, with what to say of them.
var refused = globals(map[string]string{
	"Function eval": "code from text is not available in rules",
	"Promise":       "a rule answers at once: promises are not available",
	"Intl":          "internationalisation is not available in rules",
	"Atomics SharedArrayBuffer ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array " +
		"Int32Array " +
		"Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array": "binary data is not available in rules",
	"WeakRef FinalizationRegistry WebAssembly console Proxy": "this is not available in rules",
})

func globals(m map[string]string) map[string]string {
	out := map[string]string{}
	for names, why := range m {
		for _, name := range strings.Fields(names) {
			out[name] = why
		}
	}
	return out
}

// refusedNames are property names, wherever they stand, whose meaning here would differ from V8's.
var refusedNames = globals(map[string]string{
	"toLocaleString toLocaleDateString toLocaleTimeString toLocaleUpperCase toLocaleLowerCase": "results depend on " +
		"a locale",
	"toTimeString toGMTString":                dateText,
	"getYear setYear":                         "write getFullYear or setFullYear",
	"asIntN asUintN":                          "this is not available in rules",
	"stack captureStackTrace stackTraceLimit": "stacks are not available in rules",
	"fromAsync asyncIterator":                 "a rule answers at once: promises are not available",
})

// inexact are the functions of Math whose last digits differ between engines.
var inexact = set("acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow " +
	"sin sinh tan tanh")

// refuser looks for what is refused, and collects what needs the whole source.
type refuser struct {
	s       *Source
	parent  []ast.Node
	bigInt  file.Idx // where a BigInt is used
	growth  file.Idx // where an operator is used that makes BigInts large
	tries   file.Idx
	locale  file.Idx // where localeCompare is called
	foreign bool     // a string literal isn't ASCII
	scopes  []scope
	asked   map[string]bool // names that the source asks typeof of
	dates   map[string]bool // names of dates
	errs    []*Error
}

// maxRefused is how many refusals of one source are told.
const maxRefused = 8

func (s *Source) checkRefused() error {
	r := &refuser{s: s, asked: asked(s.Expr), dates: datesIn(s.Expr)}
	r.walk(s.Expr)
	switch {
	case len(r.errs) > 0:
		if len(r.errs) > 1 {
			r.errs[0].Further = r.errs[1:]
		}
		return r.errs[0]
	case r.bigInt > 0 && r.growth > 0:
		return s.at(r.growth, "bigint", "this operator is not available in rules that use BigInt")
	case r.locale > 0 && r.foreign:
		return s.at(r.locale, "locale", "localeCompare is available for ASCII only")
	case r.tries > 0 && s.recursive():
		return s.at(r.tries, "recursion", "try is not available in rules with functions that call themselves")
	}
	return nil
}

func (s *Source) at(idx file.Idx, category, message string) *Error {
	return s.refuse(int(idx)-1-len(opening), category, message)
}

func (r *refuser) refuse(idx file.Idx, category, message string) {
	e := r.s.at(idx, category, message)
	if !slices.ContainsFunc(r.errs, func(o *Error) bool { return o.Line == e.Line && o.Column == e.Column }) {
		r.errs = append(r.errs, e)
	}
}

func (r *refuser) walk(n ast.Node) {
	if len(r.errs) >= maxRefused {
		return
	}
	r.node(n)
	r.refuseDate(n)
	within := scopeOf(n)
	r.parent, r.scopes = append(r.parent, n), append(r.scopes, within)
	Children(n, r.walk)
	r.parent, r.scopes = r.parent[:len(r.parent)-1], r.scopes[:len(r.scopes)-1]
}

func (r *refuser) up(n int) ast.Node {
	if len(r.parent) < n {
		return nil
	}
	return r.parent[len(r.parent)-n]
}

func (r *refuser) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Identifier:
		r.identifier(n)
	case *ast.DotExpression:
		r.name(n.Identifier.Idx, n.Identifier.Name.String())
		if id, ok := n.Left.(*ast.Identifier); ok && id.Name == "Math" && inexact[n.Identifier.Name.String()] &&
			!r.callsPower(n) {
			r.refuse(n.Identifier.Idx, "math", "the last digits of this function differ between engines")
		}
	case *ast.NewExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok && id.Name == "Date" {
			r.date(n.ArgumentList)
		}
	case *ast.StringLiteral:
		if !isASCII(n.Value.String()) {
			r.foreign = true
		}
		switch r.up(1).(type) {
		case *ast.BracketExpression, *ast.PropertyKeyed:
			r.name(n.Idx, n.Value.String())
		}
	case *ast.NumberLiteral:
		r.number(n)
	case *ast.FunctionLiteral:
		if n.Async {
			r.refuse(n.Function, "async", "a rule answers at once: async functions are not available")
		}
	case *ast.ArrowFunctionLiteral:
		if n.Async {
			r.refuse(n.Start, "async", "a rule answers at once: async functions are not available")
		}
	case *ast.ClassStaticBlock:
		r.refuse(n.Static, "class", "static blocks are not available in rules")
	case *ast.CallExpression:
		r.call(n)
	case *ast.BinaryExpression:
		if private, ok := n.Left.(*ast.PrivateIdentifier); ok {
			r.refuse(private.Idx, "class", "#name in object is not available in rules")
		}
		r.operator(n.Operator, n.Left, n.Right)
	case *ast.ThisExpression:
		if !r.ownThis() {
			r.refuse(n.Idx, "this", "a rule has no this")
		}
	case *ast.AssignExpression:
		if _, ok := n.Left.(*ast.Identifier); !ok && bitwise(n.Operator) {
			r.refuse(start(n.Left), "number", "write this as a = a | b: engines differ for large numbers here")
		}
		r.operator(n.Operator, n.Left, n.Right)
	case *ast.TryStatement:
		r.tries = n.Try
		if n.Catch != nil {
			r.catch(n.Catch)
		}
	}
}

func (r *refuser) identifier(n *ast.Identifier) {
	name := n.Name.String()
	if why, ok := refused[name]; ok {
		r.refuse(n.Idx, "global", name+": "+why)
	}
	switch name {
	case "globalThis":
		if u, ok := r.up(1).(*ast.UnaryExpression); !ok || u.Operator != token.TYPEOF {
			r.refuse(n.Idx, "global", "globalThis: a rule has no global object")
		}
	case "RegExp", "Date":
		r.restricted(n, name)
	case "BigInt":
		r.bigInt = n.Idx
	}
	r.free(n)
}

// dateStatics are the properties of Date that a rule may use.
var dateStatics = set("now UTC parse prototype")

// restricted allows RegExp and Date as what is called, or behind instanceof: their other properties differ from V8's.
func (r *refuser) restricted(n *ast.Identifier, name string) {
	switch p := r.up(1).(type) {
	case *ast.NewExpression:
		if p.Callee == n {
			return
		}
	case *ast.CallExpression:
		if p.Callee == n && name == "RegExp" {
			return
		}
	case *ast.BinaryExpression:
		if p.Operator == token.INSTANCEOF && p.Right == n {
			return
		}
	case *ast.UnaryExpression:
		if p.Operator == token.TYPEOF {
			return
		}
	case *ast.DotExpression:
		prop := p.Identifier.Name.String()
		if prop == "prototype" || name == "Date" && dateStatics[prop] || name == "RegExp" && RegExpStatics[prop] &&
			!r.assigned(p) {
			return
		}
	case *ast.BracketExpression:
		key, ok := p.Member.(*ast.StringLiteral)
		if ok && p.Left == n && name == "RegExp" && RegExpStatics[key.Value.String()] && !r.assigned(p) {
			return
		}
	}
	r.refuse(n.Idx, "global", name+" can only be called in rules, or stand behind instanceof")
}

// RegExpStatics are the static properties of RegExp that tell of the last match, such as RegExp.$1.
var RegExpStatics = set("$1 $2 $3 $4 $5 $6 $7 $8 $9 input $_ lastMatch $& lastParen $+ leftContext $` rightContext $'")

// ReadsRegExp reports whether an expression is the name RegExp.
func ReadsRegExp(e ast.Expression) bool {
	id, ok := e.(*ast.Identifier)
	return ok && id.Name == "RegExp"
}

// assigned reports whether the property before the one that is looked at is written to.
func (r *refuser) assigned(property ast.Expression) bool {
	switch p := r.up(2).(type) {
	case *ast.AssignExpression:
		return p.Left == property
	case *ast.UnaryExpression:
		return p.Operator == token.INCREMENT || p.Operator == token.DECREMENT || p.Operator == token.DELETE
	}
	return false
}

func (r *refuser) name(idx file.Idx, name string) {
	if why, ok := refusedNames[name]; ok {
		r.refuse(idx, "property", name+": "+why)
	}
}

// maxExact is the largest integer up to which all are exact in a double.
const maxExact = 1 << 53

func (r *refuser) number(n *ast.NumberLiteral) {
	lit := strings.ToLower(n.Literal)
	if strings.HasSuffix(lit, "n") && !strings.HasPrefix(lit, "0x") || strings.HasPrefix(lit, "0x") &&
		strings.HasSuffix(lit, "n") {
		r.bigInt = n.Idx
		return
	}
	if v, ok := n.Value.(float64); ok && len(lit) > 1 && strings.ContainsAny(lit[1:2], "xob") && v > maxExact {
		r.refuse(n.Idx, "number", "write this number in decimal")
	}
}

func (r *refuser) call(n *ast.CallExpression) {
	dot, ok := n.Callee.(*ast.DotExpression)
	if !ok {
		if o, isOptional := n.Callee.(*ast.Optional); isOptional {
			dot, ok = o.Expression.(*ast.DotExpression)
		}
	}
	if !ok {
		return
	}
	if dot.Identifier.Name == "localeCompare" {
		r.locale = dot.Identifier.Idx
		if len(n.ArgumentList) > 1 {
			r.refuse(dot.Identifier.Idx, "locale", "localeCompare takes one argument in rules")
		}
	}
	if id, isID := dot.Left.(*ast.Identifier); isID && id.Name == "Date" && dot.Identifier.Name == "parse" {
		r.date(n.ArgumentList)
	}
}

// dates are the forms of dates that all engines read alike.
var dates = regexp.MustCompile(`^(?:\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{3})?Z)?|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)$`)

func (r *refuser) date(args []ast.Expression) {
	if len(args) != 1 {
		return
	}
	if text, ok := args[0].(*ast.StringLiteral); ok && !dates.MatchString(text.Value.String()) {
		r.refuse(text.Idx, "date", "engines read this date differently: write it as 2006-01-02 or 2006-01-02T15:04:05Z")
	}
}

// noText reports whether an expression is surely no string: a number, a BigInt, or the call that makes one.
func noText(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral:
		return true
	case *ast.UnaryExpression:
		return e.Operator == token.MINUS && noText(e.Operand)
	case *ast.CallExpression:
		name, ok := e.Callee.(*ast.Identifier)
		return ok && (name.Name == "BigInt" || name.Name == "Number")
	}
	return false
}

func (r *refuser) operator(op token.Token, left, right ast.Expression) {
	switch op {
	case token.EXPONENT:
		r.growth = start(left)
		if !smallPower(left, right) && !(powerOfTwo(left) && !brokenLiteral(right)) {
			r.refuse(start(left), "math",
				"the last digits of ** differ between engines: only powers of 2, and of small whole numbers, are "+
					"available")
		}
	case token.MULTIPLY, token.SHIFT_LEFT:
		r.growth = start(left)
	case token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL, token.EQUAL, token.NOT_EQUAL:
		// A BigInt reads the string that it is compared with, which costs the square of its length.
		if !noText(left) || !noText(right) {
			r.growth = start(left)
		}
	}
}

// powerOfTwo reports whether an expression is a literal such as 2, whose whole powers all engines know exactly.
func powerOfTwo(e ast.Expression) bool {
	v, ok := wholeLiteral(e)
	_, power := exact.PowerOfTwo(float64(v))
	return ok && power
}

// brokenLiteral reports whether an expression is a number with digits behind the point.
func brokenLiteral(e ast.Expression) bool {
	n, ok := e.(*ast.NumberLiteral)
	if !ok {
		return false
	}
	_, broken := n.Value.(float64)
	return broken
}

// callsPower reports whether callee is that of Math.pow(2, x).
func (r *refuser) callsPower(callee *ast.DotExpression) bool {
	call, ok := r.up(1).(*ast.CallExpression)
	return ok && call.Callee == callee && callee.Identifier.Name == "pow" && len(call.ArgumentList) == 2 &&
		powerOfTwo(call.ArgumentList[0]) &&
		!brokenLiteral(call.ArgumentList[1])
}

// smallPower reports whether left ** right is of whole literals with an exact result.
func smallPower(left, right ast.Expression) bool {
	base, ok := wholeLiteral(left)
	exponent, ok2 := wholeLiteral(right)
	if !ok || !ok2 || exponent > 64 {
		return false
	}
	result := int64(1)
	for range exponent {
		if base > maxExact || result*base > maxExact {
			return false
		}
		result *= base
	}
	return base < 1<<9 || exponent < 2
}

func wholeLiteral(e ast.Expression) (int64, bool) {
	n, ok := e.(*ast.NumberLiteral)
	if !ok {
		return 0, false
	}
	v, ok := n.Value.(int64)
	return v, ok
}

// catch refuses looking into a caught error further than V8 and goja agree: their wording differs.
func (r *refuser) catch(c *ast.CatchStatement) {
	switch p := c.Parameter.(type) {
	case nil:
	case *ast.Identifier:
		u := caught{name: p, refuse: r.refuse}
		u.walk(c.Body)
	default:
		r.refuse(start(p), "caught error", "a caught error can't be taken apart: its wording differs between engines")
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c >= 0x80 })
}

// ownThis reports whether this belongs to a function within the source, rather than to the place of the source itself.
func (r *refuser) ownThis() bool {
	for _, n := range r.parent {
		switch n.(type) {
		case *ast.FunctionLiteral, *ast.ClassLiteral:
			return true
		}
	}
	return false
}

func bitwise(op token.Token) bool {
	switch op {
	case token.AND, token.OR, token.EXCLUSIVE_OR, token.SHIFT_LEFT, token.SHIFT_RIGHT, token.UNSIGNED_SHIFT_RIGHT:
		return true
	}
	return false
}
