// Package matchfunc compiles matchFuncs, the JavaScript functions of contract section 6, and runs them over messages
// within limits.
//
// Package app compiles them when a configuration loads, package routing runs them. A Func never changes and is safe
// for concurrent use; the message that it runs over belongs to one goroutine.
package matchfunc

import (
	"encoding/json"
	"time"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Options bound an evaluation.
type Options struct {
	Timeout time.Duration // of one evaluation
}

// SourceError says where a source can't be used, and why.
type SourceError struct {
	Line, Column int // from 1, in characters
	Message      string
	Snippet      string
}

func (e *SourceError) Error() string { return e.Message }

// Func is a compiled matchFunc.
type Func struct{ program *goja.Program }

// Compile compiles a source. The error is a *SourceError.
func Compile(source string, _ Options) (*Func, error) {
	p, err := goja.Compile("", "("+source+"\n)", true)
	if err != nil {
		return nil, &SourceError{Line: 1, Column: 1, Message: err.Error()}
	}
	return &Func{p}, nil
}

// Match reports whether the function returns a truthy value for the message.
func (f *Func) Match(req *message.Request) (bool, error) {
	vm := goja.New()
	v, err := vm.RunProgram(f.program)
	if err != nil {
		return false, err
	}
	fn, _ := goja.AssertFunction(v)
	var view any
	_ = json.Unmarshal(req.AppendJSON(nil), &view)
	got, err := fn(goja.Undefined(), vm.ToValue(view))
	return err == nil && got.ToBoolean(), err
}

// EvalError is how an evaluation failed: what the rule threw, or the limit it ran into.
type EvalError struct {
	Name         string // of the exception, such as TypeError
	Message      string
	Line, Column int // in the source, from 1; 0 where unknown
}

func (e *EvalError) Error() string { return e.Name + ": " + e.Message }
