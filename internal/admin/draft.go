package admin

import (
	"context"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// draftRule is a rule that somebody writes, to ask about a message beside those that run.
type draftRule struct {
	MatchFunc *string `json:"matchFunc"`
	standing
}

// draftAnswer is what a draft said to the message.
type draftAnswer struct {
	Native   bool             `json:"native"`
	Reason   string           `json:"reason"`
	At       *matchfunc.Place `json:"at,omitempty"`
	Warnings []warning        `json:"warnings"`
	result
	MethodAccepted bool  `json:"methodAccepted"`
	With           *with `json:"with,omitempty"` // where it has a place in the table
}

// with is where the rules that run send the message with the draft in its place.
type with struct {
	Epoch     uint64 `json:"epoch"`
	Reached   bool   `json:"reached"`   // no rule above takes the message, or fails
	Takes     bool   `json:"takes"`     // the message goes to the draft
	Processor string `json:"processor"` // empty where nobody gets it, and for a draft that replaces none
	Code      string `json:"code"`
}

// tryDraft asks a draft about a message. It is foreign code, and runs in a worker; what is known of the table without
// it is known here.
func (d *door) tryDraft(ctx context.Context, body draftRule, m *asked) (*draftAnswer, error) {
	if body.MatchFunc == nil {
		return nil, missing("rule.matchFunc", "the source of the rule")
	}
	s := d.opts.Snapshot()
	where, err := body.place(s.Config.Spec.Processors, "rule.")
	if err != nil {
		return nil, err
	}
	req, err := dispatch.Parse(m.Wire)
	if err != nil {
		return nil, err
	}
	all, err := d.tried(ctx, evaluation{MatchFunc: body.MatchFunc}, []*asked{m})
	if err != nil {
		return nil, placed(err, *body.MatchFunc)
	}
	out := &draftAnswer{
		Native: all.Native, Reason: all.Reason, At: all.At, Warnings: all.Warnings, result: all.Results[0],
		MethodAccepted: len(where.Methods) == 0 || slices.Contains(where.Methods, req.Method()),
	}
	out.EdgePort = nil // it is the message's
	if !where.Placed {
		return out, nil
	}
	defer d.working(ctx)()
	goes := where.Route(ctx, s.Dispatcher.Table, req, worker.Said{
		Matched: out.MethodAccepted && out.Error == nil && out.Outcome == "match",
		Failed:  out.MethodAccepted && out.Error != nil,
	})
	w := &with{Epoch: s.Epoch, Reached: goes.Reached, Takes: goes.Is == worker.TriedRule, Code: status.OK.String()}
	switch {
	case w.Takes && where.Replaces:
		w.Processor = s.Config.Spec.Processors[where.At].Ref
	case goes.Is >= 0:
		w.Processor = s.Config.Spec.Processors[goes.Is].Ref
	case goes.Is == worker.FailedRule:
		w.Code = status.Internal.String()
	case goes.Is == worker.NoRule:
		w.Code = status.NotFound.String()
	}
	out.With = w
	return out, ctx.Err()
}
