package admin

import (
	"context"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// question is a message to explain, by the running configuration or by a candidate.
type question struct {
	Message *handedIn  `json:"message"`
	Config  string     `json:"config"`
	Rule    *draftRule `json:"rule"` // to ask beside those that run
	view
}

// view says which rules an answer tells of.
type view struct {
	Rules       string `json:"rules"` // all or decisive
	Near        *int   `json:"near"`
	From        *int   `json:"from"`
	Count       *int   `json:"count"`
	EvaluateAll bool   `json:"evaluateAll"`
}

// The bounds on a view, and what holds where nobody says otherwise.
const (
	defaultNear  = 3
	maxNear      = 100
	defaultCount = 100
	maxCount     = 1000
)

// routing returns the view as package routing takes it.
func (v view) routing() (routing.View, error) {
	out := routing.View{Behind: v.EvaluateAll, Bounded: true, Near: defaultNear}
	switch v.Rules {
	case "", "all":
	case "decisive":
		out.Decisive = true
	default:
		return out, badMember("rules", `it is "all" or "decisive"`)
	}
	if v.Near != nil {
		if out.Near = *v.Near; out.Near < 0 || out.Near > maxNear {
			return out, badMember("near", "it is a number from 0 to 100")
		}
	}
	if v.From == nil && v.Count == nil {
		return out, nil
	}
	out.Count = defaultCount
	if v.Count != nil {
		if out.Count = *v.Count; out.Count < 1 || out.Count > maxCount {
			return out, badMember("count", "it is a number from 1 to 1000")
		}
	}
	if v.From != nil {
		if out.From = *v.From; out.From < 0 {
			return out, badMember("from", "it is a number from 0")
		}
	}
	return out, nil
}

// explained is where a message would go, and what an EdgePort does with it where it is SIP text.
type explained struct {
	*dispatch.Explanation
	EdgePort *paste.Fate  `json:"edgePort,omitempty"`
	Rule     *draftAnswer `json:"rule,omitempty"`
	Epoch    uint64       `json:"epoch,omitempty"` // whose rules explain; 0 for a candidate's
	Of       uint64       `json:"of,omitempty"`    // the decision's epoch, where its rules aren't kept any more
	Now      *now         `json:"now,omitempty"`   // of a decision of another epoch
}

// now is where the rules that run send a message.
type now struct {
	Epoch    uint64  `json:"epoch"`
	Selected *string `json:"selected"`
	Code     string  `json:"code"`
}

func (d *door) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[question](w, r, maxConfigBody)
	if err != nil {
		return err
	}
	if q.Message == nil {
		return missing("message", "the message to explain")
	}
	view, err := q.view.routing()
	if err != nil {
		return err
	}
	if q.Rule != nil && q.Config != "" {
		return badMember("rule", "it is asked beside the rules that run, and config holds others")
	}
	m, err := d.asked(r.Context(), *q.Message, "message")
	if err != nil {
		return err
	}
	if _, err := dispatch.Parse(m.Wire); err != nil {
		p := problem(http.StatusBadRequest, "message-invalid", "%s", err.Error())
		p.Path = "message"
		return p
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	x := &explained{EdgePort: m.Fate()}
	if q.Rule != nil {
		if x.Rule, err = d.tryDraft(ctx, *q.Rule, m); err != nil {
			return err
		}
	}
	if q.Config != "" {
		view.Masked = m.masked
		x.Explanation, err = d.explainBy(ctx, q.Config, m.shown, view)
	} else {
		err = d.explainEpoch(ctx, m, view, x)
	}
	if err != nil {
		return err
	}
	return reply(w, x)
}

// explainBy explains a message by a candidate.
func (d *door) explainBy(
	ctx context.Context, config string, wire []byte, v routing.View,
) (*dispatch.Explanation, error) {
	c, err := d.usable(ctx, config)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return explainIn(c.session, wire, v, c.stops())
}

// explainIn explains a message by the rules of a session.
func explainIn(s *worker.Session, wire []byte, v routing.View, stops dispatch.Stops) (*dispatch.Explanation, error) {
	req, err := dispatch.Parse(wire)
	if err != nil {
		return nil, err
	}
	said, err := s.Look(wire, v)
	if err != nil {
		return nil, err
	}
	return dispatch.Explain(said, req, stops), nil
}

// explainEpoch explains a message by our own rules: those that made its decision, or those that run. They see it as it
// came.
func (d *door) explainEpoch(ctx context.Context, m *asked, v routing.View, x *explained) (err error) {
	if m.entry == nil {
		v.Masked = m.masked
	}
	s := d.opts.Snapshot()
	x.Epoch = s.Epoch
	if past, kept := d.past(m, s); kept {
		if x.Explanation, err = d.explainPast(ctx, past, m.Wire, v); err != nil {
			return err
		}
		x.Epoch = past.Epoch
	} else if x.Explanation, err = d.lookHere(ctx, s, m.Wire, v); err != nil {
		return err
	}
	h := d.hider(m)
	h.rules(x.Rules)
	x.Error = h.text(x.Error)
	if m.entry == nil || m.entry.Epoch == s.Epoch {
		return nil
	}
	if x.Epoch != m.entry.Epoch {
		x.Of = m.entry.Epoch
	}
	today, err := d.lookHere(ctx, s, m.Wire, routing.View{Decisive: true, Bounded: true})
	if err == nil {
		x.Now = &now{Epoch: s.Epoch, Selected: today.Selected, Code: today.Code}
	}
	return err
}

// lookHere explains a message in the process that routes, by the rules that run.
func (d *door) lookHere(ctx context.Context, s Snapshot, wire []byte, v routing.View) (*dispatch.Explanation, error) {
	defer d.working(ctx)()
	return s.Dispatcher.Look(ctx, wire, v)
}
