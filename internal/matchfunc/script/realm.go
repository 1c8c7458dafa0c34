package script

import (
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
)

// maxCallDepth bounds calls within calls.
const maxCallDepth = 1000

// realm is one evaluation's world: fresh intrinsics, with what the rule needs of the pieces that goja lacks.
type realm struct {
	program *Program
	vm      *goja.Runtime
	limits  limits
	watch   *watch
	regexps map[*goja.Object]*regexpState
	iters   map[*goja.Object]goja.Value
	source  goja.Callable // goja's own getter of RegExp.prototype.source
	joining []*goja.Object
	sparing bool // see request
	last    lastMatch
	notes   []Note // of a Traced
	total   int    // bytes on the rule's own account
}

// newRealm returns the world of one evaluation, within the budget of all rules, which may be nil.
func newRealm(p *Program, b *work.Budget) *realm {
	r := &realm{program: p, vm: goja.New(), limits: limits{time: p.timeout, work: b}}
	if left := b.Left(); left < p.timeout {
		r.limits.time, r.limits.together = left, true
	}
	r.vm.SetMaxCallStackSize(maxCallDepth)
	return r
}

// function evaluates the source and returns the function that it yields.
func (r *realm) function() goja.Value {
	v, err := r.vm.RunProgram(r.program.code)
	if err != nil {
		panic(err)
	}
	if _, ok := goja.AssertFunction(v); !ok {
		panic(&stop{kind: Unavailable, message: "the source yields " + kindOf(v) + ", not a function"})
	}
	return v
}

func kindOf(v goja.Value) string {
	switch {
	case goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "null"
	case goja.IsNumber(v):
		return "a number"
	case goja.IsString(v):
		return "a string"
	}
	if _, ok := v.(*goja.Object); ok {
		return "an object"
	}
	return "a " + v.ExportType().String()
}

// call calls a function of the realm and goes on unwinding what it throws.
func (r *realm) call(f, this goja.Value, args ...goja.Value) goja.Value {
	callable, ok := goja.AssertFunction(f)
	if !ok {
		panic(r.vm.NewTypeError("not a function"))
	}
	return r.invoke(callable, this, args...)
}

func (r *realm) invoke(f goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	v, err := f(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

// run sets the realm up and calls f within the limits of an evaluation. The error is an *EvalError.
func (r *realm) run(f func() goja.Value) (goja.Value, error) {
	r.watch = startWatch(r.vm, r.limits)
	defer r.watch.stop()
	v, err := r.guarded(func() goja.Value {
		r.setUp()
		return f()
	})
	var ex *goja.Exception
	if !errors.As(err, &ex) {
		return v, err
	}
	failed := r.thrown(ex)
	return nil, failed
}

// guarded calls f and turns what it panics with into an error.
func (r *realm) guarded(f func() goja.Value) (v goja.Value, err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *goja.Exception:
			err = x
		case error:
			err = r.stopped(x)
		case *stop:
			err = &EvalError{Kind: x.kind, Message: x.message}
		case *goja.Object:
			err = &EvalError{Kind: Thrown, Message: "an error was thrown"}
		default:
			err = &EvalError{Kind: Panic, Message: fmt.Sprint("the JavaScript engine failed: ", x)}
		}
	}()
	return f(), nil
}

func (r *realm) stopped(err error) *EvalError {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &interrupted):
		if s, ok := interrupted.Value().(*stop); ok {
			return &EvalError{Kind: s.kind, Message: s.message}
		}
	case errors.As(err, &overflow):
		return &EvalError{Kind: Depth, Name: "RangeError", Message: "calls nest too deep"}
	}
	return &EvalError{Kind: Panic, Message: "the JavaScript engine failed: " + err.Error()}
}

// thrown describes what a rule threw. It may run the rule's code again, still within the limits.
func (r *realm) thrown(ex *goja.Exception) *EvalError {
	out := &EvalError{Kind: Thrown}
	if stack := ex.Stack(); len(stack) > 0 {
		if at := stack[0].Position(); at.Line > 0 {
			out.Line, out.Column = r.program.src.Locate(at)
		}
	}
	_, err := r.guarded(func() goja.Value {
		r.describe(ex.Value(), out)
		return nil
	})
	if err != nil {
		out.Message = "what was thrown can't be shown"
	}
	return out
}

// maxMessage is how much of an error's message is kept.
const maxMessage = 500

func (r *realm) describe(v goja.Value, out *EvalError) {
	o, ok := v.(*goja.Object)
	if !ok {
		out.Message = clip(fmt.Sprint("threw ", v.String()))
		return
	}
	if o.ClassName() != "Error" {
		out.Message = "threw an object that isn't an Error"
		return
	}
	if name, ok := o.Get("name").(goja.String); ok {
		out.Name = clip(name.String())
	}
	if message, ok := o.Get("message").(goja.String); ok {
		out.Message = clip(message.String())
	}
}

func clip(s string) string {
	if len(s) > maxMessage {
		return s[:maxMessage] + "…"
	}
	return s
}
