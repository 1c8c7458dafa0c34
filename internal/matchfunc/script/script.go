// Package script evaluates matchFuncs in goja with the answers of V8: the missing and the differing pieces of that
// engine are replaced, bounded or refused.
//
// Package matchfunc uses it for the rules that package native can't compile. Every evaluation runs in a realm of its
// own, so that nothing a rule does outlives it. A Program never changes and may be used by many goroutines at once.
package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// DefaultTimeout is how long an evaluation may take.
const DefaultTimeout = 20 * time.Millisecond

// loadTimeout is how long the source itself may take to yield its function: a machine that is busy when a
// configuration loads must not refuse it.
const loadTimeout = 200 * time.Millisecond

// Options are the limits of a Program.
type Options struct {
	Timeout time.Duration // of one evaluation; zero stands for DefaultTimeout
}

// Program is a compiled matchFunc.
type Program struct {
	src     *source.Source
	code    *goja.Program
	needs   needs
	timeout time.Duration
	traced  bool // its operands pass through the globals of setUpNotes

	accounts bool // what it makes passes through made
	careful  *careful
}

// Compile compiles a source and makes sure that it yields a function. The error is a *source.Error. It changes the
// source's syntax tree while it runs, so nothing else may use that at the same time.
func Compile(src *source.Source, o Options) (*Program, error) {
	p := &Program{src: src, timeout: o.Timeout, careful: &careful{}}
	if p.timeout == 0 {
		p.timeout = DefaultTimeout
	}
	if err := p.compile(); err != nil {
		return nil, err
	}
	return p, p.checkFunction()
}

// Check reports the errors of a source that only the engine's compiler finds, such as a name declared twice, without
// evaluating anything. Like Compile, it changes the syntax tree while it runs. The error is a *source.Error.
func Check(src *source.Source) error {
	if src.Plain() {
		return nil
	}
	return (&Program{src: src}).compile()
}

func (p *Program) compile() error {
	n, err := findNeeds(p.src)
	if err != nil {
		return err
	}
	return p.compileWith(n)
}

// compileWith compiles a rule whose realm needs n.
func (p *Program) compileWith(n needs) error {
	defer n.patterns.number()()
	defer n.wrapBits(p.src)()
	if p.accounts {
		keepAccounts(p.src)
	}
	p.needs = n
	code, err := compileAST(p.src)
	if err != nil {
		return err
	}
	p.code = code
	return nil
}

// compileAST compiles to goja's instructions, reporting the early errors that only its compiler finds.
func compileAST(src *source.Source) (code *goja.Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			code, err = nil, src.ErrorAt(source.Refused, src.Expr.Idx0(), "the compiler can't read this source")
		}
	}()
	code, err = goja.CompileAST(src.Program, true)
	var syntax *goja.CompilerSyntaxError
	if errors.As(err, &syntax) {
		message := strings.TrimPrefix(syntax.Message, "SyntaxError: ")
		return nil, src.ErrorAt(source.Syntax, 2+fileIdx(syntax.Offset), message)
	}
	if err != nil {
		return nil, src.ErrorAt(source.Syntax, src.Expr.Idx0(), err.Error())
	}
	return code, nil
}

// checkFunction evaluates the source once, without calling what it yields.
func (p *Program) checkFunction() error {
	atLoad := *p
	atLoad.timeout = max(p.timeout, loadTimeout)
	err := atLoad.evaluate(nil, false, func(r *realm) error {
		_, err := r.run(func() goja.Value {
			r.function()
			return nil
		})
		return err
	})
	var failed *EvalError
	if !errors.As(err, &failed) {
		return nil
	}
	e := p.src.ErrorAt(source.NotFunction, p.src.Expr.Idx0(), failed.Message)
	if failed.Kind == Thrown && failed.Name != "" {
		e.Message = fmt.Sprintf("evaluating the source threw %s: %s", failed.Name, failed.Message)
	}
	return e
}

// Result is what a rule returned.
type Result struct {
	// Truthy is the answer: whether the rule matches.
	Truthy bool

	realm *realm
	value goja.Value
}

// maxJSON is how much of a returned value JSON shows.
const maxJSON = 1024

// JSON returns what the rule returned as JSON, cut at 1 kB, or a few words where it has none. It may run code of the
// rule, within the limits of an evaluation, and must not be called by two goroutines at once.
func (res Result) JSON() string {
	if res.realm == nil {
		return "undefined"
	}
	if goja.IsNaN(res.value) || goja.IsInfinity(res.value) { // JSON.stringify says null
		return res.value.String()
	}
	res.realm.watch = startWatch(res.realm.vm, res.realm.limits)
	defer res.realm.watch.stop()
	v, err := res.realm.guarded(func() goja.Value {
		res.realm.countJSON(res.value, nil, new(int))
		return res.realm.call(res.realm.intrinsic("JSON.stringify"), goja.Undefined(), res.value)
	})
	if err != nil {
		return "a value that has no JSON"
	}
	text := v.String()
	if len(text) > maxJSON {
		return strings.ToValidUTF8(text[:maxJSON], "") + "…"
	}
	return text
}

// Match calls the rule with a request and reports whether it returned a truthy value, within the budget of all rules,
// which may be nil. The error is an *EvalError.
func (p *Program) Match(req *message.Request, b *work.Budget) (bool, error) {
	result, err := p.eval(req, b, p.needs.namesAll())
	return result.Truthy, err
}

// Eval is Match that keeps what the rule returned.
func (p *Program) Eval(req *message.Request, b *work.Budget) (Result, error) {
	return p.eval(req, b, false)
}

func (p *Program) eval(req *message.Request, b *work.Budget, sparing bool) (result Result, err error) {
	err = p.evaluate(b, sparing, func(r *realm) (err error) {
		result, err = r.eval(req)
		return err
	})
	return result, err
}

// eval calls the rule. A realm serves for one evaluation.
func (r *realm) eval(req *message.Request) (Result, error) {
	v, err := r.run(func() goja.Value {
		return r.call(r.function(), goja.Undefined(), r.request(req))
	})
	if err != nil {
		return Result{}, err
	}
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Promise" {
		return Result{}, &EvalError{Kind: Unavailable, Message: "the rule returned a promise: a rule answers at once"}
	}
	return Result{Truthy: v.ToBoolean(), realm: r, value: v}, nil
}
