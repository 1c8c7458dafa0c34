package rulegen

import "fmt"

// Arrays makes a rule that calls a method of an array, most with a callback that throws on some elements.
func (g *Generator) Arrays() string {
	g.depth, g.vars, g.next = 2, nil, 0
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("req => { const v = %s; return %s }", g.arrayCall(),
			pick(g, "v", "!v", "v === undefined", "v > 0", "v.length", "v?.name"))
	case 1:
		return fmt.Sprintf("req => %s %s %s", g.arrayCall(), pick(g, "&&", "||", "??", "==="), g.arrayCall())
	}
	return "req => " + g.arrayCall()
}

// elements makes an array whose elements differ.
func (g *Generator) elements() string {
	switch g.r.IntN(5) {
	case 0:
		return g.leaf(strs)
	case 1:
		return "[req.message.from, req.message.contact, null, req.message.to]"
	case 2:
		return "[0, 1, 2, undefined, 4]"
	case 3:
		return g.expr(list)
	}
	return g.leaf(list)
}

// arrayCall makes a call of any method of arrays.
func (g *Generator) arrayCall() string {
	on := g.elements()
	switch g.r.IntN(5) {
	case 0:
		return fmt.Sprintf("%s.%s(%s, %s)", on, pick(g, "reduce", "reduceRight"), g.folder(),
			pick(g, "0", `""`, "null", "[]"))
	case 1:
		return on + g.plainCall()
	case 2:
		return fmt.Sprintf("%s.%s(%s)", on, pick(g, "find", "findLast", "findIndex", "findLastIndex"), g.thrower())
	}
	return fmt.Sprintf("%s.%s(%s)%s", on,
		pick(g, "find", "findIndex", "findLast", "findLastIndex", "some", "every", "filter", "map", "flatMap",
			"forEach", "sort", "toSorted"),
		g.thrower(), pick(g, "", "", "", "?.length", "?.[0]"))
}

// thrower makes a callback that throws on some elements.
func (g *Generator) thrower() string {
	result := pick(g, "true", "false", "x.name", "x", "i", "[x]", "i > 0", "x === null")
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("x => x.name === %s || x.nosuch.y", g.literal(str))
	case 1:
		return fmt.Sprintf("(x, i) => i %s %s ? %s : x.nosuch.y", pick(g, "===", "!==", "<", ">"),
			pick(g, "0", "1", "2", "3"), result)
	case 2:
		return fmt.Sprintf("(x, i) => { if (i === %s) throw new RangeError(); return %s }", pick(g, "0", "1", "2", "3"),
			result)
	case 3:
		return "x => x.address.uri.user"
	case 4:
		return fmt.Sprintf("(x, i) => x.%s.length > %s", pick(g, "name", "value", "host", "branch", "tag"),
			pick(g, "0", "3", "i"))
	case 5:
		return "({name, address: {uri}}) => name || uri.host"
	case 6:
		return fmt.Sprintf("(x, i) => (i === %s ? req : null).method === x", pick(g, "0", "1", "2"))
	}
	return "(x, i) => " + result
}

// folder makes a callback of reduce.
func (g *Generator) folder() string {
	return pick(g, "(a, x) => a + x.value.length", "(a, x, i) => i === 1 ? x.nosuch.y : a", "(a, x) => a || x.name",
		"(a, x, i) => i",
		"(a, x) => x.address.uri ? x : a", "(a, x, i) => { if (i === 2) throw new RangeError(); return x }")
}

// plainCall makes a call that takes no callback.
func (g *Generator) plainCall() string {
	i := func() string { return pick(g, "0", "1", "-1", "2", "-9", "9", "NaN", "undefined") }
	return pick(g,
		func() string { return ".at(" + i() + ")" },
		func() string { return ".slice(" + i() + ", " + i() + ").length" },
		func() string { return ".concat(" + g.elements() + ").length" },
		func() string { return ".includes(" + g.literal(str) + ")" },
		func() string { return ".includes(undefined)" },
		func() string { return ".indexOf(" + g.literal(num) + ")" },
		func() string { return ".lastIndexOf(" + g.literal(str) + ", " + i() + ")" },
		func() string { return ".splice(" + i() + ", " + i() + ").length" },
		func() string { return ".toSpliced(" + i() + ", 1).length" },
		func() string { return ".with(" + i() + ", 7).length" },
		func() string { return ".fill(7, " + i() + ").indexOf(7)" },
		func() string { return ".copyWithin(" + i() + ", " + i() + ")[0]" },
		func() string { return ".flat().length" },
		func() string { return ".toReversed()[0]" },
		func() string { return ".reverse()[0]" },
		func() string { return ".pop()" },
		func() string { return ".shift()" },
		func() string { return ".push(1)" },
		func() string { return ".unshift(1, 2)" },
		func() string { return ".join().length" },
		func() string { return ".toString().length" },
		func() string { return ".entries().next().done" },
		func() string { return ".keys().next().value" },
		func() string { return ".values().next().value" },
	)()
}
