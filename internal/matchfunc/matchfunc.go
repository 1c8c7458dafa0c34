// Package matchfunc compiles matchFuncs, the JavaScript functions of contract section 6, and runs them over messages
// within limits.
//
// Package app compiles them when a configuration loads, package routing runs them. A Func never changes and is safe
// for concurrent use; the message that it runs over belongs to one goroutine.
//
// README.md beside this file says where to look when a rule answers wrongly.
//
// A source is parsed and checked once (package source). Most rules then become Go closures over the message (package
// native); the others run in a JavaScript engine (package script). All give V8's answers, or the source is refused.
package matchfunc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Options bound an evaluation.
type Options struct {
	Timeout time.Duration // of one evaluation's own processor time; 0 stands for 20 ms
}

// Func is a compiled matchFunc.
type Func struct {
	native  *native.Program // nil where the rule runs in the engine
	outside *native.Outside // why it does
	script  *script.Program
	remarks *remarks
	text    string // the source, for Explain
	timeout time.Duration
}

// Compile compiles a source. The error is a *SourceError.
func Compile(text string, opts Options) (*Func, error) {
	src, err := source.Parse(text)
	if err != nil {
		return nil, sourceError(text, src, err)
	}
	said := remarksOn(src) // before a compiler rewrites the syntax tree
	program, outside := native.Compile(src)
	if outside == nil {
		if err := script.Check(src); err != nil {
			return nil, said.beside(sourceError(text, nil, err))
		}
		return &Func{native: program, remarks: said, text: text}, nil
	}
	engine, err := script.Compile(src, script.Options{Timeout: opts.Timeout})
	if err != nil {
		return nil, said.beside(sourceError(text, nil, err))
	}
	return &Func{outside: outside, script: engine, remarks: said, text: text, timeout: opts.Timeout}, nil
}

// Match reports whether the function returns a truthy value for the message. The error is an *EvalError.
func (f *Func) Match(req *message.Request) (bool, error) { return f.MatchWithin(nil, req) }

// MatchWithin is Match within what the rules of a message may do together. The error may be ErrGone too.
func (f *Func) MatchWithin(b *Budget, req *message.Request) (matched bool, err error) {
	if f.native != nil {
		matched, err = f.native.Match(req, b)
	} else {
		matched, err = f.script.Match(req, b)
	}
	if err != nil {
		return false, f.evalError(err)
	}
	return matched, nil
}

// Budget is what the rules of one message may do together.
type Budget = work.Budget

// ErrGone says that an evaluation was stopped because the budget's context ended.
var ErrGone = work.ErrGone

// tableBudget is how many evaluations' worth of time the rules of one message may take together.
const tableBudget = 5

// NewBudget returns the budget of one message for rules that were compiled with opts. It ends with ctx.
func NewBudget(ctx context.Context, opts Options) Budget {
	timeout := opts.Timeout
	if timeout == 0 {
		timeout = script.DefaultTimeout
	}
	return work.New(ctx, tableBudget*timeout)
}

// moment is how much the rules of a message may do while others wait: most take a microsecond.
const moment = 200 * time.Microsecond

// NewMoment returns the budget of a first attempt at a message, by who has others to look after.
func NewMoment(ctx context.Context) Budget { return work.New(ctx, moment) }

// Together is the error of the rule that used up what all rules of a message may take together.
func Together() *EvalError {
	return &EvalError{Name: limitExceeded, Message: "the rules that this message was tried on took too long together"}
}

// Native reports whether the rule runs as Go closures. Where it doesn't, reason says which construct at which place
// keeps it in the JavaScript engine: the rule isn't wrong, but costs more.
func (f *Func) Native() (native bool, at Place, reason string) {
	if f.native != nil {
		return true, Place{}, ""
	}
	at, _ = span(f.text, f.outside.Line, f.outside.Column)
	return false, at, f.outside.Reason
}

// Necessary returns conditions each of which a message must satisfy for the rule to match; none where none is known.
func (f *Func) Necessary() []Condition {
	if f.native == nil {
		return nil
	}
	return f.native.Necessary()
}

// Condition is an equality that a message must satisfy for a rule to match. What it promises is said in package
// native.
type Condition = native.Condition

// SourceError says why a source can't be a rule, and where.
type SourceError struct {
	Place
	To      Place // behind the word, string or character that is there
	Message string
	Snippet string // the line of the source, and a caret under the place
	// Warnings are what there is to say of the source besides.
	Warnings []Warning `json:",omitempty"`
	// Further is what else is refused in the same source, behind the place.
	Further []*SourceError `json:",omitempty"`
}

func (e *SourceError) Error() string { return e.Message }

// sourceError says in this package's terms why a source doesn't load; src is nil where its remarks are known.
func sourceError(text string, src *source.Source, err error) *SourceError {
	var e *source.Error
	if !errors.As(err, &e) {
		all := &SourceError{Message: err.Error()}
		all.Place, all.To = span(text, 0, 0)
		return all
	}
	all := oneError(text, e)
	for _, f := range e.Further {
		all.Further = append(all.Further, oneError(text, f))
	}
	if src != nil {
		all.Warnings = remarksOn(src).warnings
	}
	return all
}

func oneError(text string, e *source.Error) *SourceError {
	out := &SourceError{Message: e.Message, Snippet: e.Snippet}
	out.Place, out.To = span(text, e.Line, e.Column)
	return out
}

// EvalError is how an evaluation failed: what the rule threw, or the limit that it ran into.
type EvalError struct {
	Place          // in the source: of the whole rule where it isn't known more closely
	To      Place  // behind what is there
	Name    string // of the exception, such as TypeError; LimitExceeded where the evaluation was stopped
	Message string
}

func (e *EvalError) Error() string {
	text := e.Message
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	if e.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// limitExceeded is the Name of an evaluation that was stopped.
const limitExceeded = "LimitExceeded"

// evalError returns what an engine says as an *EvalError, or ErrGone.
func (f *Func) evalError(err error) error {
	var engine *script.EvalError
	if errors.Is(err, work.ErrGone) || errors.As(err, &engine) && engine.Kind == script.Gone {
		return ErrGone
	}
	return f.failure(err)
}

// failure returns what an engine says as an *EvalError; nil for nil.
func (f *Func) failure(err error) *EvalError {
	if err == nil {
		return nil
	}
	e := f.classified(err)
	e.Name, e.Message = visible.Cut(e.Name, maxName), visible.Cut(e.Message, maxMessage)
	return e
}

// What a rule throws may be as long as the message that it read. More than is shown anywhere is kept, so that what is
// secret in it is whole when it is masked.
const (
	maxName    = 256
	maxMessage = 4 << 10
)

func (f *Func) classified(err error) *EvalError {
	var (
		thrown   *native.Thrown
		exceeded *native.Exceeded
		engine   *script.EvalError
	)
	switch {
	case errors.As(err, &thrown):
		from, to := placeOf(f.text, thrown.From), placeOf(f.text, thrown.To)
		return &EvalError{Place: from, To: to, Name: thrown.Name, Message: thrown.Message}
	case errors.As(err, &exceeded):
		return f.somewhere(0, 0, &EvalError{Name: limitExceeded, Message: exceeded.Error()})
	case errors.As(err, &engine):
		e := &EvalError{Name: engine.Name, Message: engine.Message}
		if engine.Kind != script.Thrown && e.Name == "" {
			e.Name = limitExceeded
		}
		return f.somewhere(engine.Line, engine.Column, e)
	}
	return f.somewhere(0, 0, &EvalError{Message: err.Error()})
}

// somewhere gives an error the place that is known of it.
func (f *Func) somewhere(line, column int, e *EvalError) *EvalError {
	e.Place, e.To = span(f.text, line, column)
	return e
}
