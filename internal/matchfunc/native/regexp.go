package native

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"unicode/utf16"
	"unsafe"

	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// regexp compiles a regular expression literal.
func (c *compiler) regexp(n *ast.RegExpLiteral) *expr {
	re, err := esregexp.Compile(utf16.Encode([]rune(n.Pattern)), n.Flags)
	if err != nil {
		return c.out(n, err.Error())
	}
	e := newExpr(shapeOf(inherited), facts{}, func(*message.Request, *frame) value { return value{kind: inherited} })
	e.re, e.light = re, true
	return e
}

// stateful reports whether a regular expression remembers where it was, in its lastIndex.
func stateful(re *esregexp.Regexp) bool { return strings.ContainsAny(re.Flags(), "gy") }

// match looks for the first match in a string. The captures are valid until the next one.
func (f *frame) match(re *esregexp.Regexp, subject esregexp.Subject) (caps []int, ok bool) {
	if n := 2 * (re.NumCaptures() + 1); cap(f.caps) < n {
		f.caps = make([]int, n)
	} else {
		f.caps = f.caps[:n]
	}
	f.stepBudget(func(b *esregexp.Budget) (err error) {
		ok, err = re.Match(subject, 0, f.caps, b)
		return err
	})
	return f.caps, ok
}

// patternCost is how many of our steps one of a regular expression takes.
const patternCost = 10

// stepBudget has do work on the frame's budget.
func (f *frame) stepBudget(do func(*esregexp.Budget) error) {
	f.settleBudget(f.openBudget(), do(&f.budget))
}

// openBudget gives the steps that are left to a regular expression, and returns how many it gets.
func (f *frame) openBudget() (steps int64) {
	f.budget.Steps = int64(max((f.steps+f.later)/patternCost, 1))
	return f.budget.Steps
}

// settleBudget takes what a regular expression used of its steps.
func (f *frame) settleBudget(had int64, err error) {
	switch {
	case errors.Is(err, esregexp.ErrInterrupted):
		f.throw(work.ErrGone)
	case err != nil:
		f.throw(f.tooLong())
	}
	f.spend(int(had-f.budget.Steps) * patternCost)
}

// regexpMethod compiles the methods of a regular expression.
func (c *compiler) regexpMethod(n *ast.CallExpression, re *esregexp.Regexp, name string) *expr {
	s := c.toText(n, c.arguments(n, 1)[0])
	switch name {
	case "test":
		return newTest(seen(s), func(r *message.Request, f *frame) bool {
			v := s.eval(r, f)
			subject := v.subject(f)
			steps := f.openBudget() // as stepBudget does, without a closure: this is the frequent one
			ok, err := re.Match(subject, 0, nil, &f.budget)
			f.settleBudget(steps, err)
			return ok
		})
	case "exec":
		return newExpr(execShape(), seen(s), func(r *message.Request, f *frame) value {
			return exec(f, re, s.eval(r, f))
		})
	}
	return c.out(n, "a regular expression's method "+name)
}

// execShape is the shape of the captures of a match, or null.
func execShape() shape {
	return arrayOfShape(stringShape().join(shapeOf(undefined))).join(shapeOf(null))
}

func exec(f *frame, re *esregexp.Regexp, v value) value {
	v.markASCII(f)
	caps, ok := f.match(re, v.subject(f))
	if !ok {
		return value{kind: null}
	}
	items := f.newItems(len(caps) / 2)
	for i := range items {
		if caps[2*i] >= 0 {
			items[i] = cut(f, v, caps[2*i], caps[2*i+1])
		}
	}
	return f.arrayOf(items)
}

// subject is a string as regular expressions take it.
func (v *value) subject(f *frame) esregexp.Subject {
	if v.isASCII(f) {
		// The bytes stay as they are while the rule runs.
		return esregexp.ASCII(unsafe.String(unsafe.SliceData(v.b), len(v.b)))
	}
	return esregexp.UTF16(v.unitsOf(f))
}

// patternMethod compiles the methods of strings that take a regular expression.
func (c *compiler) patternMethod(n *ast.CallExpression, callee *ast.DotExpression, base *expr, optional bool,
	re *esregexp.Regexp) *expr {
	name := callee.Identifier.Name.String()
	args := c.arguments(n, 2)
	if c.outside != nil {
		return base
	}
	do, s := patternWalk(name, re, args[1])
	if do == nil || len(n.ArgumentList) > 1 && (name == "match" || name == "search") {
		return c.out(n, name+" with a regular expression and these arguments")
	}
	rc := c.receiver(callee, base, optional, strs, args)
	fs, skips := rc.facts()
	s.kinds |= skips
	return newExpr(s, fs, func(r *message.Request, f *frame) value {
		v, ok := rc.value(r, f)
		if !ok {
			return v
		}
		v.markASCII(f)
		return do(f, v)
	})
}

// patternWalk is what a method of strings does with a regular expression, and the shape of what it gives; nil for
// what is outside of the subset. second is the method's second argument.
func patternWalk(name string, re *esregexp.Regexp, second *expr) (func(*frame, value) value, shape) {
	all := strings.Contains(re.Flags(), "g")
	switch name {
	case "search":
		return func(f *frame, v value) value {
			if caps, ok := f.match(re, v.subject(f)); ok {
				return numberOf(float64(caps[0]))
			}
			return numberOf(-1)
		}, shapeOf(number)
	case "match":
		if all {
			return func(f *frame, v value) value { return matches(f, re, v) }, execShape()
		}
		return func(f *frame, v value) value { return exec(f, re, v) }, execShape()
	case "replace", "replaceAll":
		with, ok := second.isText()
		if !ok || bytes.ContainsRune(with, '$') || name == "replaceAll" && !all {
			return nil, shape{}
		}
		return func(f *frame, v value) value { return replacePattern(f, re, v, with) }, stringShape()
	case "split":
		if second.lit == nil || second.lit.kind != undefined && second.lit.kind != number {
			return nil, shape{}
		}
		limit := uint32(math.MaxUint32)
		if second.lit.kind == number {
			limit = toUint32(second.lit.num)
		}
		return func(f *frame, v value) value { return splitPattern(f, re, v, limit) },
			arrayOfShape(stringShape().join(shapeOf(undefined)))
	}
	return nil, shape{}
}

// found lists the matches that a method works on: all of them with flag g.
func (f *frame) found(re *esregexp.Regexp, v value) (all [][]int) {
	f.stepBudget(func(b *esregexp.Budget) (err error) {
		all, _, err = re.All(v.subject(f), 0, b)
		return err
	})
	f.reserve(64 * len(all))
	f.spend(32 * len(all))
	return all
}

func matches(f *frame, re *esregexp.Regexp, v value) value {
	all := f.found(re, v)
	if len(all) == 0 {
		return value{kind: null}
	}
	items := f.newItems(len(all))
	for i := range items {
		items[i] = cut(f, v, all[i][0], all[i][1])
	}
	return f.arrayOf(items)
}

func replacePattern(f *frame, re *esregexp.Regexp, v value, with []byte) value {
	all := f.found(re, v)
	if len(all) == 0 || f.err != nil {
		return v
	}
	u := v.unitsOf(f)
	w := message.AppendUTF16(nil, with)
	size := len(u) + len(all)*len(w)
	if !f.reserve(2*size) || !f.spend(size) {
		return value{}
	}
	out := make([]uint16, 0, size)
	done := 0
	for _, m := range all {
		out = append(append(out, u[done:m[0]]...), w...)
		done = m[1]
	}
	return f.wideOf(append(out, u[done:]...))
}

func splitPattern(f *frame, re *esregexp.Regexp, v value, limit uint32) value {
	var parts [][2]int
	f.stepBudget(func(b *esregexp.Budget) (err error) {
		parts, err = re.Split(v.subject(f), limit, b)
		return err
	})
	f.spend(32 * len(parts))
	items := f.newItems(len(parts))
	for i := range items {
		if parts[i][0] >= 0 {
			items[i] = cut(f, v, parts[i][0], parts[i][1])
		}
	}
	return f.arrayOf(items)
}
