// Package rulegen makes up matchFuncs in and around the subset of JavaScript that is compiled natively, for tests
// that compare the native compiler with other engines. The same seed gives the same rules.
package rulegen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Generator makes rules. It isn't safe for concurrent use.
type Generator struct {
	r     *rand.Rand
	depth int
	vars  []variable
	next  int
}

// variable is a name that the rule declared, and what it holds.
type variable struct {
	name string
	typ  typ
}

// typ is what a generated expression is likely to be. Now and then another is taken, since rules get it wrong, too.
type typ int

const (
	str typ = iota
	num
	boolean
	object // a message or null
	list   // an array of messages
	strs   // an array of strings
	entry  // an extension
	dict
	numTypes
)

// New returns a generator of the rules of a seed.
func New(seed uint64) *Generator {
	return &Generator{r: rand.New(rand.NewPCG(seed, 0x5eed))} // not for secrets
}

// Rule makes a rule.
func (g *Generator) Rule() string {
	g.depth, g.vars, g.next = 0, nil, 0
	switch g.r.IntN(12) {
	case 0:
		g.vars = []variable{{"method", str}, {"message", object}, {"metadata", dict}}
		return "({method, message, metadata}) => " + g.expr(boolean)
	case 1:
		return "function (req) { " + g.statements(3) + " }"
	case 2, 3, 4:
		return "req => { " + g.statements(3) + " }"
	case 5:
		g.vars = []variable{{"from", object}, {"tag", str}}
		return "({message: {from, to: {tag = \"none\"}}}) => " + g.expr(boolean)
	}
	return "req => " + g.expr(boolean)
}

func pick[T any](g *Generator, all ...T) T { return all[g.r.IntN(len(all))] }

func (g *Generator) statements(n int) string {
	known := len(g.vars)
	defer func() { g.vars = g.vars[:known] }()
	var b strings.Builder
	for range g.r.IntN(n) {
		b.WriteString(g.statement())
		b.WriteString("; ")
	}
	if g.r.IntN(8) > 0 {
		b.WriteString("return " + g.expr(g.anyType()))
	}
	return b.String()
}

func (g *Generator) name() string {
	g.next++
	return fmt.Sprintf("v%d", g.next)
}

func (g *Generator) anyType() typ {
	if g.r.IntN(2) == 0 {
		return boolean
	}
	return typ(g.r.IntN(int(numTypes)))
}

func (g *Generator) statement() string {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 4 {
		return g.expr(boolean)
	}
	switch g.r.IntN(10) {
	case 0, 1, 2:
		t := g.anyType()
		e, name := g.expr(t), g.name()
		g.vars = append(g.vars, variable{name, t})
		return "const " + name + " = " + e
	case 3:
		return "if (" + g.expr(boolean) + ") { " + g.statements(2) + " }"
	case 4:
		return "if (" + g.expr(boolean) + ") return " + g.expr(boolean) + "; else { " + g.statements(2) + " }"
	case 5:
		e, a, b := g.expr(object), g.name(), g.name()
		g.vars = append(g.vars, variable{a, str}, variable{b, str})
		return fmt.Sprintf("const { %s: %s, %s: %s = %s } = %s", g.stringKey(), a, g.stringKey(), b, g.literal(str), e)
	case 6:
		e, a, b := g.expr(pick(g, strs, list)), g.name(), g.name()
		g.vars = append(g.vars, variable{a, str}, variable{b, str})
		return fmt.Sprintf("const [%s, %s] = %s", a, b, e)
	case 7:
		return g.switching()
	case 8:
		if g.r.IntN(3) == 0 {
			return "try { " + g.statements(2) + `; throw new TypeError("t") } catch { ` + g.statements(2) + " }"
		}
		return "try { " + g.statements(2) + " } catch (e) { " + g.statements(2) + " }"
	}
	return g.helper()
}

func (g *Generator) switching() string {
	var b strings.Builder
	b.WriteString("switch (" + g.expr(str) + ") { ")
	for range 1 + g.r.IntN(3) {
		b.WriteString("case " + g.literal(str) + ": ")
		switch g.r.IntN(3) {
		case 0:
			b.WriteString("return " + g.expr(boolean) + "; ")
		case 1:
			b.WriteString("break; ")
		}
	}
	if g.r.IntN(2) == 0 {
		b.WriteString("default: return " + g.expr(boolean) + "; ")
	}
	return b.String() + "}"
}

func (g *Generator) helper() string {
	name, p := g.name(), g.name()
	known := g.vars
	g.vars = append(g.vars, variable{p, str})
	body := g.expr(boolean)
	g.vars = known
	out := fmt.Sprintf("const %s = %s => %s", name, p, body)
	t := g.name()
	g.vars = append(g.vars, variable{t, boolean})
	return out + fmt.Sprintf("; const %s = %s(%s)", t, name, g.expr(str))
}

// expr makes an expression that is likely to be of type t.
func (g *Generator) expr(t typ) string {
	g.depth++
	defer func() { g.depth-- }()
	if g.r.IntN(25) == 0 {
		t = typ(g.r.IntN(int(numTypes)))
	}
	if g.r.IntN(4) == 0 {
		if v, ok := g.variable(t); ok {
			return v
		}
	}
	if g.depth > 5 {
		return g.leaf(t)
	}
	switch g.r.IntN(14) {
	case 0:
		return "(" + g.expr(boolean) + " ? " + g.expr(t) + " : " + g.expr(t) + ")"
	case 1:
		return "(" + g.expr(t) + " " + pick(g, "&&", "||") + " " + g.expr(t) + ")"
	case 2:
		return "(" + g.expr(t) + " ?? " + g.expr(t) + ")"
	case 3:
		return g.leaf(t)
	}
	switch t {
	case str:
		return g.string()
	case num:
		return g.number()
	case boolean:
		return g.boolean()
	case object:
		return g.object()
	case list, strs:
		return g.array(t)
	default:
		return g.leaf(t)
	}
}

func (g *Generator) variable(t typ) (string, bool) {
	for range 4 {
		if len(g.vars) == 0 {
			break
		}
		if v := pick(g, g.vars...); v.typ == t {
			return v.name, true
		}
	}
	return "", false
}

func (g *Generator) leaf(t typ) string {
	switch t {
	case str:
		return pick(g, g.path, g.path, func() string { return g.literal(str) })()
	case object:
		return g.place()
	case list:
		return "req.message" + g.dot() + pick(g, "extensions", "via", "route", "recordRoute")
	case strs:
		return pick(g, "req.externalAddrs", "req.localnets", `["INVITE", "BYE", "alice"]`, `["a", "", "é"]`, `[]`)
	case entry:
		return "req.message.extensions" + pick(g, "[0]", "[1]", "[9]", ".at(-1)", "[0]", ".find(e => e.name)")
	case dict:
		return pick(g, "req.metadata", "req.metadata", "req.message.from.parameters", "req.message.to.parameters")
	case num:
		return pick(g, g.numberPath, func() string { return g.literal(num) })()
	}
	if g.r.IntN(30) == 0 {
		return pick(g, "typeof nosuch", "(typeof nosuch && nosuch)", "(typeof nosuch, nosuch.x)",
			"(typeof nosuch && nosuch(1))", "(() => { throw new RangeError() })()")
	}
	return pick(g, g.booleanPath, func() string { return g.literal(boolean) })()
}

func (g *Generator) literal(t typ) string {
	switch t {
	case str:
		return pick(g, `"INVITE"`, `"BYE"`, `"alice"`, `"sip.local"`, `""`, `"a"`, `"é"`, `"0"`, `"10"`, `" 12 "`,
			`"CSeq"`, `"OK"`,
			`"\uFFFD"`, `"\ud83d"`, `"😀"`, `"requestUri"`, `"UNKNOWN"`, `"İ"`, `"."`, `"5060"`, `"undefined"`, `"null"`,
			`"true"`, `"1e3"`,
			`"ß"`, `"ΑΣ"`, `"tenant"`, `"constructor"`, `"User-Agent"`, `"UDP"`, `"-0"`, `"0x1F"`,
			`"Infinity"`, `"\u00a0"`)
	case num:
		return pick(g, "0", "1", "-1", "2", "5060", "1.5", "-0", "NaN", "Infinity", "3", "10", "99", "0x10", "1e21",
			"2147483648", "-2.7")
	}
	return pick(g, "true", "false", "null", "undefined", "0", `""`, `"x"`, "[]")
}

func (g *Generator) dot() string {
	if g.r.IntN(4) == 0 {
		return "?."
	}
	return "."
}

func (g *Generator) root() string {
	if g.r.IntN(10) == 0 {
		return `req["message"]`
	}
	return "req.message"
}

func (g *Generator) place() string {
	d := g.dot
	switch g.r.IntN(9) {
	case 0:
		return "req.sender"
	case 1:
		return g.root() + d() + "from" + d() + "address"
	case 2:
		return g.root() + d() + pick(g, "from", "to", "contact") + d() + "address" + d() + "uri"
	case 3:
		return g.root() + d() + "requestUri"
	case 4:
		return g.root() + d() + pick(g, "authorization", "wwwAuthenticate", "expires", "maxForwards", "callId",
			"nosuch")
	case 5:
		return "req.message.route[" + pick(g, "0", "1") + "]" + d() + "address" + d() + "uri"
	case 6:
		return "(" + g.root() + d() + "contact" + d() + "address)"
	case 7:
		return "req.listeningPoints[0]"
	}
	return pick(g, "req", "req.message", "req.message.via[0]", "req.message.from")
}

func (g *Generator) stringKey() string {
	return pick(g, "user", "host", "tag", "displayName", "transport", "ref", "method", "callId", "nosuch", "name",
		"value")
}

// path reads a string, or an enum.
func (g *Generator) path() string {
	switch g.r.IntN(14) {
	case 0, 1, 2:
		return "req.method"
	case 3:
		return "req.ref"
	case 4:
		return g.root() + g.dot() + pick(g, "body", "reasonPhrase", "messageType", "responseType")
	case 5:
		return "req.sender" + g.dot() + pick(g, "host", "transport")
	case 6:
		return "req.metadata" + pick(g, ".tenant", `["tenant"]`, ".nosuch", "[1]", ".weight", "?.region",
			"[req.method]", `["é"]`)
	case 7:
		return g.leaf(entry) + g.dot() + pick(g, "name", "value")
	case 8:
		return "req.message.from.address.displayName"
	case 9:
		return g.place() + g.dot() + g.stringKey()
	case 10:
		return "req.message.via[0]" + g.dot() + pick(g, "host", "branch", "transport")
	}
	d := g.dot
	return g.root() + d() + pick(g, "from", "to", "contact") + d() + "address" + d() + "uri" + d() +
		pick(g, "user", "host")
}

func (g *Generator) numberPath() string {
	return pick(g, "req.sender.port", "req.message.via.length", "req.message.contact?.expires",
		"req.message.contact?.qValue",
		"req.message.maxForwards?.maxForwards", "req.message.from.address.uri.port", "req.message.via[0]?.ttl",
		"req.message.body.length", "req.externalAddrs.length", "req.metadata.weight", "req.message.expires.expires")
}

func (g *Generator) booleanPath() string {
	return pick(g, "req.message.from.address.uri.secure", "req.message.via[0]?.rPortFlag",
		"req.message.from.address?.wildcard",
		"req.message.from?.address.uri?.lrParam")
}

// Routing makes a rule of the kind that routes: comparisons of strings with constants, joined.
func (g *Generator) Routing() string {
	return "req => " + g.routing(3)
}

func (g *Generator) routing(depth int) string {
	if depth == 0 || g.r.IntN(5) == 0 {
		switch g.r.IntN(8) {
		case 0:
			return fmt.Sprintf("[%s, %s].includes(%s)", g.literal(str), g.literal(str), g.path())
		case 1:
			return fmt.Sprintf("[%s, %s].indexOf(%s) %s", g.literal(str), g.literal(str), g.path(),
				pick(g, "> -1", ">= 0", "!== -1"))
		case 2:
			return g.literal(boolean)
		case 3:
			return g.place()
		case 4:
			return g.place() + pick(g, " === ", " != ") + pick(g, "null", "undefined")
		}
		return fmt.Sprintf("%s %s %s", g.path(), pick(g, "===", "===", "!==", "=="), g.literal(str))
	}
	sub := func() string { return g.routing(depth - 1) }
	switch g.r.IntN(6) {
	case 0:
		return "!(" + sub() + ")"
	case 1:
		return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
	case 2:
		return "(" + sub() + " ?? " + sub() + ")"
	case 3:
		return "(" + sub() + " || " + sub() + ")"
	}
	return "(" + sub() + " && " + sub() + ")"
}
