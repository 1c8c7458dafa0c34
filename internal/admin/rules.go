package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// evaluation is a rule to try, and what to try it on.
type evaluation struct {
	MatchFunc *string    `json:"matchFunc"`
	Messages  []handedIn `json:"messages"`
	Explain   *bool      `json:"explain"`

	Recorded *recordedOf `json:"recorded"`
	standing
}

// evaluated is what came of a rule.
type evaluated struct {
	Native   bool             `json:"native"`       // it runs without the JavaScript engine
	Compiled bool             `json:"compiled"`     // the same: the older name
	Reason   string           `json:"reason"`       // why it doesn't; empty where it does
	At       *matchfunc.Place `json:"at,omitempty"` // the construct that keeps it from being compiled
	Warnings []warning        `json:"warnings"`
	Results  []result         `json:"results"` // in the order of the messages
	Recorded *trial           `json:"recorded,omitempty"`
}

// warning is what is unlikely to be meant.
type warning struct {
	matchfunc.Place
	To      matchfunc.Place `json:"to"`
	Message string          `json:"message"`
}

// result is what the rule said to one message.
type result struct {
	Outcome    string              `json:"outcome"` // match, no-match or error
	Value      routing.Value       `json:"value"`   // what it returned; null where it failed
	Error      *ruleError          `json:"error"`   // null where it didn't
	DurationNs int64               `json:"durationNs"`
	Operands   []matchfunc.Operand `json:"operands"`
	Because    string              `json:"because"`            // one sentence
	Flips      int                 `json:"flips,omitempty"`    // conditions between it and a match; 0: not known
	EdgePort   *paste.Fate         `json:"edgePort,omitempty"` // of SIP text
	Masked     bool                `json:"masked,omitempty"`   // Value and Error derive from a secret

	MaskedReads []routing.MaskedRead `json:"maskedReads,omitempty"`
}

// ruleError is how an evaluation failed, with the place in the source.
type ruleError struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	matchfunc.Place
	To matchfunc.Place `json:"to"`
}

func (d *door) evaluate(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[evaluation](w, r, maxBody)
	if err != nil {
		return err
	}
	if body.MatchFunc == nil {
		return missing("matchFunc", "the source of the rule")
	}
	if body.Recorded == nil && (body.Replace != nil || body.InsertBefore != nil || body.Methods != nil) {
		return missing("recorded", "replace, insertBefore and methods say what the rule does to recorded messages")
	}
	read, err := d.messages(r.Context(), body.Messages)
	if err != nil {
		return err
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	all, err := d.tried(ctx, body, read)
	if err == nil && body.Recorded != nil {
		all.Recorded, err = d.tryRecorded(ctx, body)
	}
	if err != nil {
		return placed(err, *body.MatchFunc)
	}
	return reply(w, all)
}

// tried tries a rule on messages. One of ours sees them as they came.
func (d *door) tried(ctx context.Context, body evaluation, read []*asked) (evaluated, error) {
	ours := d.ours(*body.MatchFunc)
	explain := body.Explain == nil || *body.Explain
	q := worker.Request{Source: *body.MatchFunc, Explain: explain}
	for _, m := range read {
		q.Explain = q.Explain || len(m.masked) > 0
		if ours {
			q.Messages = append(q.Messages, m.Wire)
		} else {
			q.Messages = append(q.Messages, m.shown)
		}
	}
	got, err := d.opts.Workers.Evaluate(ctx, q)
	if err != nil {
		return evaluated{}, err
	}
	masked := make([]bool, len(read))
	for i := range got.Results {
		masked[i] = d.hider(read[i]).result(&got.Results[i])
	}
	all := evaluationOf(got)
	for i := range all.Results {
		out, m := &all.Results[i], read[i]
		out.EdgePort, out.Masked = m.Fate(), masked[i]
		if from := matchfunc.Derived(got.Results[i].Reads, m.masked); len(from) > 0 && (m.entry == nil || !ours) {
			out.MaskedReads = []routing.MaskedRead{{Paths: from}}
		}
		if !explain {
			out.Value, out.Because, out.Operands = "", "", []matchfunc.Operand{}
		}
	}
	return all, nil
}

// ours reports whether a source is that of a rule that runs.
func (d *door) ours(source string) bool {
	return slices.ContainsFunc(d.opts.Snapshot().Config.Spec.Processors, func(p config.Processor) bool {
		return p.MatchFunc == source
	})
}

func missing(path, what string) *Problem {
	p := problem(http.StatusBadRequest, "request-invalid", "The member %q is missing: %s.", path, what)
	p.Path = path
	return p
}

// messages reads messages in any form, and says which one can't be read.
func (d *door) messages(ctx context.Context, all []handedIn) (read []*asked, err error) {
	for i, m := range all {
		one, err := d.asked(ctx, m, fmt.Sprintf("messages[%d]", i))
		if err != nil {
			return nil, err
		}
		read = append(read, one)
	}
	return read, nil
}

func joined(path, below string) string {
	if below == "" {
		return path
	}
	return path + "." + below
}

func evaluationOf(got worker.Response) evaluated {
	e := evaluated{Native: got.Native, Compiled: got.Native, Results: make([]result, len(got.Results))}
	if !got.Native {
		e.At = &got.At
		e.Reason = "The rule runs in the JavaScript engine, and costs more there than compiled: " +
			got.Reason + " keeps it from being compiled."
	}
	e.Warnings = warnings(got.Warnings)
	for i, one := range got.Results {
		e.Results[i] = resultOf(one)
	}
	return e
}

func warnings(all []matchfunc.Warning) []warning {
	out := make([]warning, len(all))
	for i, w := range all {
		out[i] = warning{w.Place, w.To, w.Message}
	}
	return out
}

func resultOf(r worker.Result) result {
	out := result{
		Outcome: "no-match", Value: routing.Value(r.Value), DurationNs: r.Duration.Nanoseconds(), Operands: r.Operands,
		Because: r.Because, Flips: r.Flips,
	}
	if out.Operands == nil {
		out.Operands = []matchfunc.Operand{}
	}
	switch {
	case r.Err != nil:
		out.Outcome, out.Error = "error", &ruleError{r.Err.Name, r.Err.Message, r.Err.Place, r.Err.To}
	case r.Matched:
		out.Outcome = "match"
	}
	return out
}

// placed gives what came of a rule the whole rule for its place, where none is known more closely.
func placed(err error, source string) error {
	p := workerProblem(err)
	if p == nil || p.Type != typePrefix+"limit-exceeded" {
		return err
	}
	from, to := matchfunc.Whole(source)
	p.Line, p.Column, p.Offset, p.To = from.Line, from.Column, &from.Offset, &to
	return p
}

// workerProblem says what came of a rule that was tried in a worker; nil for other errors.
func workerProblem(err error) *Problem {
	var (
		source *matchfunc.SourceError
		limit  *worker.LimitError
	)
	switch {
	case errors.As(err, &source):
		p := problem(http.StatusUnprocessableEntity, "rule-invalid", "line %d, column %d of the matchFunc: %s",
			source.Line, source.Column, source.Message)
		p.Line, p.Column, p.Snippet = source.Line, source.Column, source.Snippet
		p.Offset, p.To, p.Warnings = &source.Offset, &source.To, warnings(source.Warnings)
		return p
	case errors.As(err, &limit):
		return problem(http.StatusUnprocessableEntity, "limit-exceeded",
			"Stopped: %v. The limits hold for all of a request's messages together.", limit)
	case errors.Is(err, worker.ErrTooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too-large", "It wasn't tried: %v.", err)
	case errors.Is(err, worker.ErrBusy):
		p := problem(http.StatusServiceUnavailable, "busy", "Try again soon: %v.", worker.ErrBusy)
		p.header = http.Header{"Retry-After": {"1"}}
		return p
	case errors.Is(err, worker.ErrCrashed):
		p := problem(http.StatusUnprocessableEntity, "limit-exceeded",
			"The process that tried it ended without an answer, as one does that runs out of memory or stack.")
		return p
	case errors.Is(err, worker.ErrClosed), errors.Is(err, context.Canceled):
		return problem(http.StatusServiceUnavailable, "stopping", "The dispatcher is stopping, or the caller left.")
	}
	return nil
}
