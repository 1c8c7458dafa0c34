package native

import (
	"math"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// global compiles the call of a global function.
func (c *compiler) global(n *ast.CallExpression, name string) *expr {
	args := c.arguments(n, 2)
	if c.outside != nil {
		return args[0]
	}
	if len(n.ArgumentList) == 0 && (name == "Number" || name == "String") {
		return c.out(n, name+" without an argument")
	}
	switch name {
	case "parseInt":
		return c.parseInt(n, args)
	case "parseFloat":
		s := c.toText(n, args[0])
		return after(args[1], newExpr(shapeOf(number), seen(s), func(r *message.Request, f *frame) value {
			return numberOf(parseFloat(f, s.eval(r, f)))
		}))
	}
	return after(args[1], c.conversion(n, name, args[0]))
}

// arguments compiles a call's arguments and fills up with undefined. More than max are outside.
func (c *compiler) arguments(n *ast.CallExpression, most int) []*expr {
	args := make([]*expr, most)
	for i := range args {
		args[i] = constant(value{})
	}
	for i, a := range n.ArgumentList {
		if i >= most {
			args[0] = c.out(a, "so many arguments")
			return args
		}
		args[i] = c.expr(a)
	}
	return args
}

// conversion compiles the functions of one argument that convert or test it.
func (c *compiler) conversion(n ast.Node, name string, arg *expr) *expr {
	var test func(float64) bool
	switch name {
	case "Boolean":
		e := newTest(arg.facts, arg.test)
		e.light = arg.light
		return e
	case "String":
		return c.toText(n, arg)
	case "Number":
		return c.toNumber(n, arg)
	case "isNaN":
		test = math.IsNaN
	case "isFinite":
		test = finite
	default:
		return c.out(n, "the name "+name)
	}
	e := c.toNumber(n, arg)
	return newTest(seen(e), func(r *message.Request, f *frame) bool {
		v := e.eval(r, f)
		return test(v.num)
	})
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (c *compiler) parseInt(n *ast.CallExpression, args []*expr) *expr {
	radix := 0
	if lit := args[1].lit; lit == nil || lit.kind == number && lit.num != 10 && lit.num != 16 || lit.kind > number {
		return c.out(n, "parseInt with a radix other than 10 and 16")
	} else if lit.kind == number {
		radix = int(lit.num)
	} else if lit.kind != undefined {
		return c.out(n, "parseInt with a radix other than 10 and 16")
	}
	s := c.toText(n, args[0])
	return newExpr(shapeOf(number), seen(s), func(r *message.Request, f *frame) value {
		return numberOf(parseInt(f, s.eval(r, f), radix))
	})
}

// mathFunctions are the functions of Math that are exact.
var mathFunctions = map[string]func(float64) float64{
	"abs": math.Abs, "floor": math.Floor, "ceil": math.Ceil, "trunc": math.Trunc,
	"sign": func(v float64) float64 {
		switch {
		case v > 0:
			return 1
		case v < 0:
			return -1
		}
		return v
	},
}

// static compiles the call of a function that belongs to a global object.
func (c *compiler) static(n *ast.CallExpression, object, name string) *expr {
	full := object + "." + name
	if full == "Math.pow" && len(n.ArgumentList) == 2 {
		args := c.arguments(n, 2)
		if c.outside != nil {
			return args[0]
		}
		return c.power(n, args[0], args[1])
	}
	args := c.arguments(n, 1)
	if c.outside != nil {
		return args[0]
	}
	arg := args[0]
	if fn := mathFunctions[name]; object == "Math" && fn != nil {
		e := c.toNumber(n, arg)
		return newExpr(shapeOf(number), seen(e), func(r *message.Request, f *frame) value {
			v := e.eval(r, f)
			return numberOf(fn(v.num))
		})
	}
	switch full {
	case "Number.isInteger":
		return numeral(arg, func(v float64) bool { return finite(v) && v == math.Trunc(v) })
	case "Number.isFinite":
		return numeral(arg, finite)
	case "Number.isNaN":
		return numeral(arg, math.IsNaN)
	case "Number.parseFloat":
		return c.global(n, name)
	case "Array.isArray":
		return newTest(seen(arg), func(r *message.Request, f *frame) bool {
			v := arg.eval(r, f)
			return of(v.kind).only(arrays)
		})
	case "Object.keys":
		return c.keys(n, arg)
	}
	return c.out(n, full)
}

// numeral tests a value that is a number.
func numeral(e *expr, test func(float64) bool) *expr {
	return newTest(seen(e), func(r *message.Request, f *frame) bool {
		v := e.eval(r, f)
		return v.kind == number && test(v.num)
	})
}

// keys compiles Object.keys of a map.
func (c *compiler) keys(n ast.Node, e *expr) *expr {
	if !e.kinds.only(of(dict)) {
		return c.out(n, "Object.keys but of a map")
	}
	return newExpr(arrayOfShape(stringShape()), seen(e), func(r *message.Request, f *frame) value {
		v := e.eval(r, f)
		if v.kind != dict {
			return value{}
		}
		n := entries(r, &v).Len()
		if !f.spend(64*n) || !f.reserve(128*n) {
			return value{}
		}
		pairs := r.At(v.place).Map(v.field)
		if v.typ != nil {
			pairs = message.Open(v.typ, v.b).Map(v.field)
		}
		items := f.newItems(len(pairs))
		for i := range items {
			items[i] = textOf([]byte(pairs[i].Key))
		}
		return f.arrayOf(items)
	})
}
