package why

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// verb is what a test asks, in the four forms that a sentence needs.
type verb struct{ does, doesNot, must, mustNot string }

func (v verb) about(s subject, object string, l leaf) clause {
	c := clause{is: s.is(), does: v.does, must: v.must}
	if !l.gave {
		c.does = v.doesNot
	} else {
		c.must = v.mustNot
	}
	if l.gave && c.does == "" && s.as != "" {
		c.does = "is"
	}
	for _, text := range []*string{&c.does, &c.must} {
		if *text != "" {
			*text = strings.TrimSpace(*text + " " + object + " " + s.as)
		}
	}
	return c
}

var comparisons = map[token.Token]verb{
	token.STRICT_EQUAL:     {"", "isn't", "be", "not be"},
	token.STRICT_NOT_EQUAL: {"isn't", "", "not be", "be"},
	token.LESS:             {"is less than", "isn't less than", "be less than", "be at least"},
	token.LESS_OR_EQUAL:    {"is at most", "is more than", "be at most", "be more than"},
	token.GREATER:          {"is more than", "is at most", "be more than", "be at most"},
	token.GREATER_OR_EQUAL: {"is at least", "is less than", "be at least", "be less than"},
}

var turned = map[token.Token]token.Token{
	token.LESS: token.GREATER, token.LESS_OR_EQUAL: token.GREATER_OR_EQUAL,
	token.GREATER: token.LESS, token.GREATER_OR_EQUAL: token.LESS_OR_EQUAL,
	token.EQUAL: token.STRICT_EQUAL, token.NOT_EQUAL: token.STRICT_NOT_EQUAL,
}

func (t *tally) comparison(n *ast.BinaryExpression, l leaf) (clause, bool) {
	left, right, op := n.Left, n.Right, n.Operator
	if op == token.EQUAL || op == token.NOT_EQUAL {
		op = turned[op]
	}
	v, known := comparisons[op]
	s, ok := t.subject(left)
	if !ok {
		left, right = right, left
		if to, turns := turned[op]; turns {
			v = comparisons[to]
		}
		s, ok = t.subject(left)
	}
	if !ok || !known {
		return clause{}, false
	}
	return v.about(s, t.object(right), l), true
}

// object is what something is compared with.
func (t *tally) object(e ast.Expression) string {
	if s, ok := t.subject(e); ok {
		return s.value + ", as " + s.name + " is"
	}
	if value, ok := t.value(e); ok {
		return value
	}
	return t.literal(e)
}

func (t *tally) literal(e ast.Expression) string {
	if quoted, ok := source.Quoted(e); ok {
		return short(quoted)
	}
	return short(t.src.TextOf(e))
}

var methods = map[string]verb{
	"endsWith":   {"ends with", "doesn't end with", "end with", "not end with"},
	"startsWith": {"begins with", "doesn't begin with", "begin with", "not begin with"},
	"includes":   {"contains", "doesn't contain", "contain", "not contain"},
	"match":      fits,
	"test":       fits,
}

var (
	fits  = verb{"fits", "doesn't fit", "fit", "not fit"}
	among = verb{"is one of", "is none of", "be one of", "be none of"}
	some  = verb{"has one that fits", "has none that fits", "have one that fits", "have none that fits"}
	every = verb{
		"has only such as fit", "has one that doesn't fit", "have only such as fit", "have one that doesn't fit",
	}
)

func (t *tally) call(n *ast.CallExpression, l leaf) (clause, bool) {
	callee, method := bare(n.Callee).(*ast.DotExpression)
	if !method || len(n.ArgumentList) != 1 {
		return clause{}, false
	}
	name, arg := callee.Identifier.Name.String(), n.ArgumentList[0]
	if v, known := methods[name]; known {
		if list := t.listed(callee.Left); list != "" && name == "includes" {
			return t.about(among, arg, list, l)
		}
		if pattern, is := bare(callee.Left).(*ast.RegExpLiteral); is && name == "test" {
			return t.about(v, arg, t.src.TextOf(pattern), l)
		}
		return t.about(v, callee.Left, t.object(arg), l)
	}
	text, shown := t.shown(arg)
	switch {
	case !shown:
	case name == "some" || name == "find" || name == "filter":
		return t.ofList(some, callee.Left, text, l)
	case name == "every":
		return t.ofList(every, callee.Left, text, l)
	}
	return clause{}, false
}

func (t *tally) about(v verb, e ast.Expression, object string, l leaf) (clause, bool) {
	s, ok := t.subject(e)
	if !ok {
		return clause{}, false
	}
	return v.about(s, object, l), true
}

// ofList is about a list, whose elements aren't shown: there may be many.
func (t *tally) ofList(v verb, e ast.Expression, object string, l leaf) (clause, bool) {
	s, ok := t.subject(e)
	if !ok {
		return clause{}, false
	}
	c := v.about(s, object, l)
	c.is, c.does, c.must = s.name+" "+c.does, "", "have one"
	if l.gave == (v == some) {
		c.must = "have none"
	}
	return c, true
}

// listed returns the elements of a list that is written down, as a list of words.
func (t *tally) listed(e ast.Expression) string {
	e = bare(e)
	if id, ok := e.(*ast.Identifier); ok {
		if from := t.initial[id.Name.String()]; from != nil {
			e = from
		}
	}
	list, ok := e.(*ast.ArrayLiteral)
	if !ok || len(list.Value) == 0 {
		return ""
	}
	var all []string
	for _, v := range list.Value {
		if v == nil {
			return ""
		}
		all = append(all, t.literal(v))
	}
	return short(strings.Join(all, ", "))
}

// shown returns the condition of a function that is written in place.
func (t *tally) shown(e ast.Expression) (string, bool) {
	fn, ok := e.(*ast.ArrowFunctionLiteral)
	if !ok {
		return "", false
	}
	body, ok := fn.Body.(*ast.ExpressionBody)
	if !ok {
		return "", false
	}
	return short(t.src.TextOf(body.Expression)), true
}
