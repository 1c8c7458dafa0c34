package native

import "github.com/fonoster/routr-dispatcher/internal/message"

func not(e *expr) *expr {
	test := e.test
	out := newTest(e.negated(), func(r *message.Request, f *frame) bool { return !test(r, f) })
	out.light = e.light
	return out
}

// after is the expression that evaluates a, and then is b.
func after(a, b *expr) *expr {
	if a.light {
		return b
	}
	out := newExpr(b.shape, facts{
		touches: a.touches | b.touches, wild: a.wild || b.wild,
		yes: b.yes.behind(&a.facts, 0), no: b.no.behind(&a.facts, 0), known: b.known,
	}, func(r *message.Request, f *frame) value {
		a.eval(r, f)
		return b.eval(r, f)
	})
	out.test = func(r *message.Request, f *frame) bool {
		a.eval(r, f)
		return b.test(r, f)
	}
	return out
}

// and is a && b.
func and(a, b *expr) *expr {
	out := newExpr(a.join(b.shape), a.facts.and(&b.facts), func(r *message.Request, f *frame) value {
		v := a.eval(r, f)
		if !v.truthy() {
			return v
		}
		return b.eval(r, f)
	})
	first, second := a.test, b.test
	out.test = func(r *message.Request, f *frame) bool { return first(r, f) && second(r, f) }
	return out.of(a, b)
}

// or is a || b.
func or(a, b *expr) *expr {
	out := newExpr(a.shape.without(nullish).join(b.shape), a.facts.or(&b.facts),
		func(r *message.Request, f *frame) value {
			v := a.eval(r, f)
			if v.truthy() {
				return v
			}
			return b.eval(r, f)
		})
	first, second := a.test, b.test
	out.test = func(r *message.Request, f *frame) bool { return first(r, f) || second(r, f) }
	return out.of(a, b)
}

// coalesce is a ?? b.
func coalesce(a, b *expr) *expr {
	fs := seen(a, b)
	// Where b can't be truthy, the whole is truthy only if a is; where a is null b decides.
	fs.yes = a.yes.either(b.yes.behind(&a.facts, 0))
	out := newExpr(a.shape.without(nullish).join(b.shape), fs, func(r *message.Request, f *frame) value {
		v := a.eval(r, f)
		if v.kind == undefined || v.kind == null {
			return b.eval(r, f)
		}
		return v
	})
	return out.of(a, b)
}

// choice is test ? a : b.
func choice(test, a, b *expr) *expr {
	if test.lit != nil {
		if test.lit.truthy() {
			return a
		}
		return b
	}
	first := test.test
	out := newExpr(a.join(b.shape), test.choice(&a.facts, &b.facts), func(r *message.Request, f *frame) value {
		if first(r, f) {
			return a.eval(r, f)
		}
		return b.eval(r, f)
	})
	yes, no := a.test, b.test
	out.test = func(r *message.Request, f *frame) bool {
		if first(r, f) {
			return yes(r, f)
		}
		return no(r, f)
	}
	return out.of(test, a, b)
}

// of completes an expression that does nothing but choose among others.
func (e *expr) of(all ...*expr) *expr {
	e.light = true
	for _, o := range all {
		e.light = e.light && o.light
		if o.fn != nil {
			e.kinds |= 1 << inherited
		}
	}
	return e
}
