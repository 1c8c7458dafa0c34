package why

import (
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// clause says what a leaf gave, and what it must be for a match.
func (t *tally) clause(l leaf) clause {
	switch n := bare(l.node).(type) {
	case *ast.BinaryExpression:
		if c, ok := t.comparison(n, l); ok {
			return c
		}
	case *ast.CallExpression:
		if c, ok := t.call(n, l); ok {
			return c
		}
	default:
		if s, ok := t.subject(n); ok {
			return t.there(s, l)
		}
	}
	return t.plain(l)
}

// bare leaves away what only ends an optional chain.
func bare(e ast.Expression) ast.Expression {
	for {
		switch n := e.(type) {
		case *ast.OptionalChain:
			e = n.Expression
		case *ast.Optional:
			e = n.Expression
		default:
			return e
		}
	}
}

// plain is said of what has no words of its own.
func (t *tally) plain(l leaf) clause {
	value := "nothing"
	if i, part := t.index[l.node]; part {
		value = t.show(i)
	}
	must := "be true"
	if l.gave {
		must = "be false"
	}
	return clause{is: "the part " + short(t.src.TextOf(l.node)) + " is " + value, must: must}
}

func (t *tally) show(i int) string { return short(t.Notes[i].Value) }

// subject is what a comparison or a test is about.
type subject struct {
	name  string // From host
	value string // as JSON, or a word
	as    string // how it is looked at, such as "in lower case"; else empty
}

func (s subject) is() string { return s.name + " is " + s.value }

var views = map[string]string{
	"toLowerCase": "in lower case", "toUpperCase": "in upper case", "trim": "without spaces around",
	"trimStart": "without spaces in front", "trimEnd": "without spaces behind", "toString": "as text",
}

var conversions = map[string]string{"String": "as text", "Number": "as a number"}

func (t *tally) subject(e ast.Expression) (s subject, ok bool) {
	outer := e
	e = bare(e)
	switch n := e.(type) {
	case *ast.CallExpression:
		if id, global := n.Callee.(*ast.Identifier); global && len(n.ArgumentList) == 1 {
			as := conversions[id.Name.String()]
			if s, ok = t.subject(n.ArgumentList[0]); ok && s.as == "" {
				s.as = as
			}
			return s, ok && as != ""
		}
		callee, method := bare(n.Callee).(*ast.DotExpression)
		if !method || views[callee.Identifier.Name.String()] == "" || len(n.ArgumentList) > 0 {
			return s, false
		}
		if s, ok = t.subject(callee.Left); ok && s.as == "" {
			s.as = views[callee.Identifier.Name.String()]
		}
		return s, ok
	case *ast.DotExpression:
		if n.Identifier.Name == "length" {
			if s, ok = t.subject(n.Left); ok {
				s.name = "the length of " + s.name
				s.value, ok = t.value(outer)
			}
			return s, ok
		}
		if header, found := headerFound(n); found {
			return subject{name: "header " + header, value: t.header(header)}, true
		}
	case *ast.Identifier:
		if from := t.initial[n.Name.String()]; from != nil {
			if s, ok = t.subject(from); ok {
				return s, true
			}
		}
	}
	path, ok := t.origins.Path(e)
	if !ok {
		return s, false
	}
	s.name = Name(path)
	if s.value, ok = t.value(outer); !ok {
		s.value, ok = t.Read(path)
	}
	s.value = short(s.value)
	return s, ok
}

// value is what a part gave.
func (t *tally) value(e ast.Expression) (string, bool) {
	i, part := t.index[e]
	if !part || t.Notes[i].Value == "" {
		return "", false
	}
	return t.show(i), true
}

// maxHeaders is how many headers are looked through for one.
const maxHeaders = 100

// header is the value of the first header of this name among those that have no field of their own.
func (t *tally) header(name string) string {
	for i := range maxHeaders {
		at := "message.extensions[" + strconv.Itoa(i) + "]"
		got, ok := t.Read(at + ".name")
		if !ok || got == "undefined" {
			break
		}
		if got == strconv.Quote(name) {
			value, _ := t.Read(at + ".value")
			return short(value)
		}
	}
	return "missing"
}

// headerFound recognises extensions.find(e => e.name === "X").value, and returns X.
func headerFound(n *ast.DotExpression) (name string, ok bool) {
	call, is := bare(n.Left).(*ast.CallExpression)
	if !is || n.Identifier.Name != "value" || len(call.ArgumentList) != 1 {
		return "", false
	}
	callee, method := bare(call.Callee).(*ast.DotExpression)
	fn, arrow := call.ArgumentList[0].(*ast.ArrowFunctionLiteral)
	if !method || callee.Identifier.Name != "find" || !arrow {
		return "", false
	}
	body, is := fn.Body.(*ast.ExpressionBody)
	if !is {
		return "", false
	}
	same, is := body.Expression.(*ast.BinaryExpression)
	if !is || same.Operator != token.STRICT_EQUAL && same.Operator != token.EQUAL {
		return "", false
	}
	for _, side := range []ast.Expression{same.Left, same.Right} {
		if text, is := side.(*ast.StringLiteral); is {
			return text.Value.String(), true
		}
	}
	return "", false
}

// there is said of what was asked whether it is there.
func (t *tally) there(s subject, l leaf) clause {
	is, must := s.is(), ""
	switch s.value {
	case "null", "undefined":
		is, must = s.name+" is missing", "be there"
	case `""`:
		is, must = s.name+" is empty", "not be empty"
	case "true", "false", "0":
		must = "be true"
	}
	if l.gave {
		must = "not be there"
		if strings.HasPrefix(s.value, "{") || strings.HasPrefix(s.value, "[") {
			is = s.name + " is there"
		} else {
			must = "be empty"
		}
	}
	return clause{is: is, must: must}
}
