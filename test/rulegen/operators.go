package rulegen

import "fmt"

// in makes a bracketed index, or an argument that is one.
func (g *Generator) index() string {
	if g.r.IntN(4) == 0 {
		return g.expr(num)
	}
	return pick(g, "0", "1", "2", "-1", "-3", "1.5", "99", "NaN", "undefined")
}

func (g *Generator) pattern() string {
	return fmt.Sprintf("/%s/%s", pick(g, `^a`, `\d+`, `^[A-Z]+$`, `é`, `e.*e`, `^(?:INVITE|BYE)$`, `^$`, `.`, `\s`,
		`^\w`, `\.local$`, `(\d)(x)?`,
		`[^a-z]`, `(?:)`, `$`, `,\s*`, `^m=`, `\r?\n`, `\ud83d`), pick(g, "", "i", "m", "u", "s", "g", "gi", "gm", "y"))
}

func (g *Generator) string() string {
	s := func() string { return g.expr(str) }
	switch g.r.IntN(18) {
	case 15:
		return fmt.Sprintf("%s.replace(%s, %s)", s(), g.pattern(), pick(g, `""`, `"x"`, `"é"`))
	case 16:
		return fmt.Sprintf("%s%s[%s]", pick(g, s()+".match("+g.pattern()+")", g.pattern()+".exec("+s()+")"),
			pick(g, "?.", "?.", ""), pick(g, "0", "1", "5"))
	case 0:
		return s() + "." + pick(g, "toLowerCase", "toUpperCase", "trim", "trimStart", "trimEnd") + "()"
	case 1:
		return fmt.Sprintf("%s%sslice(%s, %s)", s(), g.dot(), g.index(), g.index())
	case 2:
		return fmt.Sprintf("%s.%s(%s)", s(), pick(g, "slice", "substring", "charAt", "at"), g.index())
	case 3:
		return fmt.Sprintf("%s.substring(%s, %s)", s(), g.index(), g.index())
	case 4:
		return fmt.Sprintf("(%s + %s)", g.expr(pick(g, str, num)), s())
	case 5:
		return fmt.Sprintf("`%s:${%s}-${%s}`", pick(g, "", "x", "é"), s(), g.expr(pick(g, num, boolean, str)))
	case 6:
		return fmt.Sprintf("%s[%s]", s(), g.index())
	case 7:
		return fmt.Sprintf("%s.replace(%s, %s)", s(), g.literal(str),
			pick(g, `"[$&]"`, `"$$"`, "\"$`|$'\"", `""`, `"é$"`))
	case 8:
		return fmt.Sprintf("%s.%s(%s, %s)", s(), pick(g, "padStart", "padEnd"), pick(g, "0", "3", "12", "-1"),
			g.literal(str))
	case 9:
		return fmt.Sprintf("String(%s)", g.expr(pick(g, num, boolean, str)))
	case 10:
		return fmt.Sprintf("%s.join(%s)", g.expr(strs), pick(g, `","`, `""`, "undefined", g.literal(str)))
	case 11:
		return "typeof " + g.expr(g.anyType())
	case 12:
		return fmt.Sprintf("%s.repeat(%s)", s(), pick(g, "0", "1", "2", "3"))
	case 13:
		return fmt.Sprintf("(%s || { value: %s }).value", g.leaf(entry), g.literal(str))
	case 14:
		return fmt.Sprintf("({ INVITE: \"a\", BYE: %s, alice: %s })[%s]", g.expr(str), g.literal(num), s())
	}
	return g.path()
}

func (g *Generator) number() string {
	n := func() string { return g.expr(num) }
	switch g.r.IntN(13) {
	case 11:
		return fmt.Sprintf("%s.search(%s)", g.expr(str), g.pattern())
	case 0:
		return fmt.Sprintf("(%s %s %s)", n(), pick(g, "+", "-", "*", "/", "%"), n())
	case 1:
		return fmt.Sprintf("(%s %s %s)", n(), pick(g, "&", "|", "^", "<<", ">>", ">>>"), n())
	case 2:
		return pick(g, "-", "+", "~") + g.expr(pick(g, num, str))
	case 3:
		return g.expr(pick(g, str, strs, list)) + g.dot() + "length"
	case 4:
		return fmt.Sprintf("%s.%s(%s)", g.expr(str), pick(g, "indexOf", "lastIndexOf"), g.expr(str))
	case 5:
		return fmt.Sprintf("%s.indexOf(%s, %s)", g.expr(str), g.literal(str), g.index())
	case 6:
		return fmt.Sprintf("%s(%s)", pick(g, "Number", "parseInt", "parseFloat", "Math.floor", "Math.abs", "Math.trunc",
			"Math.round"), g.expr(pick(g, str, num)))
	case 7:
		return fmt.Sprintf("%s.charCodeAt(%s)", g.expr(str), g.index())
	case 8:
		return fmt.Sprintf("%s.findIndex(%s)", g.expr(list), g.callback(boolean))
	case 9:
		return fmt.Sprintf("%s.indexOf(%s)", g.expr(strs), g.expr(str))
	case 10:
		return fmt.Sprintf("%s.reduce((a, e) => a + %s, 0)", g.leaf(list), g.element())
	}
	return g.numberPath()
}

func (g *Generator) element() string {
	return "e" + g.dot() + pick(g, "name", "value", "host", "port", "ttl", "address", "transport", "nosuch",
		"value.length")
}

// callback makes an arrow function over messages in a list.
func (g *Generator) callback(result typ) string {
	known := g.vars
	defer func() { g.vars = known }()
	p := g.name()
	g.vars = append(g.vars, variable{p, entry}, variable{p + ".name", str}, variable{p + ".value", str})
	switch g.r.IntN(6) {
	case 0:
		g.vars = append(known, variable{"name", str}, variable{"value", str})
		return "({name, value}) => " + g.expr(result)
	case 1:
		return fmt.Sprintf("%s => %s.name === %s", p, p, g.literal(str))
	case 2:
		g.vars = append(g.vars, variable{"i", num})
		return fmt.Sprintf("(%s, i) => %s", p, g.expr(result))
	}
	return p + " => " + g.expr(result)
}

func (g *Generator) boolean() string {
	switch g.r.IntN(20) {
	case 0, 1, 2:
		return fmt.Sprintf("%s %s %s", g.path(), pick(g, "===", "!==", "==", "!="), g.literal(str))
	case 3:
		t := typ(g.r.IntN(4))
		return fmt.Sprintf("(%s %s %s)", g.expr(t), pick(g, "===", "!==", "==", "!="), g.expr(t))
	case 4:
		return fmt.Sprintf("(%s %s %s)", g.expr(pick(g, num, str)), pick(g, "<", ">", "<=", ">="),
			g.expr(pick(g, num, str)))
	case 5:
		return "!" + g.expr(boolean)
	case 6, 7:
		return fmt.Sprintf("%s%s%s(%s)", g.expr(str), g.dot(), pick(g, "startsWith", "endsWith", "includes"),
			g.expr(str))
	case 8:
		return fmt.Sprintf("%s.%s(%s, %s)", g.expr(str), pick(g, "startsWith", "endsWith", "includes"), g.literal(str),
			g.index())
	case 9, 10:
		return fmt.Sprintf("%s.%s(%s)", g.expr(list), pick(g, "some", "every", "find"), g.callback(boolean))
	case 11:
		return fmt.Sprintf("%s.includes(%s)", g.expr(strs), g.expr(str))
	case 12:
		return fmt.Sprintf("%s.test(%s)", g.pattern(), g.expr(str))
	case 13:
		return fmt.Sprintf("%s(%s)", pick(g, "isNaN", "isFinite", "Boolean", "Array.isArray", "Number.isInteger"),
			g.expr(g.anyType()))
	case 14:
		return fmt.Sprintf("(%s in %s)", pick(g, g.literal(str), `"host"`, `"toString"`), g.expr(pick(g, dict, object)))
	case 15:
		t := pick(g, object, list)
		return fmt.Sprintf("(%s %s %s)", g.expr(t), pick(g, "===", "==", "!=="),
			pick(g, g.expr(t), "null", "undefined"))
	case 16:
		return fmt.Sprintf("(%s && %s)", g.expr(boolean), g.expr(boolean))
	case 17:
		return fmt.Sprintf("Object.keys(%s).%s", g.leaf(dict), pick(g, "length", `includes("tenant")`, `join()`))
	}
	return fmt.Sprintf("%s === %s", g.path(), g.literal(str))
}

func (g *Generator) object() string {
	if g.r.IntN(4) == 0 {
		return fmt.Sprintf("%s.find(%s)", g.expr(list), g.callback(boolean))
	}
	return g.place()
}

func (g *Generator) array(t typ) string {
	if t == list {
		switch g.r.IntN(5) {
		case 0:
			return fmt.Sprintf("%s.filter(%s)", g.expr(list), g.callback(boolean))
		case 1:
			return fmt.Sprintf("%s.slice(%s, %s)", g.leaf(list), g.index(), g.index())
		case 2:
			return "[req.message.from, req.message.to]"
		}
		return g.leaf(list)
	}
	switch g.r.IntN(10) {
	case 7:
		return fmt.Sprintf("%s.split(%s%s)", g.expr(str), g.pattern(), pick(g, "", ", 2", ", 0"))
	case 8:
		return fmt.Sprintf("[...%s, %s]", g.expr(pick(g, str, strs)), g.literal(str))
	case 0:
		return fmt.Sprintf("%s.split(%s)", g.expr(str),
			pick(g, `"."`, `""`, `"@"`, `" "`, `"é"`, `"\uFFFD"`, "", `"\r\n"`, "undefined"))
	case 1:
		return fmt.Sprintf("%s.split(%s, %s)", g.expr(str), pick(g, `"."`, `""`, `"e"`), pick(g, "0", "1", "2", "-1"))
	case 2:
		return fmt.Sprintf("%s.map(%s)", g.expr(list), g.callback(str))
	case 3:
		return fmt.Sprintf("%s.filter(%s)", g.expr(strs), pick(g, "Boolean", "s => s.length > 1", `s => s !== "a"`))
	case 4:
		return fmt.Sprintf("%s.concat(%s)", g.expr(strs), g.leaf(strs))
	case 5:
		return fmt.Sprintf("[%s, %s]", g.expr(str), g.expr(str))
	case 6:
		return fmt.Sprintf("%s.split(%s).reverse()", g.expr(str), pick(g, `"."`, `""`))
	}
	return g.leaf(strs)
}
