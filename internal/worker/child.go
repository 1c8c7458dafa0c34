package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Main is the whole life of a child: it confines its process for good, and then answers what comes in until the parent
// closes the pipe.
func Main(in io.Reader, out io.Writer) error {
	p, err := begin(in, out)
	if err != nil {
		return err
	}
	return serve(p)
}

// begin confines this process by the parent's settings and says that it is ready.
func begin(in io.Reader, out io.Writer) (pipe, error) {
	p := newPipe(in, out)
	data, err := p.read()
	if err != nil {
		return p, fmt.Errorf("rule worker: read the settings: %w", err)
	}
	var s settings
	if err := json.Unmarshal(data, &s); err != nil {
		return p, fmt.Errorf("rule worker: read the settings: %w", err)
	}
	if s.MemoryLimit <= 0 {
		return p, fmt.Errorf("rule worker: a memory limit of %d bytes", s.MemoryLimit)
	}
	runtime.GOMAXPROCS(2) // one for the rule, one for the timer that stops it
	debug.SetMemoryLimit(s.MemoryLimit / 4 * 3)
	debug.SetMaxStack(int(s.MemoryLimit / 4))
	if err := confine(s.MemoryLimit); err != nil {
		return p, fmt.Errorf("rule worker: confine the process: %w", err)
	}
	ready, err := json.Marshal(readiness{Missing: sandbox()})
	if err != nil {
		return p, fmt.Errorf("rule worker: %w", err)
	}
	return p, p.send(ready)
}

// serve answers jobs until the parent closes the pipe.
func serve(p pipe) error {
	var table *routing.Table // that was loaded last
	for {
		j, r, err := p.readJob()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("rule worker: %w", err)
		}
		var said any
		switch {
		case j.Kind == jobLoad:
			var infos []RuleInfo
			table, infos = loadTable(*j.Table)
			said = fitted(infos)
		case j.Kind == jobConfig:
			table, said = loadConfig(j.Name, []byte(r.Source))
		case j.Kind == jobEvaluate:
			said = evaluate(table, r)
		case table == nil:
			return errors.New("rule worker: asked of a table before one was loaded")
		case j.Kind == jobExplain && len(r.Messages) == 1:
			said = explain(table, r.Messages[0], j.View)
		default:
			said = route(table, r.Messages)
		}
		data, err := json.Marshal(said)
		if err != nil {
			return fmt.Errorf("rule worker: %w", err)
		}
		if err := p.send(data); err != nil {
			return fmt.Errorf("rule worker: answer: %w", err)
		}
	}
}

// evaluate does a job. A panic ends the process: the parent has others.
func evaluate(table *routing.Table, r Request) *answer {
	f, err := matchfunc.Compile(r.Source, matchfunc.Options{Timeout: r.Timeout})
	if err != nil {
		return &answer{SourceError: sourceError(err)}
	}
	a := &answer{Response: Response{Results: make([]Result, len(r.Messages))}}
	a.Response.Native, a.Response.At, a.Response.Reason = f.Native()
	a.Response.Reason = cut(a.Response.Reason)
	a.Response.Warnings = f.Warnings()
	if r.Trial != nil {
		tryOut(table, f, r, &a.Response)
		return a
	}
	var x *matchfunc.Explainer
	if r.Explain {
		x = f.Explainer()
	}
	left := maxOperands
	for i, m := range r.Messages {
		a.Response.Results[i] = match(f, x, m)
		a.Response.Results[i].Operands = within(&left, a.Response.Results[i].Operands)
	}
	return a
}

// match evaluates the rule, and explains it where x isn't nil.
func match(f *matchfunc.Func, x *matchfunc.Explainer, data []byte) Result {
	req, err := message.Parse(data)
	if err != nil {
		return Result{Err: &matchfunc.EvalError{Name: InvalidMessage, Message: cut(err.Error())}}
	}
	if x != nil {
		start := time.Now()
		said := x.Explain(req)
		out := Result{
			Matched: said.Matched, Value: said.Value, Operands: said.Operands, Duration: time.Since(start),
			Because: said.Because, Flips: said.Flips, Reads: said.Reads,
		}
		if said.Err != nil {
			out.Err = evalError(said.Err)
		}
		return out
	}
	start := time.Now()
	matched, err := f.Match(req)
	return Result{Matched: matched, Err: evalError(err), Duration: time.Since(start)}
}

func sourceError(err error) *matchfunc.SourceError {
	var e *matchfunc.SourceError
	if !errors.As(err, &e) {
		return &matchfunc.SourceError{Message: cut(err.Error())}
	}
	out := &matchfunc.SourceError{Place: e.Place, To: e.To, Message: cut(e.Message), Snippet: cut(e.Snippet)}
	out.Warnings = e.Warnings[:min(len(e.Warnings), maxWarnings)]
	return out
}

func evalError(err error) *matchfunc.EvalError {
	if err == nil {
		return nil
	}
	var e *matchfunc.EvalError
	if !errors.As(err, &e) {
		return &matchfunc.EvalError{Message: cut(err.Error())}
	}
	return &matchfunc.EvalError{Place: e.Place, To: e.To, Name: cut(e.Name), Message: cut(e.Message)}
}

// maxWarnings is how many warnings go along with why a source doesn't load.
const maxWarnings = 100

// maxText is how many bytes of a text that a rule can choose are passed on.
const maxText = 1 << 10

func cut(text string) string { return visible.Cut(text, maxText) }
