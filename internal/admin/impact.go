package admin

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// What an impact is asked about at a time.
const (
	defaultLast = 1000
	maxLast     = 100_000
	maxNames    = 100 // rules that took none, or can't be reached
)

// change is a candidate to replay recorded messages through.
type change struct {
	Config   *string         `json:"config"`
	Last     *int            `json:"last"`
	Recorded *recordedOf     `json:"recorded"`
	Move     *impact.MoveKey `json:"move"`
	Offset   int             `json:"offset"`
}

// changed is what the candidate would do.
type changed struct {
	*impact.Report
	MaskedDecides *maskedDecides `json:"maskedDecides,omitempty"`

	// of the fleet: replicas whose messages aren't among them, and how many there was no room for
	Unanswered *[]unanswered `json:"unanswered,omitempty"`
	NoRoom     *int          `json:"noRoom,omitempty"`
}

func (d *door) impact(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[change](w, r, maxConfigBody)
	if err != nil {
		return err
	}
	switch {
	case body.Config == nil:
		return missing("config", "the candidate's text")
	case body.Last != nil && (*body.Last < 1 || *body.Last > maxLast):
		return badMember("last", fmt.Sprintf("it is a number from 1 to %d", maxLast))
	case body.Last != nil && body.Recorded != nil:
		return badMember("last", "recorded says which messages, and how many")
	case body.Offset < 0:
		return badMember("offset", "it is a number from 0")
	case body.Recorded == nil:
		body.Recorded = &recordedOf{Last: body.Last}
	}
	kept, err := d.kept(*body.Recorded, maxLast)
	if err != nil {
		return err
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	out, ours := changed{}, kept
	switch body.Recorded.Scope {
	case "", "replica":
	case "fleet":
		var missing []unanswered
		var leftOut int
		if kept, missing, leftOut, err = d.beside(ctx, *body.Recorded, kept); err != nil {
			return err
		}
		out.Unanswered, out.NoRoom = &missing, &leftOut
	default:
		return badMember("recorded.scope", "it is replica or fleet")
	}
	c, err := d.usable(ctx, *body.Config)
	if err != nil {
		return err
	}
	defer c.close()
	running, key, err := d.runningRules(ctx)
	if err != nil {
		return err
	}
	defer d.opts.Workers.Release(running, key)
	mask := d.opts.Decisions.Mask()
	out.Report, err = impact.Compare(ctx, impact.Options{
		Before: routeBy(running), After: routeBy(c.session), Rules: c.rules(), Gently: true, Names: maxNames,
		Messages: recorded(kept, mask), Mask: mask, Move: body.Move, Offset: body.Offset,
	})
	if err != nil {
		return err
	}
	if out.MaskedDecides, err = d.maskDecides(ctx, running, ours); err != nil {
		return err
	}
	return reply(w, out)
}

// recorded hands out what the log kept, but for messages that are too large for a worker. Credentials are masked on the
// way in, for both sides of the comparison: a candidate is foreign, and where messages go by its rules would tell, bit
// by bit, what it can read.
func recorded(kept []decision.Kept, mask *decision.Mask) iter.Seq2[impact.Message, error] {
	return func(yield func(impact.Message, error) bool) {
		for _, k := range kept {
			if len(k.Request) > worker.MaxBytes {
				continue
			}
			if !yield(impact.Message{ID: k.ID, Read: func() ([]byte, error) { return mask.StandIn(k.Request) }}, nil) {
				return
			}
		}
	}
}

// rules describes the candidate's rules.
func (c *candidate) rules() []impact.Rule {
	all := make([]impact.Rule, len(c.Processors))
	for i, p := range c.Processors {
		all[i] = impact.Rule{Ref: p.Ref, Methods: p.Methods, Shadows: p.Shadows}
	}
	return all
}

// routeBy routes messages by the rules of a session, as many at a time as its process takes. Neither the candidate's
// rules nor those that run are tried on so many messages in the process that routes.
func routeBy(s *worker.Session) impact.Route {
	return func(ctx context.Context, batch [][]byte) ([]impact.Outcome, error) {
		outcomes := make([]impact.Outcome, 0, len(batch))
		for len(batch) > 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			n, size := 0, 0
			for n < len(batch) && n < worker.MaxMessages && (n == 0 || size+len(batch[n]) <= worker.MaxBytes) {
				size += len(batch[n])
				n++
			}
			routed, err := s.Route(batch[:n])
			if err != nil {
				return nil, err
			}
			for _, r := range routed {
				outcomes = append(outcomes, outcome(s, r))
			}
			batch = batch[n:]
		}
		return outcomes, nil
	}
}

func outcome(s *worker.Session, r worker.Routed) impact.Outcome {
	failed := s.Failure(r)
	switch {
	case r.Invalid != "":
		return impact.Outcome{Code: status.InvalidArgument.String(), Rule: -1}
	case failed == nil:
		return impact.Outcome{Ref: s.Ref(r.Selected), Code: status.OK.String(), Rule: r.Selected}
	case errors.Is(failed, routing.ErrNoMatch):
		return impact.Outcome{Code: status.NotFound.String(), Rule: -1}
	}
	return impact.Outcome{Code: status.Internal.String(), Error: failed.Error(), Rule: r.Failed}
}
